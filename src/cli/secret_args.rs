//! What `secret get` and `secret encrypt` take: nothing is read or decided here, and no value is among it.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::config_args::ConfigArgs;
use crate::model::arn::Arn;

#[derive(Debug, Subcommand)]
pub(crate) enum SecretVerb {
    /// Print the value of a secret, or write it to a file
    Get(SecretGetArgs),
    /// Encrypt a value, from standard input or $EDITOR, for `value.encrypted`
    ///
    /// Every byte of standard input is part of the value; of what an editor wrote, one line break at the end is not.
    Encrypt(SecretEncryptArgs),
}

#[derive(Debug, Args)]
pub(crate) struct SecretGetArgs {
    /// Its name or ARN in Secrets Manager; with -f the name of its manifest too
    #[arg(value_name = "NAME", value_parser = parse_id)]
    pub(crate) name: String,
    /// Manifests in which NAME is looked up first: a file, a folder, or - for standard input; repeatable
    #[arg(short, long = "file", value_name = "DIR|FILE|-")]
    pub(crate) file: Vec<PathBuf>,
    /// The version with this label [default: AWSCURRENT]
    #[arg(long, value_name = "STAGE", conflicts_with = "version_id", value_parser = parse_stage)]
    pub(crate) stage: Option<String>,
    /// The version with this id
    #[arg(long, value_name = "ID", value_parser = parse_version)]
    pub(crate) version_id: Option<String>,
    /// Of a JSON object only this member
    #[arg(long, value_name = "JSONKEY")]
    pub(crate) key: Option<String>,
    /// Write it to this new file, as it is, for its owner alone
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
    /// In base64, which a binary value needs where it is printed
    #[arg(long)]
    pub(crate) base64: bool,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

/// How `secret encrypt` encrypts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CipherFormat {
    /// For the holders of age identities and SSH keys.
    Age,
    /// With a key of KMS, for this installation and this secret alone.
    Kms,
}

#[derive(Debug, Args)]
pub(crate) struct SecretEncryptArgs {
    /// The name of the Secret's manifest; with --format kms, and without -f, its name in Secrets Manager
    #[arg(value_name = "NAME", value_parser = parse_name)]
    pub(crate) name: String,
    /// How
    #[arg(long, value_enum, default_value_t = CipherFormat::Age)]
    pub(crate) format: CipherFormat,
    /// Manifests in which NAME is looked up: a file or a folder; repeatable
    #[arg(short, long = "file", value_name = "DIR|FILE")]
    pub(crate) file: Vec<PathBuf>,
    /// With --format kms: the key, by id, ARN or alias
    #[arg(long, value_name = "KEY", required_if_eq("format", "kms"))]
    pub(crate) kms_key: Option<String>,
    /// Who can decrypt it: age1… or an SSH public key; repeatable [default: age.recipients of the configuration]
    #[arg(short, long, value_name = "RECIPIENT")]
    pub(crate) recipient: Vec<String>,
    /// Refuse what is no JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Write it to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

/// A name that a secret of Secrets Manager can have: an empty variable of a shell is none.
fn parse_name(text: &str) -> Result<String, String> {
    let can_have = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+=.@!-".contains(&byte);
    if (1..=512).contains(&text.len()) && text.bytes().all(can_have) {
        return Ok(text.to_owned());
    }
    Err("a secret's name has 1 to 512 letters, digits and /_+=.@!-".to_owned())
}

/// The same, or an ARN.
fn parse_id(text: &str) -> Result<String, String> {
    match Arn::parse(text) {
        Some(arn) if arn.service() == "secretsmanager" && text.len() <= 2048 => Ok(text.to_owned()),
        Some(_) => Err("it is the ARN of something else than a secret".to_owned()),
        None => parse_name(text),
    }
}

fn parse_version(text: &str) -> Result<String, String> {
    let length = text.chars().count();
    let is_id = (32..=64).contains(&length);
    if is_id { Ok(text.to_owned()) } else { Err(format!("a version's id has 32 to 64 characters, this has {length}")) }
}

fn parse_stage(text: &str) -> Result<String, String> {
    let is_stage = (1..=256).contains(&text.chars().count());
    if is_stage { Ok(text.to_owned()) } else { Err("a stage has 1 to 256 characters".to_owned()) }
}
