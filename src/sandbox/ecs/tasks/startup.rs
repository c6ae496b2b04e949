//! The moment at which a task starts: it assumes its execution role, reads
//! its secrets, and pulls its images. What fails here stops it.
//!
//! Ledger: K3, K13, K103.

use super::context::Session;
use super::secrets::Injected;
use super::{pull, secrets};
use crate::sandbox::ecs::blueprint::Blueprint;
use crate::sandbox::ecs::names::TaskId;
use crate::sandbox::world::World;

/// How the texts of this moment begin (facts 1.6).
pub(super) const INITIALISATION: &str = "ResourceInitializationError: unable to pull secrets or registry auth: \
                                         execution resource retrieval failed:";
pub(super) const RETRIED: &str = "service call has been retried 1 time(s):";

/// What the containers got, or the `stoppedReason`.
pub(super) fn attempt(world: &mut World, id: &TaskId) -> Result<Vec<Injected>, String> {
    let Some(task) = world.ecs.tasks.get(id).cloned() else {
        return Ok(Vec::new());
    };
    let Some(blueprint) = world.ecs.blueprint(&task.task_definition) else {
        return Err("Task definition does not exist.".to_owned());
    };
    if let Some(role) = blueprint.task_role_arn.as_ref().filter(|_| world.closed)
        && let Err(reason) = Session::assume(world, role, id, &task.arn)
    {
        return Err(reason);
    }
    let (mut notes, mut groups_made) = (Vec::new(), Vec::new());
    let outcome = match &blueprint.execution_role_arn {
        Some(role) => Session::assume(world, role, id, &task.arn).and_then(|mut session| {
            let outcome = with_role(&mut session, &blueprint, id);
            notes.append(&mut session.notes);
            groups_made.append(&mut session.groups_made);
            outcome
        }),
        None => pull::images_exist(world, &blueprint).map(|()| Vec::new()),
    };
    let now = world.now();
    for note in notes {
        world.journal.note(now, format!("task {id}: {note}"));
    }
    for group in groups_made {
        world.surroundings.missing_log_groups.remove(&group);
        world.logs.make(group, now);
    }
    for injected in outcome.iter().flatten() {
        let name = world.secrets.find(&injected.secret.source).map(|secret| secret.name.clone());
        if let Ok(name) = name {
            world.secrets.touch(&name, now);
        }
    }
    outcome
}

fn with_role(session: &mut Session<'_>, blueprint: &Blueprint, id: &TaskId) -> Result<Vec<Injected>, String> {
    pull::registry_login(session, blueprint)?;
    let injected = secrets::read_all(session, blueprint)?;
    pull::environment_files(session, blueprint)?;
    pull::images(session, blueprint)?;
    pull::logs(session, blueprint, id)?;
    Ok(injected)
}
