//! `secret get`: the value of a secret, for a person who asks for it, and for nobody else.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::args::Common;
use super::exit::Exit;
use super::out::Out;
use super::secret_args::SecretGetArgs;
use super::{CliError, files, world};
use crate::aws::{Value, Which};
use crate::manifest::ciphertexts::secret_names;
use crate::manifest::config::ConfigSpec;
use crate::model::desired::Desired;
use crate::model::id::Name;

pub(super) async fn get(args: SecretGetArgs, common: Common, config: ConfigSpec, out: Out) -> Result<Exit, CliError> {
    let SecretGetArgs { name, file, stage, version_id, key, to, base64, config: _ } = args;
    let declared = match Name::parse(&name).filter(|_| !file.is_empty()) {
        Some(manifest) => secret_names(&files::read(&file)?.read).remove(&manifest),
        None => None,
    };
    let (secret, at) = declared.map_or_else(|| (name.clone(), None), |(secret, at)| (secret.to_string(), Some(at)));
    let aws = world::connect(&common, &config, &Desired::empty(config.installation()), out).await?;
    let which = Which { stage, version: version_id };
    let read = aws.read_value(&secret, &which).await;
    let read = read.map_err(|fault| CliError::Value { secret: secret.clone(), at, source: Box::new(fault) })?;
    let value = match key {
        Some(key) => Value::Text(member(&read, &key).map_err(|why| CliError::NoMember { secret, why })?),
        None => read,
    };
    let bytes: &[u8] = match &value {
        Value::Text(text) => text.as_bytes(),
        Value::Binary(bytes) => bytes,
    };
    match (to, base64, &value) {
        (Some(path), false, _) => write(&path, bytes)?,
        (Some(path), true, _) => write(&path, encoded(bytes).as_bytes())?,
        (None, true, _) => print(&encoded(bytes)),
        (None, false, Value::Text(text)) => print(text),
        (None, false, Value::Binary(_)) => return Err(CliError::Binary),
    }
    Ok(Exit::Yes)
}

/// A member of the JSON object that the value is; what is no text is given as it stands there.
fn member(value: &Value, key: &str) -> Result<Zeroizing<String>, String> {
    let Value::Text(text) = value else { return Err("its value is binary, and no JSON object".to_owned()) };
    // Of an error only that there is one is said: it may quote the value.
    let object: Result<BTreeMap<String, &RawValue>, _> = serde_json::from_str(text);
    let object = object.map_err(|_| "its value is no JSON object".to_owned())?;
    let Some(member) = object.get(key).map(|member| member.get()) else {
        let keys: Vec<String> = object.keys().map(|key| format!("`{key}`")).collect();
        let known = if keys.is_empty() { "none at all".to_owned() } else { keys.join(", ") };
        return Err(format!("its JSON object has no key `{key}`; it has {known}"));
    };
    Ok(Zeroizing::new(serde_json::from_str(member).unwrap_or_else(|_| member.to_owned())))
}

fn encoded(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(STANDARD.encode(bytes))
}

fn print(text: &str) {
    Out::data(text);
    Out::data("\n");
}

/// Into a new file that only its owner can read; one that is there is not written over.
fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let failed = |source| CliError::Write { path: path.display().to_string(), source };
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(bytes).map_err(|source| {
        // A part of a value is no value, and stays nowhere.
        let _gone = std::fs::remove_file(path);
        failed(source)
    })
}
