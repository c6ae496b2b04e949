//! `ignoreDifferences`: a path that leads nowhere would ignore nothing, and nobody would know.

use super::super::document::schema_of;
use super::super::node::Node;
use super::{Findings, name, suggest};
use crate::model::id::Kind;
use crate::model::path::{Path, Segment};
use crate::model::shapes::{SERVICE_CONTENT_MEMBERS, SERVICE_UPDATE_MEMBERS, TASK_DEFINITION_CONTENT_MEMBERS};

pub(super) fn check(kind: Kind, spec: &Node, found: &mut Findings<'_>) {
    for place in spec.at("ignoreDifferences[].path") {
        let Some(Ok(path)) = place.text().map(str::parse::<Path>) else {
            let help = "write it as in `containerDefinitions[web].image`";
            found.wrong(&place.span, "this is no path of a field", help);
            continue;
        };
        if let Err((message, help)) = leads(kind, spec, &path) {
            found.wrong(&place.span, message, help);
        }
    }
}

fn leads(kind: Kind, spec: &Node, path: &Path) -> Result<(), (String, String)> {
    let ecs: Vec<&str> = match kind {
        Kind::TaskDefinition => TASK_DEFINITION_CONTENT_MEMBERS.to_vec(),
        _ => SERVICE_CONTENT_MEMBERS.iter().chain(SERVICE_UPDATE_MEMBERS).copied().collect(),
    };
    let head = path.head().unwrap_or_default();
    if !ecs.contains(&head) {
        return Err((format!("`{head}` is no field of ECS's {kind}"), suggest(head, ecs)));
    }
    let mut schema = &schema_of(kind)["properties"]["spec"];
    let mut at = Path::root();
    for segment in path.segments() {
        schema = match segment {
            Segment::Element(_) => &schema["items"],
            Segment::Member(name) => {
                let members = schema["properties"].as_object();
                match members.and_then(|members| members.get(name)) {
                    Some(inside) => inside,
                    // A map of the user's, or what has no schema: any name can stand there.
                    None if members.is_none() => return Ok(()),
                    None => {
                        let known = members.into_iter().flat_map(|members| members.keys().map(String::as_str));
                        return Err((format!("`{at}` has no field `{name}`"), suggest(name, known)));
                    }
                }
            }
        };
        at = match segment {
            Segment::Element(key) => at.element(key),
            Segment::Member(name) => at.member(name),
        };
    }
    if let [Segment::Member(list), Segment::Element(wanted), ..] = path.segments()
        && list == "containerDefinitions"
    {
        let known = || super::containers(spec).iter().filter_map(name);
        if !known().any(|name| name == wanted) {
            return Err((format!("there is no container `{wanted}`"), suggest(wanted, known())));
        }
    }
    Ok(())
}
