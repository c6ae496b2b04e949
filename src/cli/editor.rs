//! A value that a person writes in an editor, in a file that only its owner can read. However the command ends, but by
//! SIGKILL, what the editor leaves is wiped and deleted.

use std::fs::{self, DirEntry, OpenOptions, Permissions};
use std::io::{self, Read as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tokio::process::Command;
use zeroize::Zeroizing;

use super::out::Out;
use super::stop::Signals;
use super::{CliError, environment, offspring};

/// What a person writes in an editor; `None` where someone asks the command to end.
pub(super) async fn edited(name: &str, out: Out) -> Result<Option<Zeroizing<Vec<u8>>>, CliError> {
    let editor = ["VISUAL", "EDITOR"].into_iter().find_map(environment::text);
    let Some(editor) = editor.map(|editor| editor.to_string()) else {
        return Err(CliError::Given("pipe the value in, or set EDITOR".to_owned()));
    };
    // Before there is anything to wipe.
    let mut signals = Signals::heard()?;
    let folder = Private::new(out)?;
    let path = folder.path.join(file_name(name));
    let failed = |source| CliError::Write { path: path.display().to_string(), source };
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(failed)?;
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(&path).kill_on_drop(true);
    let not_run = |source| CliError::Read { path: editor.clone(), source };
    let mut child = command.spawn().map_err(not_run)?;
    let mut pressed = false;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status.map_err(not_run)?,
            signal = signals.others.come() => {
                let left = offspring::end(&mut child, signal).await;
                let left: Vec<String> = left.into_iter().map(|pid| pid.as_raw_pid().to_string()).collect();
                if !left.is_empty() {
                    let all = left.join(", ");
                    out.say(&format!("{editor} could not be ended (process {all}), and may hold what was written: end it"));
                }
                return Ok(None);
            }
            // The terminal tells the editor too, and to many editors it is a key like another.
            _ = signals.keyboard.come() => pressed = true,
        }
    };
    match status.success() {
        true => fs::read(&path).map(|bytes| Some(Zeroizing::new(bytes))).map_err(failed),
        false if pressed => Ok(None),
        false => Err(CliError::Given(format!("{editor} ended with an error, so nothing was encrypted"))),
    }
}

/// What the editor shows above the text: the end of the secret's name, where a file can be called so.
fn file_name(name: &str) -> &str {
    let end = name.rsplit('/').next().unwrap_or_default();
    // A file's name has 255 bytes, and editors add to it for their copies.
    if matches!(end, "" | "." | "..") || end.len() > 200 { "value" } else { end }
}

/// A folder for its owner alone, in memory where there is such a place. What is in it is wiped in the end.
struct Private {
    path: PathBuf,
    out: Out,
}

impl Private {
    fn new(out: Out) -> Result<Self, CliError> {
        let mut folder = tempfile::Builder::new();
        folder.prefix("evenkeel-").permissions(Permissions::from_mode(0o700));
        let memory = Path::new("/dev/shm");
        let made = if memory.is_dir() { folder.tempdir_in(memory) } else { folder.tempdir() };
        // What could not be deleted is not to be passed over, as the type does.
        Ok(Self { path: made.map_err(CliError::StateDir)?.keep(), out })
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        let away = || (wipe(&self.path), fs::remove_dir_all(&self.path));
        let (wiped, deleted) = match away() {
            // Something may have been written in between.
            (first, Err(_)) => {
                let (second, deleted) = away();
                (first.and(second), deleted)
            }
            done => done,
        };
        if deleted.is_err_and(|error| error.kind() != io::ErrorKind::NotFound) {
            self.out.say(&format!("{} is left, with what the editor wrote: delete it", self.path.display()));
        } else if wiped.is_err() {
            self.out.say("what the editor wrote could not be wiped before it was deleted");
        }
    }
}

/// Writes over every file of a folder and of those in it, as far as it can: editors leave copies beside the one that they
/// were given.
fn wipe(folder: &Path) -> io::Result<()> {
    let over = |entry: io::Result<DirEntry>| {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            return wipe(&entry.path());
        }
        if kind.is_file() {
            let mut file = OpenOptions::new().write(true).open(entry.path())?;
            io::copy(&mut io::repeat(0).take(entry.metadata()?.len()), &mut file)?;
            // What is deleted first is never written to a disk.
            file.sync_data()?;
        }
        Ok(())
    };
    // One that cannot be written over does not save the others.
    fs::read_dir(folder)?.map(over).fold(Ok(()), Result::and)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_a_secret_gives_a_file_that_can_be_made() {
        let long = "a".repeat(512);
        for (name, file) in
            [("shop/db", "db"), ("db", "db"), ("shop/", "value"), ("..", "value"), ("a/.", "value"), (&long, "value")]
        {
            assert_eq!(file_name(name), file);
        }
    }
}
