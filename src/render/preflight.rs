//! What a preflight found as the JSON object of `check --aws -o json`: a contract with other programs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::desired::Desired;
use crate::model::observed::Observed;
use crate::preflight::finding::{Finding, Report, Severity, Site, Unverified};

/// The version of the object: raised when a member changes its meaning or goes away.
const FORMAT_VERSION: &str = "1";

/// Everything that the object says.
pub struct Document<'a> {
    /// The manifests.
    pub desired: &'a Desired,
    /// What was looked at first.
    pub observed: &'a Observed,
    /// What was found.
    pub report: &'a Report,
    /// What is wrong with the manifests themselves.
    pub diagnostics: Vec<Value>,
    /// Were values looked at?
    pub values: bool,
    /// Calls by operation.
    pub calls: &'a BTreeMap<String, u64>,
}

/// The object.
pub fn document(document: &Document<'_>) -> Value {
    let Document { desired, observed, report, diagnostics, values, calls } = document;
    let of = |severity| report.findings.iter().filter(|finding| finding.code.severity() == severity).count();
    let total: u64 = calls.values().sum();
    json!({
        "formatVersion": FORMAT_VERSION,
        "complete": !report.is_incomplete(),
        "installation": desired.installation,
        "account": observed.scope.account,
        "region": observed.scope.region,
        "commit": desired.commit,
        "observedAt": observed.at.to_string(),
        "values": values,
        "summary": {
            "errors": of(Severity::Error),
            "warnings": of(Severity::Warning),
            "unverified": report.unverified.len(),
            "taskDefinitions": desired.task_definitions.len(),
            "services": desired.services.len(),
        },
        "diagnostics": diagnostics,
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
        "unverified": report.unverified.iter().map(unverified).collect::<Vec<_>>(),
        "calls": {"total": total, "byOperation": calls},
    })
}

fn finding(finding: &Finding) -> Value {
    let Finding { site, code, message, ecs, help, planned, also } = finding;
    let mut object = json!({
        "code": code.as_str(),
        "severity": code.severity(),
        "message": message,
        "ecs": ecs,
        "help": help,
        "judged": if *planned { "planned" } else { "live" },
        "also": also.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    place(&mut object, site);
    object
}

fn unverified(unverified: &Unverified) -> Value {
    let Unverified { site, what, why, unreadable } = unverified;
    let mut object = json!({"what": what, "why": why, "unreadable": unreadable});
    place(&mut object, site);
    object
}

fn place(object: &mut Value, site: &Site) {
    let Site { resource, path, at, services } = site;
    object["resource"] = json!(resource);
    object["path"] = json!(path);
    object["at"] = json!(at.as_ref().map(ToString::to_string));
    object["services"] = json!(services);
}
