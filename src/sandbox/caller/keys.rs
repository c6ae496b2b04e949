//! What a caller may do with a key of KMS, through another service or itself.
//!
//! Ledger: I21, I22, O102.

use serde_json::Value;

use super::given;
use crate::sandbox::iam::{Ask, Context, Denial, context_of};
use crate::sandbox::kms::{Opens, key_of};
use crate::sandbox::world::World;

/// May the caller do all this with the key, through `service`? Without a caller that is named everyone may.
pub(crate) fn may_use_key(
    world: &mut World,
    service: &str,
    given: &str,
    actions: &[&str],
    encryption_context: &[(&str, &str)],
) -> bool {
    let Some(caller) = world.caller.clone() else { return true };
    let mut context = context(world, &caller, given, encryption_context.iter().copied());
    let region = &world.place().region;
    context.insert("kms:viaservice".to_owned(), vec![format!("{service}.{region}.amazonaws.com")]);
    let mut notes = Vec::new();
    let may = actions.iter().all(|action| judge(world, &caller, given, action, &context, &mut notes).is_ok());
    let now = world.now();
    for note in notes {
        world.journal.note(now, format!("{}: {note}", actions.join(", ")));
    }
    may
}

/// The key that a call of KMS is about: named, or named by what it sealed.
pub(super) fn named(input: &Value) -> Option<String> {
    let key = ["KeyId", "TargetKeyId"].into_iter().find_map(|member| given(input, member)).map(str::to_owned);
    key.or_else(|| key_of(given(input, "CiphertextBlob")?))
}

/// May the caller ask KMS itself to do this with the key?
pub(super) fn directly(
    world: &World,
    caller: &str,
    key: &str,
    action: &str,
    input: &Value,
    notes: &mut Vec<String>,
) -> Result<(), Denial> {
    let pairs = input.get("EncryptionContext").and_then(Value::as_object).into_iter().flatten();
    let pairs = pairs.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
    judge(world, caller, key, action, &context(world, caller, key, pairs), notes)
}

fn context<'c>(
    world: &World,
    caller: &str,
    given: &str,
    encryption_context: impl Iterator<Item = (&'c str, &'c str)>,
) -> Context {
    let mut context: Context = context_of(world.place(), world.iam.late_role(caller, world.now()), world.now());
    context.insert("kms:calleraccount".to_owned(), vec![world.place().account.clone()]);
    context.insert("kms:resourcealiases".to_owned(), world.key(given).aliases);
    for (name, value) in encryption_context {
        context.insert(format!("kms:encryptioncontext:{}", name.to_ascii_lowercase()), vec![value.to_owned()]);
    }
    context
}

fn judge(
    world: &World,
    caller: &str,
    given: &str,
    action: &str,
    context: &Context,
    notes: &mut Vec<String>,
) -> Result<(), Denial> {
    let (key, now) = (world.key(given), world.now());
    let ask = Ask { action, resource: &key.arn, context };
    match world.key_policy(given) {
        Opens::By(policy) => world.iam.may_use_key(caller, ask, &policy, now, notes),
        _ => world.iam.authorise(caller, ask, None, now, notes),
    }
}
