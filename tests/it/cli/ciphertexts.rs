//! `secret encrypt` from an editor, and with a key of KMS, for the secret that its manifest names.

use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use evenkeel::sandbox::Service;
use serde_json::{Value, json};

use super::values::piped;
use super::{Place, code, stderr, stdout};
use crate::support::leaks::{CANARY, assert_clean};
use crate::support::values::age_files;

/// Runs the program on a terminal of its own, with this editor; nobody types.
pub(super) fn on_a_terminal(editor: Option<&Path>, arguments: &[&str]) -> Output {
    let pty = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
    let mut command = Command::new("python3");
    command.args(["-c", pty, env!("CARGO_BIN_EXE_evenkeel")]).args(arguments).env_clear();
    command.env("PATH", "/usr/local/bin:/usr/bin:/bin").env("TERM", "xterm").current_dir(env!("CARGO_MANIFEST_DIR"));
    command.envs(editor.map(|editor| ("EDITOR", editor))).stdin(std::process::Stdio::null());
    let output = command.output().unwrap();
    assert_clean("terminal", &stdout(&output));
    assert_clean("stderr", &stderr(&output));
    output
}

/// What an editor writes, and where: into its file, a copy beside that, and one in a folder. Outside, each has another name,
/// under which it can be looked at when it is deleted.
struct Kept(String);

impl Kept {
    fn of(place: &Place) -> Self {
        Self(format!("{}-kept", place.0.file_name().unwrap().display()))
    }

    /// In the language of the shell; on the file system of the editor's folder.
    fn write(&self, value: &str) -> String {
        let Self(kept) = self;
        format!(
            "here=\"${{1%/*}}\"\nmkdir \"$here/deep\" \"$here/../{kept}\"\nfor file in \"$1\" \"$1~\" \"$here/deep/copy\"\ndo\n\
             printf '%s\\n' '{value}' > \"$file\"\nln \"$file\" \"$here/../{kept}\"\ndone\n"
        )
    }

    /// What is left of it: as many zeros as it had characters.
    fn assert_wiped(&self, edited: &Path) {
        let folder = edited.parent().unwrap().parent().unwrap().join(&self.0);
        let files = std::fs::read_dir(&folder).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
        let files: Vec<Vec<u8>> = files.collect();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(files.len(), 3);
        for file in files {
            assert!(file == vec![0; CANARY.len() + 1], "what was written is still there");
        }
    }
}

/// An editor that notes down what it was given, writes a value, and ends so.
fn editor(place: &Place, value: &str, exit: u8) -> PathBuf {
    let path = place.0.join("editor");
    let notes = place.0.join("notes").display().to_string();
    let write = Kept::of(place).write(value);
    script(&path, &format!("stat -c '%a %n' \"$1\" > '{notes}'\n{write}exit {exit}\n"));
    path
}

/// The file and its rights that an editor has noted down.
fn noted(place: &Place) -> (String, PathBuf) {
    let notes = std::fs::read_to_string(place.0.join("notes")).unwrap();
    let (rights, edited) = notes.trim().split_once(' ').unwrap();
    (rights.to_owned(), edited.into())
}

fn script(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, format!("#!/bin/sh\n{text}")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).unwrap();
}

fn recipient() -> String {
    let key = std::fs::read_to_string(age_files().join("x25519.key")).unwrap();
    key.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap().to_owned()
}

#[test]
fn what_is_written_in_an_editor_is_encrypted_and_the_editors_file_is_gone() {
    let place = Place::new("secret-editor");
    let to = place.0.join("db.age").display().to_string();
    let encrypt = ["secret", "encrypt", "db", "--recipient", &recipient(), "--to", &to];
    let made = on_a_terminal(Some(&editor(&place, CANARY, 0)), &encrypt);
    assert_eq!(code(&made), 0, "{}", stdout(&made));
    let from = evenkeel::values::age::IdentitiesFrom::File(age_files().join("x25519.key"));
    let value = evenkeel::values::age::decrypt("db", &std::fs::read(&to).unwrap(), &[from]).ok().unwrap();
    assert_eq!(value.reveal(), CANARY, "the line break at the end is the editor's");
    let (rights, edited) = noted(&place);
    assert_eq!(rights, "600");
    assert!(!edited.exists() && !edited.parent().unwrap().exists(), "{}", edited.display());
    Kept::of(&place).assert_wiped(&edited);
}

#[test]
fn an_editor_that_fails_or_is_not_there_encrypts_nothing() {
    let place = Place::new("secret-no-editor");
    let to = place.0.join("db.age").display().to_string();
    let encrypt = ["secret", "encrypt", "db", "--recipient", &recipient(), "--to", &to];
    let failing = editor(&place, CANARY, 1);
    for (editor, words) in
        [(Some(failing.as_path()), "ended with an error"), (None, "pipe the value in, or set EDITOR")]
    {
        let refused = on_a_terminal(editor, &encrypt);
        assert_eq!(code(&refused), 2, "{}", stdout(&refused));
        assert!(stdout(&refused).contains(words), "{}", stdout(&refused));
        assert!(!Path::new(&to).exists());
    }
    Kept::of(&place).assert_wiped(&noted(&place).1);
}

#[test]
fn what_can_be_known_to_be_wrong_is_said_before_a_value_is_written() {
    let place = Place::new("secret-too-late");
    let (there, nowhere) = (place.0.join("db.age"), place.0.join("nowhere/db.age"));
    let (there, nowhere) = (there.display().to_string(), nowhere.display().to_string());
    std::fs::write(place.0.join("file"), "").unwrap();
    let in_a_file = place.0.join("file/db.age").display().to_string();
    let (recipient, editor) = (recipient(), editor(&place, CANARY, 0));
    for (options, exit, words) in [
        (["--recipient", &recipient, "--to", &nowhere], 3, "could not write"),
        (["--recipient", &recipient, "--to", &in_a_file], 3, "could not write"),
        (["--recipient", "age1misspelt", "--to", &there], 2, "is no age recipient"),
    ] {
        let refused = on_a_terminal(Some(&editor), &[&["secret", "encrypt", "db"], &options[..]].concat());
        assert_eq!(code(&refused), exit, "{options:?}: {}", stdout(&refused));
        assert!(stdout(&refused).contains(words), "{options:?}: {}", stdout(&refused));
        assert!(!place.0.join("notes").exists(), "{options:?}: the editor was opened");
    }
}

#[test]
fn a_file_is_written_over_as_a_whole_and_what_is_no_file_stays_what_it_is() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
    let place = Place::new("secret-over");
    let path = |name: &str| place.0.join(name);
    std::fs::write(path("real.age"), "before").unwrap();
    std::fs::set_permissions(path("real.age"), std::fs::Permissions::from_mode(0o640)).unwrap();
    std::fs::hard_link(path("real.age"), path("before.age")).unwrap();
    symlink("real.age", path("link.age")).unwrap();
    symlink("/dev/null", path("null")).unwrap();
    let encrypt = |to: &str| {
        let to = path(to).display().to_string();
        let made = piped(&["secret", "encrypt", "db", "--recipient", &recipient(), "--to", &to], b"v");
        assert_eq!(code(&made), 0, "{to}: {}", stderr(&made));
    };
    let begins = |name: &str| std::fs::read_to_string(path(name)).unwrap().starts_with("-----BEGIN AGE");
    encrypt("link.age");
    assert!(begins("real.age") && path("link.age").is_symlink());
    assert_eq!(std::fs::metadata(path("real.age")).unwrap().mode() & 0o777, 0o640);
    assert_eq!(std::fs::read_to_string(path("before.age")).unwrap(), "before", "nothing is written into what is there");
    encrypt("new.age");
    assert!(begins("new.age"));
    encrypt("null");
    assert!(path("null").is_symlink());
    let left = std::fs::read_dir(&place.0).unwrap().count();
    assert_eq!(left, 5, "nothing else is left");
}

#[test]
fn neither_the_program_nor_its_editor_leaves_a_picture_of_its_memory() {
    let place = Place::new("secret-core");
    let (to, limits) = (place.0.join("db.age").display().to_string(), place.0.join("limits"));
    let editor = place.0.join("editor");
    script(&editor, &format!("cat /proc/$PPID/limits /proc/$$/limits > '{}'\necho v > \"$1\"\n", limits.display()));
    let made = on_a_terminal(Some(&editor), &["secret", "encrypt", "db", "--recipient", &recipient(), "--to", &to]);
    assert_eq!(code(&made), 0, "{}", stdout(&made));
    let limits = std::fs::read_to_string(limits).unwrap();
    let cores = limits.lines().filter_map(|line| line.strip_prefix("Max core file size"));
    let cores: Vec<Vec<&str>> = cores.map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(cores, [["0", "0", "bytes"], ["0", "0", "bytes"]]);
}

#[test]
fn a_folder_that_cannot_be_deleted_is_named() {
    let place = Place::new("secret-left");
    let to = place.0.join("db.age").display().to_string();
    let editor = place.0.join("editor");
    // Nobody can delete as a folder what is none.
    let notes = place.0.join("notes").display().to_string();
    script(&editor, &format!("echo 600 \"$1\" > '{notes}'\nrm -r \"${{1%/*}}\"\n: > \"${{1%/*}}\"\n"));
    let failed = on_a_terminal(Some(&editor), &["secret", "encrypt", "db", "--recipient", &recipient(), "--to", &to]);
    let (_, edited) = noted(&place);
    let left = edited.parent().unwrap();
    std::fs::remove_file(left).unwrap();
    assert_ne!(code(&failed), 0);
    let words = format!("{} is left, with what the editor wrote: delete it", left.display());
    assert!(stdout(&failed).contains(&words), "{}", stdout(&failed));
}

/// The program at work on a terminal of its own, while its editor, which has written a value, waits for a word.
struct Editing {
    terminal: std::process::Child,
    /// The program itself.
    pid: String,
    /// The editor's file.
    file: PathBuf,
    /// The process that waits.
    editor: String,
    /// Where it waits.
    gate: std::fs::File,
}

impl Editing {
    /// An editor that does what it is told to.
    fn begun(place: &Place, to: &str) -> Self {
        let write = Kept::of(place).write(CANARY);
        Self::with(place, to, &format!("{write}echo \"$1\" $$ > \"$note\"\nread word < \"$wait\"\n"))
    }

    /// One that this script is; `note` and `wait` are where it says what it was given, and who it is, and where it waits.
    fn with(place: &Place, to: &str, script: &str) -> Self {
        let pipe = |name: &str| {
            let path = place.0.join(name);
            assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
            // For both directions: whoever opens the other end never waits, and nobody is left to wait for ever.
            (std::fs::OpenOptions::new().read(true).write(true).open(&path).unwrap(), path.display().to_string())
        };
        let ((gate, wait), (notes, note)) = (pipe("gate"), pipe("notes"));
        let path = place.0.join("editor.sh");
        std::fs::write(&path, format!("export note='{note}' wait='{wait}'\n{script}")).unwrap();
        let pty = "import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
print(pid, flush=True)
try:
    while os.read(fd, 1024):
        pass
except OSError:
    pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))";
        let mut command = Command::new("python3");
        command.args(["-c", pty, env!("CARGO_BIN_EXE_evenkeel"), "secret", "encrypt", "db", "--to", to]);
        command.args(["--recipient", &recipient()]).env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin");
        command.env("EDITOR", format!("sh {}", path.display())).stdout(std::process::Stdio::piped());
        let mut terminal = command.spawn().unwrap();
        let line = |from: &mut dyn std::io::Read| {
            let mut line = String::new();
            std::io::BufReader::new(from).read_line(&mut line).unwrap();
            line.trim().to_owned()
        };
        let pid = line(terminal.stdout.as_mut().unwrap());
        let said = line(&mut &notes);
        let (file, editor) = said.split_once(' ').unwrap();
        Self { terminal, pid, file: file.into(), editor: editor.to_owned(), gate }
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.pid]).status().unwrap().success());
    }

    /// Waits for the end.
    fn code(mut self) -> i32 {
        let code = self.terminal.wait().unwrap().code().unwrap();
        // Whoever has ended may still be there, for nobody has asked for its end.
        let state = std::fs::read_to_string(format!("/proc/{}/stat", self.editor)).unwrap_or_default();
        assert!(state.is_empty() || state.contains(") Z "), "the editor is still there: {state}");
        assert!(!self.file.exists() && !self.file.parent().unwrap().exists(), "{} is left", self.file.display());
        code
    }
}

#[test]
fn a_signal_while_the_editor_runs_leaves_no_value_behind() {
    for signal in ["-TERM", "-HUP"] {
        let place = Place::new(&format!("secret-editor{signal}"));
        let to = place.0.join("db.age").display().to_string();
        let editing = Editing::begun(&place, &to);
        assert!(editing.file.exists());
        editing.signal(signal);
        let edited = editing.file.clone();
        assert_eq!(editing.code(), 130, "{signal}");
        assert!(!Path::new(&to).exists(), "nothing was encrypted");
        Kept::of(&place).assert_wiped(&edited);
    }
}

#[test]
fn a_signal_is_passed_on_to_whatever_the_editor_has_started() {
    let place = Place::new("secret-editor-put-away");
    let to = place.0.join("db.age").display().to_string();
    // The last word of an editor that puts away what is open.
    let last = place.0.join("last").display().to_string();
    let inner = "trap 'echo put away > \"$last\"; exit' TERM\necho \"$1\" $$ > \"$note\"\ncat \"$wait\" &\nwait\n";
    let around = format!("export last='{last}'\nsh \"$0.inner\" \"$1\"\nexit 1\n");
    std::fs::write(place.0.join("editor.sh.inner"), inner).unwrap();
    let editing = Editing::with(&place, &to, &around);
    editing.signal("-TERM");
    assert_eq!(editing.code(), 130);
    assert_eq!(std::fs::read_to_string(&last).unwrap(), "put away\n");
}

#[test]
fn an_editor_that_hears_nothing_is_ended_with_all_that_it_has_started() {
    let place = Place::new("secret-editor-deaf");
    let to = place.0.join("db.age").display().to_string();
    let inner = "trap '' TERM HUP\necho \"$1\" $$ > \"$note\"\nread word < \"$wait\"\n: > \"$1\"\n";
    std::fs::write(place.0.join("editor.sh.inner"), inner).unwrap();
    let editing = Editing::with(&place, &to, "sh \"$0.inner\" \"$1\" < /dev/null > /dev/null 2>&1\nexit 1\n");
    editing.signal("-TERM");
    assert_eq!(editing.code(), 130);
}

#[test]
fn what_is_pressed_in_an_editor_is_the_editors_to_hear() {
    let place = Place::new("secret-editor-pressed");
    let to = place.0.join("db.age").display().to_string();
    let mut editing = Editing::begun(&place, &to);
    editing.signal("-INT");
    editing.signal("-QUIT");
    editing.gate.write_all(b"go\n").unwrap();
    let edited = editing.file.clone();
    assert_eq!(editing.code(), 0);
    assert!(Path::new(&to).exists());
    Kept::of(&place).assert_wiped(&edited);
}

const KMS: &str = "apiVersion: evenkeel.dev/v1alpha1
kind: Secret
metadata: {name: db}
spec: {secretName: shop/db, value: {encrypted: {file: db.kms, format: kms}}}
";

#[test]
fn a_file_for_a_key_of_kms_is_made_before_it_is_there_and_for_its_secret_alone() {
    let place = Place::new("secret-kms");
    std::fs::create_dir_all(place.0.join("manifests")).unwrap();
    std::fs::write(place.0.join("manifests/db.yaml"), KMS).unwrap();
    let state = place.0.join("state.json");
    let key = crate::imports::call(&state, Service::Kms, "CreateKey", "{}".to_owned());
    let key: Value = serde_json::from_str(&key).unwrap();
    let alias = json!({"AliasName": "alias/values", "TargetKeyId": key["KeyMetadata"]["KeyId"]});
    crate::imports::call(&state, Service::Kms, "CreateAlias", alias.to_string());
    let (manifests, sandbox) = (place.manifests(), place.sandbox());
    let path = place.0.join("manifests/db.kms").display().to_string();
    let encrypt = |name: &str| {
        let arguments = ["secret", "encrypt", name, "-f", &manifests, "--format", "kms", "--kms-key", "alias/values"];
        piped(&[&arguments[..], &["--to", &path, &sandbox, "-vv"]].concat(), CANARY.as_bytes())
    };
    let made = encrypt("db");
    assert_eq!(code(&made), 0, "{}", stderr(&made));
    assert_clean("stderr", &stderr(&made));
    assert!(stderr(&made).contains("for shop/db of the installation `default` alone"), "{}", stderr(&made));
    let apply = place.run(&["apply", "-f", &manifests, "--yes", "-vv"]);
    assert_eq!(code(&apply), 0, "{}{}", stdout(&apply), stderr(&apply));
    assert_eq!(stdout(&place.shown(&["secret", "get", "shop/db"])), format!("{CANARY}\n"));
    // The same file for another secret: KMS refuses it, and nothing is made.
    std::fs::write(place.0.join("manifests/db.yaml"), KMS.replace("shop/db", "shop/other")).unwrap();
    let moved = place.run(&["apply", "-f", &manifests, "--yes"]);
    assert_eq!(code(&moved), 3, "{}", stdout(&moved));
    let told = stdout(&moved) + &stderr(&moved);
    assert!(told.contains("kms:Decrypt") && told.contains("is of another secret or installation"), "{told}");
    for (arguments, help) in [
        (&["secret", "get", "shop/other"] as &[&str], "correct its name, or ask for a version that it has"),
        (&["secret", "get", "db", "-f", &manifests], "manifests/db.yaml:4:20; or ask for a version that it has"),
    ] {
        let none = place.run(arguments);
        assert_eq!(code(&none), 3, "{}", stdout(&none));
        let told = stderr(&none);
        assert!(told.contains(help) && !told.contains("in the manifest"), "{told}");
    }
    for (name, words) in [("nobody", "no manifest of Secret/nobody"), ("db1", "did you mean Secret/db?")] {
        let unknown = encrypt(name);
        assert_eq!(code(&unknown), 2);
        assert!(stderr(&unknown).contains(words), "{}", stderr(&unknown));
    }
}
