//! `PutEvents` and `TestEventPattern`.
//!
//! Ledger: B6, W12.

use serde::Deserialize;
use serde_json::{Value, json};

use super::deliver::{Told, emit};
use super::rules::check_bus;
use super::{fault, pattern};
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Put {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    source: Option<String>,
    detail_type: Option<String>,
    detail: Option<String>,
    #[serde(default)]
    resources: Vec<String>,
    event_bus_name: Option<String>,
    time: Option<Value>,
    trace_header: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Test {
    event_pattern: String,
    event: String,
}

/// Of all entries of a request: it must be less.
const MOST_BYTES: usize = 1 << 20;

/// An entry that is wrong does not keep the others back.
pub(super) fn put_events(world: &mut World, input: &Value) -> Outcome {
    let Put { entries } = parse(input)?;
    if entries.iter().any(|entry| entry.time.is_some() || entry.trace_header.is_some()) {
        return Err(fault::validation("the sandbox does not offer Time and TraceHeader of PutEvents"));
    }
    if entries.iter().map(size).sum::<usize>() >= MOST_BYTES {
        return Err(fault::validation("Total size of the entries in the request is over the limit."));
    }
    let (mut results, mut failed) = (Vec::new(), 0);
    for entry in entries {
        match told(world, entry) {
            Ok(told) => results.push(json!({"EventId": emit(world, &told)})),
            Err((code, message)) => {
                failed += 1;
                results.push(json!({"ErrorCode": code, "ErrorMessage": message}));
            }
        }
    }
    Ok(json!({"FailedEntryCount": failed, "Entries": results}))
}

/// As the user guide counts the size of an entry, but for its time.
fn size(entry: &Entry) -> usize {
    let Entry { source, detail_type, detail, resources, event_bus_name: _, time: _, trace_header: _ } = entry;
    let texts = [source, detail_type, detail].into_iter().flatten().chain(resources);
    texts.map(String::len).sum()
}

fn told(world: &World, entry: Entry) -> Result<Told, (&'static str, String)> {
    check_bus(world.place(), entry.event_bus_name.as_deref()).map_err(|error| (error.code, error.message))?;
    let required = |member: Option<String>, name: &str| {
        member.filter(|text| !text.is_empty()).ok_or_else(|| {
            ("InvalidArgument", format!("Parameter {name} is not valid. Reason: {name} is a required argument."))
        })
    };
    let source = required(entry.source, "Source")?;
    if source.starts_with("aws.") {
        return Err(("NotAuthorizedForSourceException", "Not authorized for the source.".to_owned()));
    }
    let detail_type = required(entry.detail_type, "DetailType")?;
    let detail = required(entry.detail, "Detail")?;
    let detail: Value = serde_json::from_str(&detail).unwrap_or(Value::Null);
    if !detail.is_object() {
        return Err(("MalformedDetail", "Detail is malformed.".to_owned()));
    }
    Ok(Told { source, detail_type, resources: entry.resources, detail })
}

pub(super) fn test_event_pattern(_: &mut World, input: &Value) -> Outcome {
    let Test { event_pattern, event } = parse(input)?;
    let pattern = pattern::check(&event_pattern)?;
    let event: Value = serde_json::from_str(&event).unwrap_or(Value::Null);
    let needed = ["id", "account", "source", "time", "region", "resources", "detail-type"];
    if needed.iter().any(|name| event.get(name).is_none()) {
        return Err(fault::validation(format!(
            "Parameter Event is not valid. It has the members {}.",
            needed.join(", ")
        )));
    }
    Ok(json!({"Result": pattern::matches(&pattern, &event)}))
}
