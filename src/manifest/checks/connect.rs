//! Service Connect: names that no two services of one namespace can have.

use std::collections::BTreeMap;

use super::super::document::Document;
use super::super::node::Node;
use super::Findings;
use crate::model::id::{Kind, ResourceId};

/// Where a name stands that is taken.
type Taken<'d> = BTreeMap<(String, String), (&'d Document, &'d Node)>;

/// Source: API model, ServiceConnectService.discoveryName, "must be unique within the Cloud Map namespace", and clientAliases,
/// "Each name and port mapping must be unique within the namespace". That ECS refuses others is UNCONFIRMED.
pub(super) fn check(documents: &BTreeMap<ResourceId, Document>) -> Vec<(&ResourceId, Findings<'_>)> {
    let (mut names, mut aliases) = (Taken::new(), Taken::new());
    let mut out = Vec::new();
    for (id, document) in documents.iter().filter(|(id, _)| id.kind == Kind::Service) {
        let Some(spec) = document.node.get("spec") else { continue };
        let mut found = Findings::new(&document.file);
        for connect in spec.at("serviceConnectConfiguration") {
            if connect.get("enabled").is_some_and(|enabled| !enabled.is_true()) {
                continue;
            }
            let namespace = namespace(spec, connect);
            for service in connect.at("services[]") {
                let place = service.get("discoveryName").or(service.get("portName"));
                if let Some((place, name)) = place.and_then(|place| Some((place, place.text()?))) {
                    let message = format!("`{name}` is another service's name in the namespace");
                    take(&mut names, (&namespace, name.to_owned()), (document, place), &message, &mut found);
                }
                for alias in service.at("clientAliases[]") {
                    let place = alias.get("dnsName").and_then(|place| Some((place, place.text()?)));
                    let Some(((place, name), port)) = place.zip(alias.get("port").and_then(Node::number)) else {
                        continue;
                    };
                    let message = format!("`{name}` with the port {port} is another service's alias in the namespace");
                    take(&mut aliases, (&namespace, format!("{name}:{port}")), (document, place), &message, &mut found);
                }
            }
        }
        out.push((id, found));
    }
    out
}

/// The namespace by its name; without one, that of the cluster.
fn namespace(spec: &Node, connect: &Node) -> String {
    let cluster = spec.get("cluster").and_then(Node::text).unwrap_or("default");
    match connect.get("namespace").and_then(Node::text) {
        Some(namespace) => namespace.to_owned(),
        None => format!("the cluster's: {}", cluster.rsplit('/').next().unwrap_or_default()),
    }
}

fn take<'d>(
    taken: &mut Taken<'d>,
    (namespace, name): (&str, String),
    (document, place): (&'d Document, &'d Node),
    message: &str,
    found: &mut Findings<'_>,
) {
    if let Some((first, there)) = taken.get(&(namespace.to_owned(), name.clone())) {
        let help = format!("it is first given in {}:{}: choose another", first.file, there.span.line);
        found.doubt(&place.span, message, help);
    } else {
        taken.insert((namespace.to_owned(), name), (document, place));
    }
}
