//! What a caller may do with a key of KMS through another service.
//!
//! Ledger: I21, O102.

use crate::sandbox::iam::{Ask, Context, context_of};
use crate::sandbox::kms::Opens;
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
    let (key, now) = (world.key(given), world.now());
    let mut context: Context = context_of(world.place(), world.iam.late_role(&caller, now), now);
    let region = &world.place().region;
    context.insert("kms:viaservice".to_owned(), vec![format!("{service}.{region}.amazonaws.com")]);
    let of_key = world.key_context(given, encryption_context);
    context.extend(of_key.into_iter().map(|(name, values)| (name.to_ascii_lowercase(), values)));
    let mut notes = Vec::new();
    let opens = world.key_policy(given);
    let may = actions.iter().all(|action| {
        let ask = Ask { action, resource: &key.arn, context: &context };
        match &opens {
            Opens::By(policy) => world.iam.may_use_key(&caller, ask, policy, now, &mut notes).is_ok(),
            _ => world.iam.authorise(&caller, ask, None, now, &mut notes).is_ok(),
        }
    });
    for note in notes {
        world.journal.note(now, format!("{}: {note}", actions.join(", ")));
    }
    may
}
