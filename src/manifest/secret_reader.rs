//! From a Secret's document to the noun: what no schema can say is checked here.

use std::collections::BTreeMap;

use serde_json::Value;

use super::diagnostic::{Diagnostic, Severity};
use super::explain;
use super::kinds::{ReplicaSpec, RotationSpec, SecretSpec};
use super::reader::Reader;
use super::secret_policy::{self, Mistake};
use crate::model::arn::Arn;
use crate::model::deletion::DeletionPolicy;
use crate::model::id::{KeyId, Region, SecretName};
use crate::model::secret::Secret;
use crate::model::secret_policy::ResourcePolicy;
use crate::model::secret_rotation::{Rotation, RotationSettings, Schedule, Window};

/// Characters of a resource policy: API reference, PutResourcePolicy.
const LONGEST_POLICY: usize = 20_480;

impl Reader<'_> {
    /// The secret; `None` where something is wrong with it.
    pub(super) fn secret(&mut self, spec: SecretSpec) -> Option<Secret> {
        let SecretSpec {
            secret_name,
            description,
            kms_key_id,
            tags,
            value,
            write_policy,
            rotation,
            replicas,
            resource_policy,
            deletion_policy,
            recovery_window_days,
        } = spec;
        let before = self.out.len();
        let rotation = rotation.and_then(|rotation| self.rotation(rotation));
        let secret_name = SecretName::new(self.own_name(secret_name));
        let rotated = matches!(rotation, Some(Rotation::On(_)));
        let value = self.value(value, write_policy.map(|word| word.0), secret_name.clone(), rotated);
        let replicas = replicas.map(|replicas| self.replicas(replicas));
        let resource_policy = resource_policy.map(|document| self.resource_policy(&document.into_iter().collect()));
        let tags = tags.map(|tags| self.tags(tags.into_iter())).transpose().ok()?;
        if self.out.len() > before {
            return None;
        }
        let secret = Secret {
            secret_name,
            description,
            kms_key_id: kms_key_id.map(KeyId::new),
            tags,
            value,
            rotation,
            replicas,
            resource_policy,
            deletion_policy: self.deletion_policy(deletion_policy.as_deref(), recovery_window_days),
            adopt: self.annotations.adopt,
            retry_after: self.annotations.retry,
        };
        if secret.arn().is_some() && !secret.is_reference() {
            let help = "leave the other fields out, or give the name of a secret of this account and Region";
            let message = "a secret that is named by its ARN is only referred to, never managed";
            let found = self.wrong("secretName", message).help(help);
            self.out.push(found);
            return None;
        }
        Some(secret)
    }

    fn resource_policy(&mut self, document: &Value) -> ResourcePolicy {
        for Mistake { place, message, help } in secret_policy::mistakes(document) {
            let document = self.node;
            let policy = document.at("spec.resourcePolicy").first().copied();
            // What is missing is said where it should stand; of the policy itself, at its key.
            let found = match policy.map(|policy| (policy, explain::find(policy, &place))) {
                Some((_, (Some(key), _))) => Diagnostic::error(self.file, &key.span, message),
                Some((policy, (None, node))) if !std::ptr::eq(policy, node) => {
                    Diagnostic::error(self.file, &node.span, message)
                }
                _ => self.wrong("resourcePolicy", message),
            };
            self.out.push(found.help(help));
        }
        let policy = ResourcePolicy::read(document);
        let length = policy.to_json().chars().count();
        if length > LONGEST_POLICY {
            let message = format!("`resourcePolicy` has {length} characters, and may have {LONGEST_POLICY}");
            let found = self.wrong("resourcePolicy", message);
            self.out.push(found.help("say it in fewer statements, or share the secret with an account as a whole"));
        }
        policy
    }

    /// A window without a deletion says nothing.
    fn deletion_policy(&mut self, policy: Option<&str>, days: Option<u8>) -> DeletionPolicy {
        if policy == Some("ScheduleDeletion") {
            return DeletionPolicy::ScheduleDeletion { days: days.unwrap_or(DeletionPolicy::USUAL_WINDOW) };
        }
        if days.is_some() {
            let message = "`recoveryWindowDays` has no effect: the secret is retained";
            let found = self.wrong("recoveryWindowDays", message);
            let found = found.help("write `deletionPolicy: ScheduleDeletion`, or leave it out");
            self.out.push(Diagnostic { severity: Severity::Warning, ..found });
        }
        DeletionPolicy::Retain
    }

    fn rotation(&mut self, spec: RotationSpec) -> Option<Rotation> {
        let RotationSpec { lambda_arn, schedule, window, rotate_immediately } = spec;
        if lambda_arn.is_none() && schedule.is_none() && window.is_none() && rotate_immediately.is_none() {
            return Some(Rotation::Off);
        }
        let (Some(lambda_arn), Some(schedule)) = (lambda_arn, schedule) else {
            let help = "`rotation: {}` turns rotation off; without `rotation` it is not managed";
            let found = self.wrong_in("rotation", None, "`rotation` needs `lambdaArn` and `schedule`").help(help);
            self.out.push(found);
            return None;
        };
        let schedule = match Schedule::parse(&schedule) {
            Ok(schedule) => schedule,
            Err(wrong) => {
                let help = "write it as in `rate(30 days)`, or as in `cron(0 4 1 * ? *)`, in UTC";
                let found = self.wrong_in("rotation", Some("schedule"), &format!("`schedule` {wrong}"));
                self.out.push(found.help(help));
                return None;
            }
        };
        let window = match window.map(|text| Window::parse(&text).filter(|window| window.fits(&schedule))) {
            None => None,
            Some(Some(window)) => Some(window),
            Some(None) => {
                let message = "`window` is 1h to 24h, and ends with its day in UTC and before the next one begins";
                let found = self.wrong_in("rotation", Some("window"), message);
                self.out.push(found.help(
                    "write hours, such as `3h`, and no more than lie between two rotations or are left of the day",
                ));
                return None;
            }
        };
        let rotate_immediately = rotate_immediately.unwrap_or(false);
        Some(Rotation::On(RotationSettings { lambda_arn: Arn::new(lambda_arn), schedule, window, rotate_immediately }))
    }

    fn replicas(&mut self, specs: Vec<ReplicaSpec>) -> BTreeMap<Region, Option<KeyId>> {
        let mut replicas = BTreeMap::new();
        let written = self.node.at("spec.replicas[].region");
        for (index, ReplicaSpec { region, kms_key_id }) in specs.into_iter().enumerate() {
            if replicas.insert(Region::new(&region), kms_key_id.map(KeyId::new)).is_some() {
                let span = written.get(index).map_or(&self.node.span, |place| &place.span);
                let message = format!("`replicas` names {region} twice");
                self.out
                    .push(Diagnostic::error(self.file, span, message).help("a Region has one copy: keep one of them"));
            }
        }
        replicas
    }

    /// Reports something about a member of a member of `spec`.
    fn wrong_in(&mut self, outer: &str, inner: Option<&str>, message: &str) -> Diagnostic {
        let place = self.node.get("spec").and_then(|spec| spec.get(outer)).zip(inner);
        match place.and_then(|(place, inner)| place.get(inner)) {
            Some(value) => Diagnostic::error(self.file, &value.span, message),
            None => self.wrong(outer, message),
        }
    }
}
