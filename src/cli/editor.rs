//! A value that a person writes in an editor, in a file that only its owner can read. However the command ends, but by
//! SIGKILL, what the editor leaves is wiped and deleted.

use std::fs::{self, DirEntry, OpenOptions, Permissions};
use std::io::{self, Read as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use tempfile::TempDir;
use tokio::process::Command;
use zeroize::Zeroizing;

use super::out::Out;
use super::stop::Signals;
use super::{CliError, environment};

/// What a person writes in an editor; `None` where someone asks the command to end.
pub(super) async fn edited(name: &str, out: Out) -> Result<Option<Zeroizing<Vec<u8>>>, CliError> {
    let editor = ["VISUAL", "EDITOR"].into_iter().find_map(environment::text);
    let Some(editor) = editor.map(|editor| editor.to_string()) else {
        return Err(CliError::Given("pipe the value in, or set EDITOR".to_owned()));
    };
    // Before there is anything to wipe.
    let mut signals = Signals::heard()?;
    let folder = Private::new(out)?;
    let path = folder.path().join(name.rsplit('/').next().unwrap_or("value"));
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
            // An editor that is still there finds no folder to write to.
            () = signals.others.come() => {
                let _ended = child.kill().await;
                return Ok(None);
            }
            // The terminal tells the editor too, and to many editors it is a key like another.
            () = signals.keyboard.come() => pressed = true,
        }
    };
    match status.success() {
        true => fs::read(&path).map(|bytes| Some(Zeroizing::new(bytes))).map_err(failed),
        false if pressed => Ok(None),
        false => Err(CliError::Given(format!("{editor} ended with an error, so nothing was encrypted"))),
    }
}

/// A folder for its owner alone, in memory where there is such a place. What is in it is wiped in the end.
struct Private {
    folder: TempDir,
    out: Out,
}

impl Private {
    fn new(out: Out) -> Result<Self, CliError> {
        let mut folder = tempfile::Builder::new();
        folder.prefix("evenkeel-").permissions(Permissions::from_mode(0o700));
        let memory = Path::new("/dev/shm");
        let made = if memory.is_dir() { folder.tempdir_in(memory) } else { folder.tempdir() };
        Ok(Self { folder: made.map_err(CliError::StateDir)?, out })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        if wipe(self.path()).is_err() {
            self.out.say("what the editor wrote could not be wiped before it was deleted");
        }
    }
}

/// Writes over every file of a folder, as far as it can: editors leave copies beside the one that they were given.
fn wipe(folder: &Path) -> io::Result<()> {
    let over = |entry: io::Result<DirEntry>| {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            let mut file = OpenOptions::new().write(true).open(entry.path())?;
            io::copy(&mut io::repeat(0).take(entry.metadata()?.len()), &mut file)?;
        }
        Ok(())
    };
    // One that cannot be written over does not save the others.
    fs::read_dir(folder)?.map(over).fold(Ok(()), Result::and)
}
