//! What the name of an image stands for: the digest that ECR has for its tag,
//! else the one of the image book.
//!
//! Ledger: V19.

use super::blueprint::EcrRepository;
use crate::sandbox::world::World;

impl World {
    /// The digest that an image stands for at this moment; `None` where nothing has such a name. (That ECR holds a digest which
    /// is named itself is seen where a task pulls it.)
    pub(crate) fn digest_of(&self, image: &str) -> Option<String> {
        let (place, book) = (self.place(), &self.surroundings.images);
        let in_book = book.digest(image);
        let is_said = in_book.is_none() || book.of(image).digest.is_some();
        match EcrRepository::of(image) {
            Some(repository) if !is_said && repository.digest.is_none() && repository.is_of(place) => {
                let pushed = self.ecr.digest(repository.name, repository.tag).map(str::to_owned);
                // In any other world tasks find what nobody pushed, and so do they below a pull-through cache.
                if self.closed && !self.cache_rules.fill(repository.name) { pushed } else { pushed.or(in_book) }
            }
            _ => in_book,
        }
    }
}
