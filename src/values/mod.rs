//! The only room where the value of a secret is made or decrypted: what comes out is a [`Plaintext`], and goes into one
//! request.
//!
//! Knows no AWS, no manifest, and not when a value is due: the plan has decided that.

pub mod age;
pub mod generate;
pub mod kms;
pub mod sops;

mod gcm;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::cloud::fault::{Fault, FaultKind};
use crate::cloud::plaintext::Plaintext;
use crate::cloud::{Keys, Later, Values};
use crate::model::id::{Installation, Region};
use crate::model::secret_value::{Ciphertext, Encrypted, ValueSource};
use crate::model::sops::{SopsFile, WrappedKey};
use age::{AgeError, IdentitiesFrom};

/// Makes values, of the operating system's randomness, and decrypts them with the keys that it was given.
#[derive(Default)]
pub struct Vault {
    /// Where the identities come from with which age's files are decrypted; read when there is something to decrypt.
    pub identities: Vec<IdentitiesFrom>,
}

impl Values for Vault {
    fn reveal<'v>(
        &'v self,
        source: &'v ValueSource,
        installation: &'v Installation,
        keys: &'v dyn Keys,
    ) -> Later<'v, Plaintext> {
        Box::pin(async move {
            match source {
                ValueSource::Generate(rule) => generate::generate(rule).map_err(|error| refused("Generate", &error)),
                ValueSource::Encrypted(encrypted) => self.decrypt(encrypted, installation, keys).await,
            }
        })
    }
}

impl Vault {
    async fn decrypt(
        &self,
        encrypted: &Encrypted,
        installation: &Installation,
        keys: &dyn Keys,
    ) -> Result<Plaintext, Fault> {
        let Encrypted { secret, path: _, file, ciphertext, write: _, digest: _, keys: _ } = encrypted;
        let unusable = |why: &dyn std::fmt::Display| refused("Decrypt", &format!("{file} {why}"));
        match ciphertext {
            Ciphertext::Age(bytes) => age::decrypt(file, bytes, &self.identities).map_err(|error| of_age(&error)),
            Ciphertext::Kms(sealed) => {
                let context = kms::context(installation, secret);
                let data_key = keys.unwrap(&sealed.data_key, &context, None).await;
                let data_key = data_key.map_err(|fault| with_words(fault, file, &kms::KmsError::Unopened))?;
                kms::open(sealed, &data_key, &context).map_err(|error| unusable(&error))
            }
            Ciphertext::Sops(sealed) => {
                let data_key = self.data_key(file, sealed, keys).await?;
                sops::open(sealed, &data_key).map_err(|error| unusable(&error))
            }
        }
    }

    /// The data key of a file of SOPS: by an age identity that is known, else by KMS. Where none works, the last one says why.
    async fn data_key(&self, file: &str, sealed: &SopsFile, keys: &dyn Keys) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let mut last = refused("Decrypt", &format!("{file} has no keys"));
        let (of_age, of_kms): (Vec<_>, Vec<_>) = sealed.keys.iter().partition(|key| matches!(key, WrappedKey::Age(_)));
        for key in of_age.into_iter().chain(of_kms) {
            let opened = match key {
                WrappedKey::Age(wrapped) => {
                    age::open(file, wrapped.as_bytes(), &self.identities).map_err(|error| self::of_age(&error))
                }
                WrappedKey::Kms { arn, context, wrapped } => match STANDARD.decode(wrapped) {
                    Ok(wrapped) => keys.unwrap(&wrapped, context, Some(&Region::new(arn.region()))).await,
                    Err(_) => Err(refused("Decrypt", &format!("{file} has a data key that is not base64"))),
                },
            };
            match opened {
                Ok(data_key) => return Ok(data_key),
                Err(fault) => last = fault,
            }
        }
        Err(last)
    }
}

fn of_age(error: &AgeError) -> Fault {
    let kind = if error.is_about_settings() { FaultKind::Configuration } else { FaultKind::Invalid };
    Fault { kind, ..refused("Decrypt", error) }
}

/// KMS refuses a ciphertext under another context without a word.
fn with_words(fault: Fault, file: &str, why: &kms::KmsError) -> Fault {
    match fault.code.as_deref() {
        Some("InvalidCiphertextException") => Fault { message: Some(format!("{file} {why}")), ..fault },
        _ => fault,
    }
}

/// A source that yields no value. Nothing was sent.
fn refused(what: &str, why: &impl ToString) -> Fault {
    Fault {
        kind: FaultKind::Invalid,
        operation: format!("values:{what}"),
        code: None,
        message: Some(why.to_string()),
        request_id: None,
        identity: None,
        before: Vec::new(),
        mark: false,
    }
}
