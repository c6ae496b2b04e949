//! Keys that are there without anybody's doing: AWS's own, and those that a sandbox takes for granted.
//!
//! Ledger: O8, O15, O102.

use super::{Alias, Key, policy};
use crate::sandbox::place::Arn;
use crate::sandbox::surroundings;
use crate::sandbox::tags::Tags;
use crate::sandbox::world::World;

impl World {
    /// Writes a key of this account and Region down that tasks find without anybody's doing, so that KMS knows it too: by id,
    /// ARN, alias or alias' ARN. What was made, or was here and is gone, stays as it is.
    pub fn presume_key(&mut self, given: &str) {
        let resource = Arn::parse(given).map_or(given, |arn| arn.resource);
        let is_here = Arn::parse(given).is_none() || given == self.place().arn("kms", resource);
        let is_known = self.kms.find(self.place(), given).is_ok();
        if is_here && !is_known && !self.lacks_key(given) && !resource.starts_with("alias/aws/") {
            write_down(self, given, String::new(), false);
        }
    }
}

pub(super) fn write_down(world: &mut World, given: &str, description: String, of_aws: bool) {
    let resource = Arn::parse(given).map_or(given, |arn| arn.resource);
    // The id that it has had for tasks all along.
    let arn = world.surroundings.key(world.place(), given).arn;
    let id = arn.rsplit('/').next().unwrap_or(&arn).to_owned();
    let created = world.now();
    let made = Key {
        material: surroundings::hex_digest(&arn),
        policy: policy::default(world.place()),
        arn,
        description,
        of_aws,
        disabled: false,
        deletion: None,
        tags: Tags::new(),
        created,
        id: id.clone(),
    };
    world.kms.keys.entry(id.clone()).or_insert(made);
    if resource.starts_with("alias/") {
        world.kms.aliases.insert(resource.to_owned(), Alias { key: id, created });
    }
}
