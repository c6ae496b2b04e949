//! What a task definition's family runs now: the newest revision that any of its services uses, and where none does, the
//! newest ACTIVE one.

use super::draft::{Draft, id};
use super::held::Because;
use super::question::Question;
use crate::model::arn::Arn;
use crate::model::document::Document;
use crate::model::id::{Kind, Name, ResourceId};
use crate::model::observed::seen;
use crate::model::path::{Path, Segment};
use crate::model::rules::TASK_DEFINITION;
use crate::model::task_definition::{ObservedRevision, TaskDefinition};

/// The newest revision that any of the task definition's services runs, as far as they can be read.
pub(super) fn arn(draft: &Draft<'_>, name: &Name) -> Option<Arn> {
    let live =
        draft.users.services(name).filter_map(|(service, _)| seen(&draft.observed.services, service).ok().flatten());
    live.map(|service| service.task_definition.clone()).max_by_key(Arn::revision)
}

/// The live content of a task definition that ignores differences; `None` where it ignores none, or nothing is there yet.
///
/// Somebody else owns what is ignored, so where that cannot be read, nothing may take its place: the error is the
/// resource that has to be readable first.
pub(super) fn ignored<'o>(
    draft: &mut Draft<'o>,
    name: &Name,
    definition: &TaskDefinition,
) -> Result<Option<&'o ObservedRevision>, ResourceId> {
    if definition.ignore.is_empty() {
        return Ok(None);
    }
    let observed = draft.observed;
    if let Some((unread, _)) =
        draft.users.services(name).find(|(service, _)| seen(&observed.services, service).is_err())
    {
        return Err(id(Kind::Service, unread));
    }
    let target = id(Kind::TaskDefinition, name);
    let live = match arn(draft, name) {
        Some(arn) => Some(arn),
        None => match draft.ask(Question::Newest(name.clone()), &observed.newest) {
            Ok(newest) => newest.cloned(),
            Err(because) => {
                draft.hold(&target, because, Vec::new());
                return Err(target);
            }
        },
    };
    let Some(live) = live else { return Ok(None) };
    seen(&observed.revisions, &live).map_err(|why| {
        draft.hold(&target, Because::Unreadable(format!("{live}: {why}")), Vec::new());
        target
    })
}

/// Has a document every element that a path leads through? What a new container has is nobody else's yet.
pub(super) fn is_there(content: &Document, path: &Path) -> bool {
    let outer = std::iter::successors(Some(path.clone()), Path::parent);
    let mut elements = outer.filter(|path| matches!(path.segments().last(), Some(Segment::Element(_))));
    elements.all(|element| content.get(&element, &TASK_DEFINITION).is_some())
}
