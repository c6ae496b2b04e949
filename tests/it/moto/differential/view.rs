//! An answer without times, and without names and ids that each side chooses for itself.

use std::collections::BTreeSet;

use evenkeel::sandbox::Service;
use serde_json::{Map, Value};

use super::Difference;
use super::moves::{Move, Names};
use crate::oracle::xml;

/// What the two sides choose for themselves. ARNs of ECS and IAM are compared, those of secrets end in chance.
const OWN: [&str; 18] = [
    "ARN",
    "CreateDate",
    "CreatedDate",
    "CreatedTimestamp",
    "CreationDate",
    "LastAccessedDate",
    "LastChangedDate",
    "LastModifiedDate",
    "LastModifiedTimestamp",
    "LastRotatedDate",
    "LastUpdatedDate",
    "NextRotationDate",
    "PolicyId",
    "ResponseMetadata",
    "RoleId",
    "UpdateDate",
    "createdAt",
    "registeredAt",
];

/// Members whose presence counts, not their value.
const THERE: [&str; 2] = ["DeletedDate", "DeletionDate"];

/// What items of lists are called by.
const NAMES: [&str; 9] =
    ["serviceName", "clusterName", "arn", "Name", "Key", "key", "VersionId", "RoleName", "PolicyName"];

pub(super) enum View {
    /// Code and message; the code alone counts.
    Refused(String, String),
    Members(Value),
}

impl View {
    /// What a side says, which learns what the side calls what it has made.
    pub(super) fn of(worked: bool, body: &str, asked: &Move, names: &mut Names) -> Self {
        if !worked {
            return Self::Refused(code(body), names.shared(&message(body)));
        }
        let answer = match asked.service {
            Service::Iam | Service::Sts => result(&xml::read(body), asked.operation),
            Service::Ec2 => xml::read(body)[format!("{}Response", asked.operation)].clone(),
            _ => json(body),
        };
        names.learn(asked, &answer);
        let answer = json(&names.shared(&answer.to_string()));
        let chosen = if asked.shown.is_empty() { answer } else { selected(&answer, asked.shown) };
        Self::Members(plain("", chosen).unwrap_or_else(|| Value::Object(Map::new())))
    }

    pub(super) fn is_error(&self) -> bool {
        matches!(self, Self::Refused(..))
    }

    /// The same with its members changed.
    pub(super) fn changed(&self, change: impl FnOnce(&mut Value)) -> Self {
        match self {
            Self::Refused(code, message) => Self::Refused(code.clone(), message.clone()),
            Self::Members(members) => {
                let mut members = members.clone();
                change(&mut members);
                Self::Members(members)
            }
        }
    }

    /// How many are in a list.
    pub(super) fn count(&self, list: &str) -> usize {
        match self {
            Self::Refused(..) => 0,
            Self::Members(members) => members.get(list).and_then(Value::as_array).map_or(0, Vec::len),
        }
    }

    pub(super) fn differences(&self, moto: &Self, operation: &'static str) -> Vec<Difference> {
        let mut found = Vec::new();
        let mut tell = |member: &str, sandbox: &Value, moto: &Value| {
            let (sandbox, moto) = (sandbox.clone(), moto.clone());
            found.push(Difference { operation, member: member.to_owned(), sandbox, moto });
        };
        match (self, moto) {
            (Self::Members(ours), Self::Members(theirs)) => compare("", ours, theirs, &mut tell),
            (Self::Refused(ours, _), Self::Refused(theirs, _)) if ours == theirs => {}
            _ => tell("error", &self.refusal(), &moto.refusal()),
        }
        found
    }

    fn refusal(&self) -> Value {
        match self {
            Self::Refused(code, message) => Value::String(format!("{code}: {message}")),
            Self::Members(_) => Value::Null,
        }
    }
}

/// Down to the members that differ; into lists of objects where one is as long as the other.
fn compare(path: &str, ours: &Value, theirs: &Value, tell: &mut impl FnMut(&str, &Value, &Value)) {
    match (ours, theirs) {
        (Value::Object(mine), Value::Object(other)) => {
            let names: BTreeSet<&String> = mine.keys().chain(other.keys()).collect();
            for name in names {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                compare(&path, &ours[name], &theirs[name], tell);
            }
        }
        (Value::Array(mine), Value::Array(other))
            if mine.len() == other.len() && mine.iter().chain(other).all(Value::is_object) =>
        {
            for (mine, other) in mine.iter().zip(other) {
                compare(&format!("{path}[]"), mine, other, tell);
            }
        }
        _ if ours == theirs => {}
        _ => tell(path, ours, theirs),
    }
}

/// By what two items are the same thing on both sides.
fn identity(item: &Value) -> &str {
    NAMES.iter().find_map(|name| item[*name].as_str()).unwrap_or_default()
}

/// Only these members, by their paths; a list is as its items are.
fn selected(value: &Value, paths: &[&str]) -> Value {
    let mut out = Map::new();
    let heads: BTreeSet<&str> = paths.iter().map(|path| path.split('.').next().unwrap_or_default()).collect();
    for head in heads {
        let below: Vec<&str> = paths.iter().filter_map(|path| path.strip_prefix(head)?.strip_prefix('.')).collect();
        let inner = match &value[head] {
            Value::Null => continue,
            found if below.is_empty() => found.clone(),
            Value::Array(items) => items.iter().map(|item| selected(item, &below)).collect(),
            found => selected(found, &below),
        };
        out.insert(head.to_owned(), inner);
    }
    Value::Object(out)
}

fn json(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_default()
}

/// The code of a refusal, in either protocol.
fn code(body: &str) -> String {
    if let Some((_, rest)) = body.split_once("<Code>") {
        return rest.split('<').next().unwrap_or_default().to_owned();
    }
    let kind = json(body)["__type"].as_str().unwrap_or("no code").to_owned();
    kind.rsplit('#').next().unwrap_or_default().to_owned()
}

fn message(body: &str) -> String {
    let answer = json(body);
    let said = answer["message"].as_str().or(answer["Message"].as_str()).map(str::to_owned);
    let in_xml = || body.split_once("<Message>").and_then(|(_, rest)| Some(rest.split_once('<')?.0.to_owned()));
    said.or_else(in_xml).unwrap_or_default()
}

fn result(answer: &Value, operation: &str) -> Value {
    answer[format!("{operation}Response")][format!("{operation}Result")].clone()
}

/// Without what is a side's own; lists in one order, for none here means anything by it; documents decoded; nothing
/// where nothing is said.
fn plain(name: &str, value: Value) -> Option<Value> {
    if OWN.contains(&name) || value.is_null() {
        return None;
    }
    if THERE.contains(&name) {
        return Some(Value::Bool(true));
    }
    Some(match value {
        Value::Object(members) => {
            let members: Map<String, Value> =
                members.into_iter().filter_map(|(name, value)| Some((name.clone(), plain(&name, value)?))).collect();
            if members.is_empty() && !name.is_empty() {
                return None;
            }
            Value::Object(members)
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().filter_map(|item| plain("", item)).collect();
            items.sort_by_key(|item| (identity(item).to_owned(), item.to_string()));
            // moto may put a label twice on one version (M84).
            items.dedup();
            if items.is_empty() {
                return None;
            }
            Value::Array(items)
        }
        // After the host.
        Value::String(text) if name == "QueueUrl" => {
            Value::String(text.splitn(4, '/').nth(3).unwrap_or_default().to_owned())
        }
        Value::String(text) if name == "RedrivePolicy" => json(&text),
        // An empty list in XML.
        Value::String(text) if text.trim().is_empty() => return None,
        Value::String(text) if name.ends_with("Document") => {
            Value::String(percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned())
        }
        other => other,
    })
}
