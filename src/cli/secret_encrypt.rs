//! `secret encrypt`: a value from standard input or an editor becomes a file for Git. The value itself is nowhere but there
//! and, while the editor runs, in a file that only its owner can read.

use std::fs::{self, Permissions};
use std::io::{IsTerminal as _, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use zeroize::Zeroizing;

use super::args::Common;
use super::exit::Exit;
use super::out::Out;
use super::secret_args::{CipherFormat, SecretEncryptArgs};
use super::{CliError, files, world};
use crate::aws::NewDataKey;
use crate::cloud::plaintext::Plaintext;
use crate::manifest::ciphertexts::secret_names;
use crate::manifest::config::ConfigSpec;
use crate::model::desired::Desired;
use crate::model::id::{Kind, Name, SecretName};
use crate::values::kms::DataKey;
use crate::values::{age, kms};

pub(super) async fn encrypt(
    args: SecretEncryptArgs,
    common: Common,
    config: ConfigSpec,
    out: Out,
) -> Result<Exit, CliError> {
    let SecretEncryptArgs { name, format, file, kms_key, recipient, json, to, config: _ } = args;
    let recipients = if recipient.is_empty() { config.age.recipients.clone() } else { recipient };
    if format == CipherFormat::Age && recipients.is_empty() {
        return Err(CliError::Encrypt(age::AgeError::NoRecipient));
    }
    let secret = if file.is_empty() { SecretName::new(&name) } else { declared(&name, &file)? };
    let value = if std::io::stdin().is_terminal() { edited(&name, out)? } else { piped()? };
    if json && !is_object(value.reveal()) {
        return Err(CliError::Given("it is no JSON object, and --json asks for one".to_owned()));
    }
    let file = match format {
        CipherFormat::Age => age::encrypt(&value, &recipients).map_err(CliError::Encrypt)?,
        CipherFormat::Kms => {
            let context = kms::context(&config.installation(), &secret);
            let aws = world::connect(&common, &config, &Desired::empty(config.installation()), out).await?;
            let made = aws.new_data_key(&kms_key.unwrap_or_default(), &context).await;
            let NewDataKey { key_id, plain, wrapped } = made.map_err(|fault| CliError::DataKey(Box::new(fault)))?;
            let file = kms::encrypt(&value, &DataKey { key_id, plain, wrapped }, &context);
            out.say(&format!("for {secret} of the installation `{}` alone", config.installation()));
            file.map_err(|error| CliError::Given(format!("the file {error}")))?
        }
    };
    match to {
        Some(path) => {
            fs::write(&path, file).map_err(|source| CliError::Write { path: path.display().to_string(), source })?;
        }
        None => Out::data(&file),
    }
    Ok(Exit::Yes)
}

/// The secret of a manifest, which may name the file that is only now to be made.
fn declared(name: &str, file: &[PathBuf]) -> Result<SecretName, CliError> {
    let mut names = secret_names(&files::read(file)?.read);
    let found = Name::parse(name).and_then(|name| names.remove(&name));
    let known = || names.keys().map(|name| format!("{}/{name}", Kind::Secret)).collect::<Vec<_>>();
    found.ok_or_else(|| CliError::no_manifest(format!("{}/{name}", Kind::Secret), &known()))
}

/// All of standard input.
fn piped() -> Result<Plaintext, CliError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(Plaintext::MOST_BYTES + 3));
    let limit = u64::try_from(Plaintext::MOST_BYTES + 2).unwrap_or(u64::MAX);
    let read = std::io::stdin().take(limit).read_to_end(&mut bytes);
    read.map_err(|source| CliError::Read { path: "standard input".to_owned(), source })?;
    plaintext(bytes)
}

/// One line break at the end is the tool's that wrote it, and not the value's.
fn plaintext(mut bytes: Zeroizing<Vec<u8>>) -> Result<Plaintext, CliError> {
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
    Plaintext::new(bytes).map_err(|why| CliError::Given(why.to_string()))
}

fn is_object(text: &str) -> bool {
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok()
}

/// What a person writes in an editor.
fn edited(name: &str, out: Out) -> Result<Plaintext, CliError> {
    let editor = ["VISUAL", "EDITOR"].into_iter().find_map(variable);
    let Some(editor) = editor else {
        return Err(CliError::Given("pipe the value in, or set EDITOR".to_owned()));
    };
    let folder = private()?;
    let path = folder.path().join(name.rsplit('/').next().unwrap_or("value"));
    let failed = |source| CliError::Write { path: path.display().to_string(), source };
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(failed)?;
    let status = Command::new("sh").arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(&path).status();
    let status = status.map_err(|source| CliError::Read { path: editor.clone(), source })?;
    if !status.success() {
        return Err(CliError::Given(format!("{editor} ended with an error, so nothing was encrypted")));
    }
    let bytes = fs::read(&path).map(Zeroizing::new).map_err(failed)?;
    let wiped =
        fs::OpenOptions::new().write(true).open(&path).and_then(|mut file| file.write_all(&vec![0; bytes.len()]));
    if wiped.is_err() {
        out.say("the editor's file could not be wiped before it was deleted");
    }
    plaintext(bytes)
}

/// A folder for its owner alone, gone in the end; in memory, where there is such a place.
fn private() -> Result<TempDir, CliError> {
    let mut folder = tempfile::Builder::new();
    folder.prefix("evenkeel-").permissions(Permissions::from_mode(0o700));
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { folder.tempdir_in(memory) } else { folder.tempdir() };
    made.map_err(CliError::StateDir)
}

#[expect(clippy::disallowed_methods, reason = "the command line is where the environment is read")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.trim().is_empty())
}
