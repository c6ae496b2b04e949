//! How a change of a secret's place is shown.

use super::draft::Draft;
use super::step::{Change, Ref, Shown};
use crate::model::arn::Arn;
use crate::model::id::ResourceId;
use crate::model::secret_source::{Place, SecretSource, Slot, Version};

/// One slot's change: where only the version moves, only the version is shown.
pub(super) fn secret_change(
    draft: &Draft<'_>,
    target: &ResourceId,
    slot: &Slot,
    before: Option<&SecretSource<Arn>>,
    after: Option<&SecretSource<Ref<Arn>>>,
) -> Option<Change> {
    let path = slot.path();
    let id = |version: &Version| version.id().map(|id| Shown::Value(id.as_str().into()));
    if let (
        Some(SecretSource::Secret { arn: a, key: k, stage: s, version: old }),
        Some(SecretSource::Secret { arn: Ref::Known(b), key: l, stage: t, version: new }),
    ) = (before, after)
        && (a, k, s) == (b, l, t)
    {
        return (old != new).then(|| {
            if std::mem::discriminant(old) == std::mem::discriminant(new) {
                draft.change(target, path.member("version"), id(old), id(new))
            } else {
                let how = |version: &Version| match version {
                    Version::Pinned(_) => Some(Shown::Value("VersionId".into())),
                    Version::Follows(_) => Some(Shown::Value("Current".into())),
                };
                draft.change(target, path.member("pin"), how(old), how(new))
            }
        });
    }
    let old = before.map(|source| Shown::Value(source.to_string().into()));
    let new = after.map(|source| match source.try_map(|arn| arn.known().cloned().ok_or(Shown::from(arn))) {
        Ok(source) => Shown::Value(source.to_string().into()),
        Err(later) => later,
    });
    let member = if slot.place == Place::Registry { "credentialsParameter" } else { "valueFrom" };
    (old != new).then(|| draft.change(target, path.member(member), old, new))
}
