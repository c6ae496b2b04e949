//! What the containers of a task do: by the digests that the task's service
//! revision has fixed. A tag that leads elsewhere since then is another image ([V19]).

use super::{Task, TaskContainer};
use crate::sandbox::ecs::behaviour::Behaviour;
use crate::sandbox::world::World;

/// What the containers of a task do, in their order.
pub(super) fn behaviours(world: &World, task: &Task) -> impl Iterator<Item = Behaviour> {
    task.containers.iter().map(|container| behaviour(world, task, container))
}

/// What one of them does. What did not exist when the revision was made has no
/// digest: its tag is looked at anew each time.
pub(super) fn behaviour(world: &World, task: &Task, container: &TaskContainer) -> Behaviour {
    let images = world.ecs.revisions.get(&task.revision).map(|revision| &revision.images);
    let fixed = images.into_iter().flatten().find(|image| image.container == container.name);
    let fixed = fixed.and_then(|image| image.behaviour.clone());
    fixed.unwrap_or_else(|| world.surroundings.images.of(&container.image))
}
