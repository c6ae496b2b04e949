//! References of services to secrets, replaced before anything is weighed: what comes after sees ARNs alone.

use std::borrow::Cow;

use super::draft::{Draft, id};
use super::held::Because;
use crate::model::connect_secrets::{named, referred_to};
use crate::model::desired::Desired;
use crate::model::id::{Kind, Name};
use crate::model::observed::{Observed, Seen};
use crate::model::service::Service;

/// What is desired, with the ARNs of the secrets that can be read.
pub(super) fn resolved<'d>(desired: &'d Desired, observed: &Observed) -> Cow<'d, Desired> {
    if desired.services.values().all(|service| referred_to(&service.fields).is_empty()) {
        return Cow::Borrowed(desired);
    }
    let arn = |name: &Name| {
        let live = observed.secrets.get(name).and_then(Seen::present)?;
        live.deleted.is_none().then(|| live.arn.clone())
    };
    let mut desired = desired.clone();
    for service in desired.services.values_mut() {
        service.fields = named(&service.fields, arn);
    }
    Cow::Owned(desired)
}

/// Holds a service that refers to a secret which cannot be read.
pub(super) fn hold_unnamed(draft: &mut Draft<'_>, name: &Name, service: &Service) -> bool {
    let missing = referred_to(&service.fields).into_iter().next();
    if let Some(secret) = &missing {
        let because = Because::WaitingOn(id(Kind::Secret, secret));
        draft.hold(&id(Kind::Service, name), because, Vec::new());
    }
    missing.is_some()
}
