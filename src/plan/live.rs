//! What a task definition's family runs now: the newest revision that any of its services uses, and where none does, the
//! newest ACTIVE one.

use super::draft::{Draft, id};
use super::held::Because;
use super::question::Question;
use crate::model::arn::Arn;
use crate::model::desired::Desired;
use crate::model::document::Document;
use crate::model::id::{Kind, Name, ResourceId};
use crate::model::observed::{Observed, Seen, seen};
use crate::model::path::{Path, Segment};
use crate::model::rules::TASK_DEFINITION;
use crate::model::task_definition::{ObservedRevision, TaskDefinition};

/// Why it is not known what others own of a task definition.
pub enum Unread<'a> {
    /// A service, which may run another revision.
    Service(&'a Name, &'a str),
    /// Which revision is the newest, where no service runs any.
    Newest,
    /// A revision.
    Revision(Arn, &'a str),
}

/// The newest revision that any of the task definition's services runs, as far as they can be read.
pub(super) fn arn(draft: &Draft<'_>, name: &Name) -> Option<Arn> {
    newest_run(draft.users.services(name).map(|(service, _)| service), draft.observed)
}

fn newest_run<'n>(users: impl Iterator<Item = &'n Name>, observed: &Observed) -> Option<Arn> {
    let live = users.filter_map(|service| seen(&observed.services, service).ok().flatten());
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
    let target = id(Kind::TaskDefinition, name);
    let users = draft.users.services(name).map(|(service, _)| service);
    owned(users, draft.observed, name, definition).map_err(|unread| match unread {
        Unread::Service(service, _) => id(Kind::Service, service),
        Unread::Newest => {
            let newest = &draft.observed.newest;
            if let Err(because) = draft.ask(Question::Newest(name.clone()), newest) {
                draft.hold(&target, because, Vec::new());
            }
            target
        }
        Unread::Revision(live, why) => {
            draft.hold(&target, Because::Unreadable(format!("{live}: {why}")), Vec::new());
            target
        }
    })
}

/// The revision that has what others own of a task definition that these services run.
fn owned<'a>(
    users: impl Iterator<Item = &'a Name> + Clone,
    observed: &'a Observed,
    name: &Name,
    definition: &TaskDefinition,
) -> Result<Option<&'a ObservedRevision>, Unread<'a>> {
    if definition.ignore.is_empty() {
        return Ok(None);
    }
    for service in users.clone() {
        seen(&observed.services, service).map_err(|why| Unread::Service(service, why))?;
    }
    let live = match (newest_run(users, observed), observed.newest.get(name)) {
        (Some(live), _) => live,
        (None, Some(Seen::Present(newest))) => newest.clone(),
        (None, Some(Seen::Absent)) => return Ok(None),
        (None, Some(Seen::Unreadable(_)) | None) => return Err(Unread::Newest),
    };
    seen(&observed.revisions, &live).map_err(|why| Unread::Revision(live, why))
}

/// A task definition's content as it would be registered: what others own is as it is.
///
/// # Errors
/// Why that is not known.
pub fn content<'a>(
    desired: &'a Desired,
    observed: &'a Observed,
    name: &Name,
    definition: &TaskDefinition,
) -> Result<Document, Unread<'a>> {
    let users = desired.services.iter().filter(|(_, service)| service.task_definition == *name);
    let live = owned(users.map(|(service, _)| service), observed, name, definition)?;
    Ok(merged(definition.content.clone(), definition, live))
}

/// The content with what others own as a live revision has it.
pub(super) fn merged(content: Document, definition: &TaskDefinition, live: Option<&ObservedRevision>) -> Document {
    let Some(live) = live.map(|live| &live.revision.content) else { return content };
    let there = definition.ignore.iter().filter(|path| is_there(live, path));
    there.fold(content, |content, path| content.with(path, live.get(path, &TASK_DEFINITION).cloned(), &TASK_DEFINITION))
}

/// Has a document every element that a path leads through? What a new container has is nobody else's yet.
fn is_there(content: &Document, path: &Path) -> bool {
    let outer = std::iter::successors(Some(path.clone()), Path::parent);
    let mut elements = outer.filter(|path| matches!(path.segments().last(), Some(Segment::Element(_))));
    elements.all(|element| content.get(&element, &TASK_DEFINITION).is_some())
}
