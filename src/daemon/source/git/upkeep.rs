//! Our own repository, kept in order: nobody else works on it, and no Git of ours runs meanwhile.

use std::path::{Path, PathBuf};

use super::command::{Failure, Repository};

/// Each fetch is a pack or two, and each command looks into all of them.
const MOST_PACKS: usize = 100;

/// All objects into one pack. Git looks for none that were left out on the server's side.
const REPACK: [&str; 9] = [
    "-c",
    "pack.threads=1",
    "-c",
    "repack.writeBitmaps=false",
    "repack",
    "-a",
    "-d",
    "--quiet",
    "--no-write-bitmap-index",
];

/// Takes away what a Git leaves behind that was ended half-way: locks, which stop all that come after, and what was
/// received so far, which nobody would miss or find.
pub(super) fn sweep(repository: &Path) {
    let is_left = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("tmp_") || path.extension().is_some_and(|end| end == "lock")
    };
    let folders = ["", "refs", "refs/evenkeel", "objects", "objects/pack"];
    for path in folders.iter().flat_map(|folder| files(&repository.join(folder))).filter(is_left) {
        // What cannot be taken away is what Git complains of next.
        let _stays = std::fs::remove_file(path);
    }
}

/// Makes one pack of many.
pub(super) async fn gather(repository: &Repository) -> Result<(), Failure> {
    let is_pack = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "pack");
    if files(&repository.folder().join("objects/pack")).into_iter().filter(is_pack).count() <= MOST_PACKS {
        return Ok(());
    }
    repository.run(&REPACK, &[]).await.map(drop)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}
