//! The fields of a service that a manifest manages: as they are written, as they are compared, as they are sent; and what a
//! change of each does.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::arn::Arn;
use super::document::Document;
use super::path::{Path, Segment};
use super::rules::{SERVICE, deployment_bounds};

/// The managed fields of a service: those that the manifest writes, at the outermost level.
///
/// ECS replaces such a field as a whole, so what is not written inside it has ECS's default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceFields {
    written: Map<String, Value>,
    canonical: Document,
    /// Does the service run one task on each instance?
    #[serde(default)]
    daemon: bool,
}

impl ServiceFields {
    /// From fields as a manifest or ECS states them, under ECS's names.
    pub fn new(written: Map<String, Value>) -> Self {
        let daemon = says_daemon(written.get(STRATEGY));
        Self::of(written, daemon)
    }

    fn of(written: Map<String, Value>, daemon: bool) -> Self {
        let canonical = Document::new(tidy(written.clone(), daemon), &SERVICE);
        Self { written, canonical, daemon }
    }

    /// Does the service run one task on each instance, so that nobody counts its tasks?
    pub fn is_daemon(&self) -> bool {
        self.daemon
    }

    /// Who drives its rollouts, where that is not ECS itself.
    pub fn foreign_controller(&self) -> Option<&str> {
        let controller = self.written("deploymentController")?.get("type")?.as_str()?;
        (controller != "ECS").then_some(controller)
    }

    /// The names of the fields that are written.
    pub fn names(&self) -> BTreeSet<&str> {
        self.written.keys().map(String::as_str).collect()
    }

    /// Is this field written?
    pub fn manages(&self, name: &str) -> bool {
        self.written.contains_key(name)
    }

    /// A field as it is sent: an empty list or map is what removes.
    pub fn written(&self, name: &str) -> Option<&Value> {
        self.written.get(name)
    }

    /// A field as it is sent to change one that differs in these leaves.
    ///
    /// Whether ECS replaces such a field or merges it is not documented for each, so where the manifest says nothing and
    /// ECS has something, ECS's default is written out: it means the same in both cases. Of a map that is not written at
    /// all the default is written as a whole, as ECS takes some only with all their members.
    pub fn to_send(&self, name: &str, differences: &[(Path, Option<Value>, Option<Value>)]) -> Value {
        let mut value = self.written.get(name).cloned().unwrap_or_default();
        let (low, high) = deployment_bounds(self.daemon);
        let default = |path: &Path| match path.pattern().as_str() {
            "deploymentConfiguration.minimumHealthyPercent" => Some(low.into()),
            "deploymentConfiguration.maximumPercent" => Some(high.into()),
            _ => SERVICE.default_at(path),
        };
        for (path, _, _) in differences.iter().filter(|(_, _, after)| after.is_none()) {
            // The first place that is not written, of what is.
            let place = path.from_the_outside().find(|place| !is_written(&value, &place.segments()[1..]));
            if let Some((place, default)) = place.and_then(|place| Some((place.clone(), default(&place)?))) {
                write_out(&mut value, &place.segments()[1..], default);
            }
        }
        value
    }

    /// All fields as they are sent.
    pub fn all_written(&self) -> &Map<String, Value> {
        &self.written
    }

    /// All fields in canonical form, for comparing.
    pub fn canonical(&self) -> &Document {
        &self.canonical
    }

    /// These fields with what another document has at each of the paths.
    #[must_use]
    pub fn keeping(&self, paths: &[Path], other: &Document) -> Self {
        // Where the manifest does not say what kind of service it is, the service does.
        let daemon = if self.manages(STRATEGY) { self.daemon } else { says_daemon(other.member(STRATEGY)) };
        let mut fields = Self::of(self.written.clone(), daemon);
        for path in paths.iter().filter(|path| path.head().is_some_and(|head| self.manages(head))) {
            let canonical = fields.canonical.with(path, other.get(path, &SERVICE).cloned(), &SERVICE);
            let head = path.head().unwrap_or_default();
            let value = canonical.member(head).cloned().unwrap_or(Value::Null);
            fields.written.insert(head.to_owned(), value);
            fields.canonical = canonical;
        }
        fields.written.retain(|_, value| !value.is_null());
        fields
    }
}

const STRATEGY: &str = "schedulingStrategy";

fn says_daemon(strategy: Option<&Value>) -> bool {
    strategy.is_some_and(|strategy| strategy == "DAEMON")
}

/// Puts a value where members alone lead; what a list holds is sent as it is written.
fn write_out(value: &mut Value, path: &[Segment], default: Value) {
    match path {
        [] => *value = default,
        [Segment::Member(name), rest @ ..] => {
            if value.is_null() {
                *value = Value::Object(Map::new());
            }
            if let Value::Object(map) = value {
                write_out(map.entry(name).or_insert(Value::Null), rest, default);
            }
        }
        [Segment::Element(_), ..] => {}
    }
}

/// Is there something at the place?
fn is_written(value: &Value, path: &[Segment]) -> bool {
    match path {
        [] => !value.is_null(),
        [Segment::Member(name), rest @ ..] => value.get(name).is_some_and(|inside| is_written(inside, rest)),
        [Segment::Element(_), ..] => true,
    }
}

/// What no row of a table says: rules that look at two members at once, and spellings.
fn tidy(mut written: Map<String, Value>, daemon: bool) -> Value {
    if daemon {
        // ECS counts the instances.
        written.remove("desiredCount");
    }
    if let Some(Value::Object(configuration)) = written.get_mut("deploymentConfiguration") {
        tidy_deployment(configuration, daemon);
    }
    if let Some(Value::String(role)) = written.get_mut("role")
        && let Some(name) = Arn::parse(role).as_ref().and_then(|arn| arn.resource().strip_prefix("role/"))
    {
        *role = String::from(name);
    }
    for strategy in maps(written.get_mut("placementStrategy")) {
        if let Some(Value::String(field)) = strategy.get_mut("field") {
            *field = match field.as_str() {
                "host" => "instanceId".to_owned(),
                "CPU" | "MEMORY" => field.to_lowercase(),
                _ => continue,
            };
        }
    }
    let connect = written.get_mut("serviceConnectConfiguration").and_then(|connect| connect.get_mut("services"));
    for service in maps(connect) {
        if service.get("discoveryName") == service.get("portName") {
            service.remove("discoveryName");
        }
    }
    Value::Object(written)
}

fn tidy_deployment(configuration: &mut Map<String, Value>, daemon: bool) {
    let (low, high) = deployment_bounds(daemon);
    for (bound, default) in [("minimumHealthyPercent", low), ("maximumPercent", high)] {
        if configuration.get(bound).is_some_and(|value| *value == default) {
            configuration.remove(bound);
        }
    }
    // Steps are those of one strategy, and mean nothing in another.
    for (steps, strategy) in [("linearConfiguration", "LINEAR"), ("canaryConfiguration", "CANARY")] {
        if configuration.get("strategy").is_none_or(|chosen| chosen != strategy) {
            configuration.remove(steps);
        }
    }
}

fn maps(list: Option<&mut Value>) -> impl Iterator<Item = &mut Map<String, Value>> {
    list.and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut)
}

/// Does a change of this field start a deployment? Per field, from the API reference of UpdateService. Of the last two it
/// says nothing; ECS states them of service revisions alone, and a new value is a new revision.
pub fn triggers_deployment(field: &str) -> bool {
    const TRIGGERS: [&str; 9] = [
        "networkConfiguration",
        "platformVersion",
        "loadBalancers",
        "serviceRegistries",
        "serviceConnectConfiguration",
        "volumeConfigurations",
        "vpcLatticeConfigurations",
        "gatewayConnectors",
        "monitoring",
    ];
    TRIGGERS.contains(&field)
}

/// Does ECS state this field of a deployment, and not of the service?
pub fn is_stated_of_deployments_alone(field: &str) -> bool {
    ["serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations"].contains(&field)
}

/// Does ECS state this field only of a service revision, not of the service or its deployments?
pub fn is_stated_of_revisions_alone(field: &str) -> bool {
    ["gatewayConnectors", "monitoring"].contains(&field)
}

/// Can this field only be set at creation? The members of CreateService that UpdateService lacks.
pub fn is_immutable(field: &str) -> bool {
    ["launchType", "schedulingStrategy", "role"].contains(&field)
}

/// Does a change of this field reach only tasks and rollouts that come after it? Per field, from the API reference.
pub fn reaches_only_later(field: &str) -> bool {
    ["deploymentConfiguration", "enableECSManagedTags", "enableExecuteCommand", "propagateTags"].contains(&field)
}
