//! `secret encrypt`: a value from standard input or an editor becomes a file for Git.

use std::fs;
use std::io::{IsTerminal as _, Read as _};
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::args::Common;
use super::exit::Exit;
use super::out::Out;
use super::secret_args::{CipherFormat, SecretEncryptArgs};
use super::stop::Signals;
use super::{CliError, editor, files, world};
use crate::cloud::plaintext::Plaintext;
use crate::manifest::ciphertexts::secret_names;
use crate::manifest::config::ConfigSpec;
use crate::model::desired::Desired;
use crate::model::id::{Kind, Name, SecretName};
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
    let bytes = if std::io::stdin().is_terminal() { editor::edited(&name, out).await? } else { Some(piped()?) };
    let Some(bytes) = bytes else { return Ok(Exit::Interrupted) };
    let value = plaintext(bytes)?;
    if json && !is_object(value.reveal()) {
        return Err(CliError::Given("it is no JSON object, and --json asks for one".to_owned()));
    }
    let file = match format {
        CipherFormat::Age => age::encrypt(&value, &recipients).map_err(CliError::Encrypt)?,
        CipherFormat::Kms => {
            // What an editor was to hear does not end the process by itself any more.
            let mut signals = Signals::heard()?;
            let key = kms_key.unwrap_or_default();
            tokio::select! {
                file = with_kms(&value, &secret, &key, &common, &config, out) => file?,
                () = signals.any() => return Ok(Exit::Interrupted),
            }
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

/// By a data key that a key of KMS wraps.
async fn with_kms(
    value: &Plaintext,
    secret: &SecretName,
    key: &str,
    common: &Common,
    config: &ConfigSpec,
    out: Out,
) -> Result<String, CliError> {
    let context = kms::context(&config.installation(), secret);
    let aws = world::connect(common, config, &Desired::empty(config.installation()), out).await?;
    let key = aws.new_data_key(key, &context).await.map_err(|fault| CliError::DataKey(Box::new(fault)))?;
    let file = kms::encrypt(value, &key, &context);
    out.say(&format!("for {secret} of the installation `{}` alone", config.installation()));
    file.map_err(|error| CliError::Given(format!("the file {error}")))
}

/// The secret of a manifest, which may name the file that is only now to be made.
fn declared(name: &str, file: &[PathBuf]) -> Result<SecretName, CliError> {
    let mut names = secret_names(&files::read(file)?.read);
    let found = Name::parse(name).and_then(|name| names.remove(&name)).map(|(secret, _)| secret);
    let known = || names.keys().map(|name| format!("{}/{name}", Kind::Secret)).collect::<Vec<_>>();
    found.ok_or_else(|| CliError::no_manifest(format!("{}/{name}", Kind::Secret), &known()))
}

/// All of standard input.
fn piped() -> Result<Zeroizing<Vec<u8>>, CliError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(Plaintext::MOST_BYTES + 3));
    let limit = u64::try_from(Plaintext::MOST_BYTES + 2).unwrap_or(u64::MAX);
    let read = std::io::stdin().take(limit).read_to_end(&mut bytes);
    read.map_err(|source| CliError::Read { path: "standard input".to_owned(), source })?;
    Ok(bytes)
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
