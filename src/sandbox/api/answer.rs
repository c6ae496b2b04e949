//! Do the sandbox's own answers fit the API models?
//!
//! Asked in builds with debug assertions, so in every test: an answer that
//! does not fit becomes an error that nobody overlooks. Bounds and patterns
//! are not asked for: AWS's own answers do not keep to them.
//!
//! Ledger: X8.

use serde_json::{Map, Value};

use super::{Model, Shape, validate::join};
use crate::sandbox::wire::{Protocol, Service};

/// What about `output` is not as `operation` answers. Names members, never values.
pub(crate) fn misfits(service: Service, model: &Model, operation: &str, output: &Value) -> Vec<String> {
    let mut found = Misfits { model, in_json: matches!(service.protocol(), Protocol::Json { .. }), list: Vec::new() };
    match (model.output(operation), output) {
        (Some(shape), output) => found.check(shape, output, ""),
        (None, Value::Object(members)) if members.is_empty() => {}
        (None, _) => found.list.push("an answer where there is none".to_owned()),
    }
    found.list
}

/// Where AWS itself answers with something that its enumeration lacks: the
/// member, and the value (IAM: BC's own text and the CLI's examples).
const DEPARTURES: [(&str, &str); 1] = [("PermissionsBoundaryType", "Policy")];

struct Misfits<'a> {
    model: &'a Model,
    in_json: bool,
    list: Vec<String>,
}

impl Misfits<'_> {
    fn check(&mut self, shape: &Shape, value: &Value, path: &str) {
        match (shape, value) {
            (Shape::Structure { members, required, union }, Value::Object(given)) => {
                for name in required.iter().filter(|name| given.get(*name).is_none_or(Value::is_null)) {
                    self.list.push(format!("{} is missing", join(path, name)));
                }
                if *union && given.len() != 1 {
                    self.list.push(format!("{path} has not exactly one member"));
                }
                self.check_members(given, path, |name| members.get(name).map(String::as_str));
            }
            (Shape::Map { key, value: target, .. }, Value::Object(given)) => {
                for name in given.keys() {
                    self.check_target(key, &Value::from(name.as_str()), path);
                }
                self.check_members(given, path, |_| Some(target));
            }
            (Shape::List { member, .. }, Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.check_target(member, item, &format!("{path}[{index}]"));
                }
            }
            (Shape::String { r#enum, .. }, Value::String(text)) => {
                let departs = DEPARTURES.iter().any(|(member, value)| path.ends_with(member) && text == value);
                if !r#enum.is_empty() && !r#enum.contains(text) && !departs {
                    self.list.push(format!("{path} is none of [{}]", r#enum.join(", ")));
                }
            }
            (Shape::Timestamp, Value::Number(_)) if self.in_json => {}
            (Shape::Timestamp, Value::String(text)) if !self.in_json && text.parse::<jiff::Timestamp>().is_ok() => {}
            (Shape::Integer { .. } | Shape::Long { .. }, Value::Number(number)) if number.is_i64() => {}
            (Shape::Double { .. }, Value::Number(_))
            | (Shape::Blob { .. }, Value::String(_))
            | (Shape::Boolean, Value::Bool(_))
            | (Shape::Document, _) => {}
            (expected, _) => self.list.push(format!("{path} is not {}", expected.noun())),
        }
    }

    fn check_members<'t>(&mut self, given: &Map<String, Value>, path: &str, target: impl Fn(&str) -> Option<&'t str>) {
        // XML leaves out what is null.
        let in_json = self.in_json;
        for (name, value) in given.iter().filter(|(_, value)| in_json || !value.is_null()) {
            let path = join(path, name);
            match target(name) {
                Some(target) => self.check_target(target, value, &path),
                None => self.list.push(format!("{path} is unknown")),
            }
        }
    }

    fn check_target(&mut self, target: &str, value: &Value, path: &str) {
        match self.model.shape(target) {
            Some(shape) => self.check(shape, value, path),
            None => self.list.push(format!("{path} has no shape")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sandbox::api::model;

    fn faults(service: Service, operation: &str, output: &Value) -> String {
        misfits(service, model(service), operation, output).join("; ")
    }

    #[test]
    fn an_answer_that_does_not_fit_is_seen() {
        let describe = |output: Value| faults(Service::Ecs, "DescribeClusters", &output);
        assert_eq!(describe(json!({"clusters": [{"clusterName": "a", "pendingTasksCount": 1}]})), "");
        assert_eq!(describe(json!({"clusters": [{"name": "a"}]})), "clusters[0].name is unknown");
        assert_eq!(describe(json!({"clusters": {}})), "clusters is not a list");
        assert_eq!(
            describe(json!({"clusters": [{"pendingTasksCount": "1"}]})),
            "clusters[0].pendingTasksCount is not a whole number"
        );
        let secret = |date: Value| faults(Service::SecretsManager, "DescribeSecret", &json!({"CreatedDate": date}));
        assert_eq!(secret(json!(1.5)), "");
        assert_eq!(secret(json!("2026-01-01T00:00:00Z")), "CreatedDate is not a date");
        let role =
            |date: &str| json!({"Role": {"Path": "/", "RoleName": "a", "RoleId": "b", "Arn": "c", "CreateDate": date}});
        assert_eq!(faults(Service::Iam, "GetRole", &role("2026-01-01T00:00:00Z")), "");
        assert_eq!(faults(Service::Iam, "GetRole", &role("today")), "Role.CreateDate is not a date");
        assert_eq!(faults(Service::Iam, "GetRole", &json!({"Role": {}})).matches("is missing").count(), 5);
        let kms = |state: &str| json!({"KeyMetadata": {"KeyId": "a", "KeyState": state}});
        assert_eq!(faults(Service::Kms, "DescribeKey", &kms("Enabled")), "");
        assert!(faults(Service::Kms, "DescribeKey", &kms("Fine")).starts_with("KeyMetadata.KeyState is none of"));
        assert_eq!(faults(Service::Iam, "TagRole", &json!({})), "");
        assert_eq!(faults(Service::Iam, "TagRole", &json!({"a": 1})), "an answer where there is none");
    }
}
