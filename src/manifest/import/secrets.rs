//! How the places that name a secret are written, so that nothing differs from what runs: by a manifest where that can be,
//! as they stand where not, and never with a version that is not recorded there already.

use std::collections::BTreeMap;

use crate::model::arn::{Arn, Scope};
use crate::model::id::{Name, Stage};
use crate::model::observed::Seen;
use crate::model::secret::ObservedSecret;
use crate::model::secret_source::{Place, SecretSource, Slot, Version};
use crate::model::task_definition::{Pinning, SecretUse};

/// What was seen of the secrets, by the ARN that names them.
pub(super) struct Secrets<'l> {
    pub(super) scope: &'l Scope,
    pub(super) live: &'l BTreeMap<Arn, Seen<ObservedSecret>>,
}

/// How one place is written.
pub(super) enum Verdict {
    /// By the manifest of this secret.
    Declared { secret: Arn, key: Option<String>, stage: Option<Stage>, pin: Pinning },
    /// As it stands; why, where that is a choice.
    Raw(String, Option<String>),
}

impl Secrets<'_> {
    pub(super) fn judge(&self, slot: &Slot, source: &SecretSource<Arn>) -> Verdict {
        let text = source.to_string();
        let raw = |why: &str| Verdict::Raw(text.clone(), Some(format!("Not watched: {why}.")));
        let SecretSource::Secret { arn, key, stage, version } = source else { return Verdict::Raw(text.clone(), None) };
        if arn.account() != self.scope.account.as_str() || arn.region() != self.scope.region.as_str() {
            return raw(
                "the secret is of another account or Region; a Secret with this ARN as its secretName would watch it",
            );
        }
        let secret = match self.live.get(arn) {
            Some(Seen::Present(secret)) => secret,
            Some(Seen::Absent) => return raw("there is no such secret, so new tasks cannot start"),
            Some(Seen::Unreadable(_)) | None => return raw("the secret could not be described"),
        };
        if secret.arn != *arn {
            return raw("the six characters at the end of the secret's ARN are missing");
        }
        if secret.deleted.is_some() {
            return raw("the secret is scheduled for deletion");
        }
        if key.is_some() && slot.place == Place::Registry {
            return Verdict::Raw(text.clone(), None);
        }
        let labelled = |stage: &Stage| secret.stages.get(stage);
        let pin = match version {
            Version::Pinned(id) if stage.is_none() && labelled(&Stage::current()) == Some(id) => Pinning::VersionId,
            Version::Pinned(_) => {
                return raw("it is pinned to a version that is not AWSCURRENT, and a secretRef would deploy that");
            }
            Version::Follows(_) if labelled(stage.as_ref().unwrap_or(&Stage::current())).is_none() => {
                return raw("no version of the secret has the stage that is read");
            }
            Version::Follows(Some(_)) => Pinning::Current,
            Version::Follows(None) => Pinning::Unwatched,
        };
        Verdict::Declared { secret: arn.clone(), key: key.clone(), stage: stage.clone(), pin }
    }
}

/// The pinning that a task definition writes once for all its places; the others write their own.
pub(super) fn common(verdicts: &BTreeMap<Slot, Verdict>) -> Option<Pinning> {
    let mut pins = verdicts.values().filter_map(|verdict| match verdict {
        Verdict::Declared { pin, .. } => Some(*pin),
        Verdict::Raw(..) => None,
    });
    let first = pins.next()?;
    let rest: Vec<Pinning> = pins.collect();
    if first == Pinning::Unwatched || rest.contains(&Pinning::Unwatched) {
        return Some(Pinning::Unwatched);
    }
    (first == Pinning::VersionId && rest.iter().all(|pin| *pin == first)).then_some(first)
}

/// A place as its manifest writes it, where the task definition writes `common`; else what is usual for its secret holds.
pub(super) fn used(
    verdict: &Verdict,
    common: Option<Pinning>,
    name: impl Fn(&Arn) -> Option<(Name, Pinning)>,
) -> Option<SecretUse> {
    Some(match verdict {
        Verdict::Raw(text, _) => SecretUse::Raw(text.clone()),
        Verdict::Declared { secret, key, stage, pin } => {
            let (secret, usual) = name(secret)?;
            let pin = (*pin != common.unwrap_or(usual)).then_some(*pin);
            SecretUse::Declared { secret, key: key.clone(), stage: stage.clone(), pin }
        }
    })
}
