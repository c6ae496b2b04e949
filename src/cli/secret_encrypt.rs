//! `secret encrypt`: a value from standard input or an editor becomes a file for Git. What can be known to be wrong is said
//! before anyone writes a value, which would be lost.

use std::fs::{self, Permissions};
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

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
    let with = With::of(format, kms_key, &recipient, &config)?;
    if file.iter().any(|path| path.as_os_str() == "-") {
        return Err(CliError::Given("standard input is the value's: name the manifests' folder with -f".to_owned()));
    }
    let secret = if file.is_empty() { SecretName::new(&name) } else { declared(&name, &file)? };
    let unwritable = |path: &Path, source| CliError::Write { path: path.display().to_string(), source };
    if let Some(path) = &to {
        folder(path).map_err(|source| unwritable(path, source))?;
    }
    let bytes = if std::io::stdin().is_terminal() {
        editor::edited(&name, out).await?.map(less_line_break)
    } else {
        Some(piped()?)
    };
    let Some(bytes) = bytes else { return Ok(Exit::Interrupted) };
    let value = Plaintext::new(bytes).map_err(|why| CliError::Given(why.to_string()))?;
    if json && !is_object(value.reveal()) {
        return Err(CliError::Given("it is no JSON object, and --json asks for one".to_owned()));
    }
    let file = match with {
        With::Age(recipients) => age::encrypt(&value, &recipients).map_err(CliError::Encrypt)?,
        With::Kms(key) => {
            // What an editor was to hear does not end the process by itself any more.
            let mut signals = Signals::heard()?;
            tokio::select! {
                file = with_kms(&value, &secret, &key, &common, &config, out) => file?,
                () = signals.any() => return Ok(Exit::Interrupted),
            }
        }
    };
    match to {
        Some(path) => put(&path, &file).map_err(|source| unwritable(&path, source))?,
        None => Out::data(&file),
    }
    Ok(Exit::Yes)
}

/// What a value is encrypted with.
enum With {
    Age(age::Recipients),
    /// A key of KMS, as it was named.
    Kms(String),
}

impl With {
    /// What is given for the other format was meant, and is not passed over: the file would be for others than one thinks.
    fn of(
        format: CipherFormat,
        key: Option<String>,
        recipients: &[String],
        config: &ConfigSpec,
    ) -> Result<Self, CliError> {
        let other = |flag: &str, format: &str| CliError::Given(format!("{flag} is for --format {format}"));
        match (format, key) {
            (CipherFormat::Age, Some(_)) => Err(other("--kms-key", "kms")),
            (CipherFormat::Kms, _) if !recipients.is_empty() => Err(other("--recipient", "age")),
            (CipherFormat::Kms, key) => Ok(Self::Kms(key.unwrap_or_default())),
            (CipherFormat::Age, None) => {
                let all = if recipients.is_empty() { &config.age.recipients } else { recipients };
                age::Recipients::parse(all).map(Self::Age).map_err(CliError::Encrypt)
            }
        }
    }
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

/// The folder of a file, which must be there.
fn folder(path: &Path) -> io::Result<&Path> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_folder = fs::metadata(folder)?.is_dir();
    if is_folder { Ok(folder) } else { Err(io::ErrorKind::NotADirectory.into()) }
}

/// Writes a file as a whole or not at all: the one that is there may be the only one of its value.
fn put(path: &Path, text: &str) -> io::Result<()> {
    let (path, rights) = match path.metadata() {
        // Nothing takes the place of a device or a pipe.
        Ok(there) if !there.is_file() => return fs::write(path, text),
        Ok(there) => (path.canonicalize()?, there.permissions()),
        Err(_) => (path.to_owned(), Permissions::from_mode(0o666)),
    };
    let mut file = tempfile::Builder::new().permissions(rights).tempfile_in(folder(&path)?)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}

/// All of standard input.
fn piped() -> Result<Zeroizing<Vec<u8>>, CliError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(Plaintext::MOST_BYTES + 1));
    let limit = u64::try_from(Plaintext::MOST_BYTES + 1).unwrap_or(u64::MAX);
    let read = std::io::stdin().take(limit).read_to_end(&mut bytes);
    read.map_err(|source| CliError::Read { path: "standard input".to_owned(), source })?;
    Ok(bytes)
}

/// One line break at the end is the editor's, and not the value's.
fn less_line_break(mut bytes: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
    bytes
}

fn is_object(text: &str) -> bool {
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok()
}
