//! Hears of changes in a folder, where the system tells of them. Nothing depends on it: the folder is read again anyway.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

/// Many files change together: the first of them is not all.
const TOGETHER: Duration = Duration::from_millis(200);

/// Listens for as long as it lives.
pub(super) struct Watch {
    _watcher: RecommendedWatcher,
    bell: Arc<Notify>,
}

impl Watch {
    /// `None` where the system does not tell.
    pub(super) fn new(folder: &Path) -> Option<Self> {
        let bell = Arc::new(Notify::new());
        let ring = bell.clone();
        let heard = move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| !event.kind.is_access()) {
                ring.notify_one();
            }
        };
        let mut watcher = notify::recommended_watcher(heard).ok()?;
        watcher.watch(folder, RecursiveMode::Recursive).ok()?;
        Some(Self { _watcher: watcher, bell })
    }

    /// Something changed, a moment ago.
    pub(super) async fn heard(&self) {
        self.bell.notified().await;
        tokio::time::sleep(TOGETHER).await;
    }
}
