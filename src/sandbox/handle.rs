//! The handle on a running sandbox: a world, a clock, perhaps a file.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::clock::{Clock, Millis};
use super::dispatch::effect;
use super::door::Door;
use super::state::{StateError, StateFile};
use super::wire::{Effect, Request, Response};
use super::world::World;

/// A world that SDK clients can talk to. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Sandbox {
    shared: Arc<Shared>,
    latency: Duration,
}

struct Shared {
    clock: Clock,
    inner: Mutex<Inner>,
}

struct Inner {
    world: World,
    file: Option<StateFile>,
    /// Time has brought something that the file lacks. Where it runs faster than real time, it does not come again.
    has_moved: bool,
}

impl Sandbox {
    /// A sandbox in memory.
    pub fn new(world: World, clock: Clock) -> Self {
        Self::with(world, clock, None)
    }

    /// A sandbox that is kept in a file: the world in it, or `fresh` where
    /// there is no file yet. What time has brought about since is done first.
    ///
    /// # Errors
    ///
    /// The file is in use by another process, cannot be read or written, or
    /// does not hold a sandbox.
    pub fn open(path: &Path, clock: Clock, fresh: impl FnOnce() -> World) -> Result<Self, StateError> {
        Self::resume(path, |_| clock, |_| fresh())
    }

    /// [`Self::open`], with a clock that is set when it is known what time it
    /// was in the file: a world that ran fast is ahead of real time, and a
    /// clock behind it would stand still.
    ///
    /// # Errors
    ///
    /// Those of [`Self::open`].
    pub fn resume(
        path: &Path,
        clock: impl FnOnce(Option<Millis>) -> Clock,
        fresh: impl FnOnce(Millis) -> World,
    ) -> Result<Self, StateError> {
        let (file, held) = StateFile::open(path)?;
        let clock = clock(held.as_ref().map(World::now));
        let mut world = held.unwrap_or_else(|| fresh(clock()));
        world.advance(clock());
        file.save(&world)?;
        Ok(Self::with(world, clock, Some(file)))
    }

    /// The same sandbox, for a client that waits `latency` for each answer.
    #[must_use]
    pub fn with_latency(&self, latency: Duration) -> Self {
        Self { shared: Arc::clone(&self.shared), latency }
    }

    /// What an SDK configuration takes as its HTTP client.
    pub fn http_client(&self) -> Door {
        Door::new(self.clone(), self.latency)
    }

    /// Looks at the world, or changes it behind everyone's back. It has been
    /// brought up to date first; call [`Self::save`] if a change is to last.
    pub fn with_world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        let now = (self.shared.clock)();
        let mut inner = self.lock();
        inner.advance(now);
        look(&mut inner.world)
    }

    /// What its clock shows.
    pub(crate) fn now(&self) -> Millis {
        (self.shared.clock)()
    }

    /// Answers a request, as the door does, but at once.
    ///
    /// # Errors
    ///
    /// The answer stands in the world but not in the state file.
    pub fn call(&self, request: &Request) -> Result<Response, StateError> {
        let now = (self.shared.clock)();
        let mut inner = self.lock();
        inner.advance(now);
        let response = inner.world.call(now, request);
        if inner.has_moved || effect(request) == Effect::Writes {
            inner.save()?;
        }
        Ok(response)
    }

    /// Writes the state file, where there is one.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn save(&self) -> Result<(), StateError> {
        self.lock().save()
    }

    fn with(world: World, clock: Clock, file: Option<StateFile>) -> Self {
        let inner = Mutex::new(Inner { world, file, has_moved: false });
        Self { shared: Arc::new(Shared { clock, inner }), latency: Duration::ZERO }
    }

    /// A panic elsewhere cannot leave a world half changed in a way that
    /// matters more than going on.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.shared.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn advance(&mut self, now: Millis) {
        self.has_moved |= self.world.advance(now);
    }

    fn save(&mut self) -> Result<(), StateError> {
        self.has_moved = false;
        match &self.file {
            Some(file) => file.save(&self.world),
            None => Ok(()),
        }
    }
}

/// Says nothing of the world: it holds secret values.
impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").finish_non_exhaustive()
    }
}
