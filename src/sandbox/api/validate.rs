//! Validation of a request's input against its shape.
//!
//! Stricter than AWS in one point: a member that the API does not know is
//! refused, where AWS's JSON services ignore it. A misspelt member must not
//! pass a test.
//!
//! Messages name the member, never its value: any member may hold a secret.
//!
//! Ledger: W1, W2.

use serde_json::{Map, Value};

use super::{Model, Shape, pattern};
use crate::sandbox::wire::{AwsError, Service};

/// Checks `input` against what `operation` takes.
pub(crate) fn validate(service: Service, model: &Model, operation: &str, input: &Value) -> Result<(), AwsError> {
    let Some(shape) = model.input(operation) else {
        return Err(AwsError::new("UnknownOperationException", format!("the sandbox does not offer {operation}")));
    };
    let mut faults = Faults { model, unreadable: Vec::new(), violations: Vec::new() };
    faults.check(shape, input, "");
    if let Some(first) = faults.unreadable.first() {
        return Err(AwsError::new(unreadable_code(service), first.clone()));
    }
    match faults.violations.as_slice() {
        [] => Ok(()),
        violations => {
            let plural = if violations.len() == 1 { "" } else { "s" };
            let list = violations.join("; ");
            let message = format!("{} validation error{plural} detected: {list}", violations.len());
            Err(AwsError::new(violation_code(service), message))
        }
    }
}

fn unreadable_code(service: Service) -> &'static str {
    match service {
        Service::Iam | Service::Sts => "MalformedInput",
        Service::Ec2 => "UnknownParameter",
        _ => "SerializationException",
    }
}

pub(super) fn violation_code(service: Service) -> &'static str {
    match service {
        Service::SecretsManager | Service::Kms | Service::Events | Service::Ssm => "ValidationException",
        Service::Ecs | Service::Tagging | Service::Logs | Service::Ecr => "InvalidParameterException",
        Service::Iam | Service::Sts => "ValidationError",
        Service::Sqs => "InvalidParameterValueException",
        Service::Ec2 => "InvalidParameterValue",
    }
}

struct Faults<'a> {
    model: &'a Model,
    /// Wrong types and unknown members.
    unreadable: Vec<String>,
    /// Readable, but not allowed.
    violations: Vec<String>,
}

impl Faults<'_> {
    fn check(&mut self, shape: &Shape, value: &Value, path: &str) {
        match (shape, value) {
            (Shape::Structure { members, required, union }, Value::Object(given)) => {
                for name in required.iter().filter(|name| !given.contains_key(*name)) {
                    self.violate(&join(path, name), "Member must not be null");
                }
                if *union && given.len() != 1 {
                    self.violate(path, "Exactly one member must be set");
                }
                self.check_members(given, path, |name| members.get(name).map(String::as_str));
            }
            (Shape::Map { key, value: target, min, max }, Value::Object(given)) => {
                self.check_length(given.len(), *min, *max, path);
                for name in given.keys() {
                    self.check_target(key, &Value::from(name.as_str()), path);
                }
                self.check_members(given, path, |_| Some(target));
            }
            (Shape::List { member, min, max }, Value::Array(items)) => {
                self.check_length(items.len(), *min, *max, path);
                for (index, item) in items.iter().enumerate() {
                    self.check_target(member, item, &format!("{path}[{index}]"));
                }
            }
            (Shape::String { r#enum, min, max, pattern }, Value::String(text)) => {
                self.check_length(text.chars().count(), *min, *max, path);
                if !r#enum.is_empty() && !r#enum.contains(text) {
                    self.violate(path, &format!("Member must satisfy enum value set: [{}]", r#enum.join(", ")));
                }
                if let Some(pattern) = pattern.as_ref().filter(|pattern| !pattern::matches(pattern, text)) {
                    self.violate(path, &format!("Member must satisfy regular expression pattern: {pattern}"));
                }
            }
            (Shape::Blob { min, max }, Value::String(base64)) => {
                let bytes = base64.trim_end_matches('=').len() * 3 / 4;
                self.check_length(bytes, *min, *max, path);
            }
            (Shape::Integer { min, max } | Shape::Long { min, max }, Value::Number(number)) => match number.as_i64() {
                Some(number) => self.check_range(&number, min.as_ref(), max.as_ref(), path),
                None => self.unreadable(path, "a whole number"),
            },
            (Shape::Double { min, max }, Value::Number(number)) => {
                let number = number.as_f64().unwrap_or(f64::NAN);
                self.check_range(&number, min.as_ref(), max.as_ref(), path);
            }
            (Shape::Boolean, Value::Bool(_))
            | (Shape::Timestamp, Value::Number(_) | Value::String(_))
            | (Shape::Document, _) => {}
            (expected, _) => self.unreadable(path, expected.noun()),
        }
    }

    fn check_members<'t>(&mut self, given: &Map<String, Value>, path: &str, target: impl Fn(&str) -> Option<&'t str>) {
        for (name, value) in given {
            let path = join(path, name);
            match target(name) {
                Some(target) => self.check_target(target, value, &path),
                None => self.unreadable.push(format!("unknown member {path}")),
            }
        }
    }

    fn check_target(&mut self, target: &str, value: &Value, path: &str) {
        if let Some(shape) = self.model.shape(target) {
            self.check(shape, value, path);
        }
    }

    fn check_length(&mut self, length: usize, min: Option<usize>, max: Option<usize>, path: &str) {
        if let Some(min) = min.filter(|min| length < *min) {
            self.violate(path, &format!("Member must have length greater than or equal to {min}"));
        }
        if let Some(max) = max.filter(|max| length > *max) {
            self.violate(path, &format!("Member must have length less than or equal to {max}"));
        }
    }

    fn check_range<N: PartialOrd + std::fmt::Display>(
        &mut self,
        number: &N,
        min: Option<&N>,
        max: Option<&N>,
        path: &str,
    ) {
        if let Some(min) = min.filter(|min| number < min) {
            self.violate(path, &format!("Member must have value greater than or equal to {min}"));
        }
        if let Some(max) = max.filter(|max| number > max) {
            self.violate(path, &format!("Member must have value less than or equal to {max}"));
        }
    }

    fn violate(&mut self, path: &str, constraint: &str) {
        self.violations.push(format!("Value at '{path}' failed to satisfy constraint: {constraint}"));
    }

    fn unreadable(&mut self, path: &str, expected: &str) {
        self.unreadable.push(format!("{path} must be {expected}"));
    }
}

impl Shape {
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Self::Structure { .. } | Self::Map { .. } => "an object",
            Self::List { .. } => "a list",
            Self::String { .. } | Self::Blob { .. } => "a string",
            Self::Integer { .. } | Self::Long { .. } => "a whole number",
            Self::Double { .. } => "a number",
            Self::Boolean => "true or false",
            Self::Timestamp => "a date",
            Self::Document => "JSON",
        }
    }
}

pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
