//! May the role use the key of a secret or parameter? The key's policy decides, alone or together with the role's.

use std::collections::BTreeMap;

use super::draft::{Because, Draft, Known};
use super::finding::{Code, Site};
use super::next::{self, Next};
use super::permission::{self, Need, Own, UNREAD};
use super::policy::{CONDITIONS, IN_VAIN, Said, Tri};
use super::reference::Wanted;
use super::role::Judged;
use super::words;
use crate::model::arn::Arn;
use crate::model::id::{KeyId, Region};
use crate::model::observed::Seen;
use crate::model::parameter::ParameterName;
use crate::model::survey::{Key, Question};

const ALIASES: &str = "kms:ResourceAliases";
const DECRYPT: &str = "kms:Decrypt";

/// What is wrong with a key, for a reader of what is sealed with it.
enum NoKey<'a> {
    /// The key, and the state that it is in.
    Unusable(&'a Key),
    Missing(&'a KeyId),
    /// The role, and the key that it may not use.
    Denied(&'a Arn, &'a Key),
}

/// What is sealed with the key.
struct Sealed {
    /// `secretsmanager` or `ssm`.
    through: &'static str,
    shown: String,
    region: Region,
    /// Does the next apply do anything to it?
    planned: bool,
    /// Will it be under another key by then, if all goes well?
    leaves: bool,
    /// The encryption context.
    context: Vec<(&'static str, String)>,
    /// What ECS says.
    ecs: Box<dyn Fn(NoKey<'_>) -> String>,
    /// How it gets another key.
    anew: &'static str,
}

/// The key that it has, and the one that the next apply gives it: which of them a version is under is Secrets Manager's to
/// say, for it encrypts some of them anew. One that does not work any more opens nothing to be encrypted anew.
pub(super) fn of_secret(draft: &mut Draft<'_>, site: &Site, role: &Judged, wanted: &Wanted, next: &Next) {
    let Next { secret, live, .. } = next;
    let before = live.as_ref().map(|live| &live.kms_key_id).filter(|before| **before != secret.kms_key_id);
    for id in before.into_iter().chain([&secret.kms_key_id]) {
        match id.as_ref().filter(|key| key.is_customers()) {
            Some(key) => {
                let leaves = *id != secret.kms_key_id && next.is_encrypted_anew(wanted);
                check(draft, site, role, key, &Sealed { leaves, ..sealed(wanted, next) });
            }
            None if secret.arn.account() != role.arn.account() => {
                let because = Because {
                    message: format!("{} is of another account and has the key aws/secretsmanager", wanted.shown()),
                    ecs: words::secret(secret.arn.as_str(), "AccessDeniedException: Access to KMS is not allowed"),
                    help: "give the secret a customer managed key: AWS's own cannot be used from another account"
                        .to_owned(),
                };
                draft.find(site, Code::KeyUnusable, next.planned, because);
            }
            None => {}
        }
    }
}

fn sealed(wanted: &Wanted, next: &Next) -> Sealed {
    let arn = next.secret.arn.clone();
    let mut context = vec![("SecretARN", next::concrete(&arn))];
    context.extend(next.version(wanted).map(|version| ("SecretVersionId", version.to_string())));
    let (shown, region) = (wanted.shown(), Region::new(arn.region()));
    // Secrets Manager does not pass on what KMS says.
    let ecs = Box::new(move |no: NoKey<'_>| {
        let why = match no {
            NoKey::Unusable(_) | NoKey::Missing(_) => {
                "DecryptionFailure: Secrets Manager can't decrypt the protected secret text using the provided KMS key."
            }
            NoKey::Denied(..) => "AccessDeniedException: Access to KMS is not allowed",
        };
        words::secret(arn.as_str(), why)
    });
    let anew = "give the secret a key that can be used, and a new version";
    Sealed { through: "secretsmanager", shown, region, planned: next.planned, leaves: false, context, ecs, anew }
}

pub(super) fn of_parameter(draft: &mut Draft<'_>, site: &Site, role: &Judged, named: &ParameterName) {
    let ParameterName { name, region, arn } = named;
    let question = Question::Parameter(name.clone(), region.clone());
    if !draft.inquiry.surveyed.has(&question) {
        // Who asks whether it is there says so.
        return;
    }
    let Ok(Some(parameter)) = draft.inquiry.surveyed.parameter(name, region) else { return };
    let Some(key) = parameter.key.as_ref().filter(|key| !key.is_of_account("ssm")) else { return };
    let sealed = Sealed {
        through: "ssm",
        shown: format!("the parameter {}", words::shown(name)),
        region: region.clone(),
        planned: false,
        leaves: false,
        context: vec![("PARAMETER_ARN", arn.to_string())],
        ecs: Box::new(|no| {
            words::parameter(&match no {
                NoKey::Unusable(Key { arn, state, .. }) => {
                    format!("KMSInvalidStateException: {arn} is {}.", in_words(state))
                }
                NoKey::Missing(id) => format!("InvalidKeyId: Key '{id}' does not exist"),
                NoKey::Denied(role, key) => words::denied(role, DECRYPT, key.arn.as_str()),
            })
        }),
        anew: "write the parameter anew, under a key that can be used",
    };
    check(draft, site, role, key, &sealed);
}

/// `PendingDeletion`, as KMS says it of a key.
fn in_words(state: &str) -> String {
    let mut words = String::new();
    for letter in state.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

fn check(draft: &mut Draft<'_>, site: &Site, role: &Judged, id: &KeyId, sealed: &Sealed) {
    let what = format!("the key {id} of {}", sealed.shown);
    let question = Question::Key(id.clone(), sealed.region.clone());
    match draft.look(site, &what, question, |seen| seen.key(id, &sealed.region)) {
        Known::There(key) if key.of_aws => {}
        Known::There(key) if key.state != "Enabled" => {
            let because = Because {
                message: format!("{what} is {}", key.state),
                ecs: (sealed.ecs)(NoKey::Unusable(key)),
                help: format!("enable it, take its deletion back, or {}", sealed.anew),
            };
            draft.find(site, Code::KeyUnusable, sealed.planned, because);
        }
        Known::There(key) => may_decrypt(draft, site, role, id, key, sealed),
        Known::Gone => {
            let because = Because {
                message: format!("there is no key {id}, which {} has", sealed.shown),
                ecs: (sealed.ecs)(NoKey::Missing(id)),
                help: sealed.anew.to_owned(),
            };
            draft.find(site, Code::KeyMissing, sealed.planned, because);
        }
        Known::Nothing => {}
    }
}

fn may_decrypt(draft: &mut Draft<'_>, site: &Site, role: &Judged, id: &KeyId, key: &Key, sealed: &Sealed) {
    let through = draft.inquiry.observed.scope.via(sealed.through, &sealed.region);
    let mut context = BTreeMap::from([
        ("kms:ViaService".to_owned(), vec![through]),
        ("kms:CallerAccount".to_owned(), vec![role.arn.account().to_owned()]),
    ]);
    match &key.aliases {
        Seen::Present(aliases) if !aliases.is_empty() => {
            context.insert(ALIASES.to_owned(), aliases.iter().cloned().collect());
        }
        Seen::Present(_) | Seen::Absent => {}
        // Then nobody can tell what a condition on them says.
        Seen::Unreadable(why) => draft.unread(site, &format!("the aliases of the key {id}"), why),
    }
    for (name, value) in &sealed.context {
        context.insert(format!("kms:EncryptionContext:{name}"), vec![value.clone()]);
    }
    let what = format!("to open {} with its key", sealed.shown);
    let resource = key.arn.to_string();
    let (site_of, actions, shown) = (site.clone(), vec![DECRYPT], resource.clone());
    let need = Need { site: site_of, actions, resource, shown, context, what, planned: sealed.planned };
    let ecs = (sealed.ecs)(NoKey::Denied(&role.arn, key));
    let said = match &key.policy {
        Seen::Present(policy) => permission::judge(policy, &need, role),
        Seen::Absent => Said::NOTHING,
        Seen::Unreadable(why) => {
            draft.unread(site, &format!("the policy of the key {id}"), why);
            Said::UNREAD
        }
    };
    let own = permission::ask(draft, role, &need);
    let closed = said.denies == Tri::Yes || (said.allows == Tri::No && said.delegates == Tri::No);
    let same_account = key.arn.account() == role.arn.account();
    let lets_in = same_account && said.allows == Tri::Yes;
    // What cannot be read is told already.
    let unread = matches!(key.policy, Seen::Unreadable(_));
    let may_keep_out = said.denies == Tri::Unsure && !unread;
    if sealed.leaves {
        // The key that it has by then is judged for itself.
        let opens = match own {
            Some(Own::Allowed) | None => !closed,
            Some(Own::Silent(_)) => !closed && lets_in,
            Some(Own::Denied(_) | Own::Unsure) => false,
        };
        if !opens || may_keep_out {
            let is_open = opens || (own == Some(Own::Unsure) && !closed);
            let may_not = if is_open { "perhaps may not" } else { "may not" };
            let (shown, arn, role) = (&sealed.shown, &key.arn, &role.arn);
            let what = format!("whether {shown} leaves the key {arn}, with which {role} {may_not} open it");
            draft.unsure(site, &what, "Secrets Manager puts it under the new key only if whoever applies may use both");
        }
        return;
    }
    if closed {
        let because = Because {
            message: format!("the policy of the key {} keeps the role {} out, {}", key.arn, role.arn, need.what),
            ecs,
            help: if said.in_vain {
                IN_VAIN.to_owned()
            } else {
                "let the role do kms:Decrypt in the key's policy, or leave it to the account (its root) and to IAM"
                    .to_owned()
            },
        };
        return draft.find(site, Code::KeyPolicyDenies, role.planned || sealed.planned, because);
    }
    match own {
        Some(Own::Allowed | Own::Silent(_)) if may_keep_out && (lets_in || own == Some(Own::Allowed)) => {
            let what = format!("whether the policy of the key {} keeps {} out", key.arn, role.arn);
            draft.unsure(site, &what, said.why());
        }
        Some(Own::Silent(_)) if lets_in => {}
        Some(Own::Silent(_)) if same_account && said.allows == Tri::Unsure => {
            permission::unsure(draft, role, &need, if unread { UNREAD } else { said.why() });
        }
        Some(said @ (Own::Denied(_) | Own::Silent(_))) => permission::refuse(draft, role, &need, said, ecs),
        Some(Own::Unsure) => permission::unsure(draft, role, &need, CONDITIONS),
        Some(Own::Allowed) if said.allows != Tri::Yes && said.delegates != Tri::Yes && !unread => {
            let what = format!("whether the policy of the key {} lets in {}", key.arn, role.arn);
            draft.unsure(site, &what, said.why());
        }
        Some(Own::Allowed) | None => {}
    }
}
