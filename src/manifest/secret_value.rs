//! From `spec.value` of a Secret to where its value comes from. Knows no value.

use serde_json::Map;

use super::ciphertexts;
use super::diagnostic::Diagnostic;
use super::kinds::{EncryptedSpec, GenerateSpec, JsonSpec, ModelText, ValueSpec};
use super::reader::Reader;
use crate::model::credential;
use crate::model::id::SecretName;
use crate::model::password::PasswordRules;
use crate::model::secret_value::{Encrypted, FIRST_GENERATION, Format, Generate, Template, ValueSource, WritePolicy};

/// Bytes of a value: API reference, PutSecretValue.
const MOST_BYTES: usize = 65_536;

impl Reader<'_> {
    /// Where the value comes from; `None` where someone else writes it, or where something is wrong.
    pub(super) fn value(
        &mut self,
        value: Option<ValueSpec>,
        write_policy: Option<WritePolicy>,
        secret: SecretName,
        rotated: bool,
    ) -> Option<ValueSource> {
        let ValueSpec { generate, encrypted, external } = value.unwrap_or_default();
        // What a generated value has anyway may be written out.
        let is_default = generate.is_some() && write_policy == Some(WritePolicy::default());
        if write_policy.is_some() && encrypted.is_none() && !is_default {
            let found = self.wrong("writePolicy", "`writePolicy` is for a value that is `encrypted`");
            self.out.push(found.help("leave it out: a generated value is written once for each generation"));
        }
        match (generate, encrypted, external) {
            (Some(generate), None, None) => self.generate(generate).map(ValueSource::Generate),
            (None, Some(encrypted), None) => {
                let write = write_policy.unwrap_or_default();
                if rotated && write == WritePolicy::Enforce {
                    let message = "rotation writes the value, and `writePolicy: Enforce` would take it back each time";
                    let found = self.wrong("value", message);
                    self.out.push(found.help("write `writePolicy: Seed` for the first value, or take `rotation` out"));
                }
                self.encrypted(encrypted, secret, write).map(ValueSource::Encrypted)
            }
            (None, None, _) if self.node.at("spec.value").is_empty() => None,
            (None, None, Some(_)) => None,
            _ => {
                let message = "`value` takes exactly one of `generate`, `encrypted` and `external`";
                let found = self.wrong("value", message);
                self.out.push(found.help("keep one of them; `external: {}` where someone else writes the value"));
                None
            }
        }
    }

    fn encrypted(&mut self, spec: EncryptedSpec, secret: SecretName, write: WritePolicy) -> Option<Encrypted> {
        let EncryptedSpec { file, format: ModelText(format) } = spec;
        let place = "spec.value.encrypted.file";
        let name = match ciphertexts::beside(self.file, &file) {
            Ok(name) => name,
            Err(why) => {
                return self.refuse(place, format!("`file` {why}"), "put the file beside the manifest, or below it");
            }
        };
        let shown = credential::encrypted_file(&file).map(|_| format!(" `{name}`")).unwrap_or_default();
        let bytes = match self.encrypted.get(&name) {
            Some(Ok(bytes)) => bytes,
            Some(Err(why)) => {
                let help = match format {
                    Format::Sops => "`sops encrypt` makes it".to_owned(),
                    Format::Age | Format::Kms => {
                        format!("`evenkeel secret encrypt {} --format {format}` makes it", self.id.name)
                    }
                };
                return self.refuse(place, format!("the encrypted file{shown} {why}"), &help);
            }
            None => {
                let message = format!("the encrypted file{shown} was not read");
                return self.refuse(place, message, "name its folder with `-f`");
            }
        };
        match ciphertexts::read(&name, format, bytes) {
            Ok(ciphertexts::Read { digest, keys, ciphertext }) => {
                Some(Encrypted { secret, write, path: file, file: name, digest, keys, ciphertext })
            }
            Err(why) => {
                let help = match format {
                    Format::Sops => "encrypt it with `sops encrypt`".to_owned(),
                    Format::Age | Format::Kms => {
                        format!("encrypt it anew: `evenkeel secret encrypt {} --format {format}`", self.id.name)
                    }
                };
                self.refuse(place, format!("the encrypted file{shown} {why}"), &help)
            }
        }
    }

    fn generate(&mut self, spec: GenerateSpec) -> Option<Generate> {
        let GenerateSpec {
            length,
            exclude_characters,
            exclude_numbers,
            exclude_punctuation,
            exclude_uppercase,
            exclude_lowercase,
            include_space,
            require_each_included_type,
            json,
            generation,
        } = spec;
        let default = PasswordRules::default();
        let rules = PasswordRules {
            length: length.unwrap_or(default.length),
            exclude_characters: exclude_characters.unwrap_or_default().chars().collect(),
            exclude_numbers: exclude_numbers.unwrap_or(default.exclude_numbers),
            exclude_punctuation: exclude_punctuation.unwrap_or(default.exclude_punctuation),
            exclude_uppercase: exclude_uppercase.unwrap_or(default.exclude_uppercase),
            exclude_lowercase: exclude_lowercase.unwrap_or(default.exclude_lowercase),
            include_space: include_space.unwrap_or(default.include_space),
            require_each_included_type: require_each_included_type.unwrap_or(default.require_each_included_type),
        };
        if let Some(why) = rules.contradiction() {
            let help = "exclude less, or set `requireEachIncludedType: false`";
            return self.refuse("spec.value.generate", format!("no password can be made: {why}"), help);
        }
        let json = match json {
            None => None,
            Some(json) => Some(self.template(json, &rules)?),
        };
        Some(Generate { rules, json, generation: generation.unwrap_or(FIRST_GENERATION) })
    }

    fn template(&mut self, spec: JsonSpec, rules: &PasswordRules) -> Option<Template> {
        let JsonSpec { template, key } = spec;
        let members: Map<_, _> = template.unwrap_or_default().into_iter().collect();
        if members.contains_key(&key) {
            let message = format!("`template` has the member `{key}` already, which is to hold the password");
            let help = "take it out of `template`, or give the password another `key`";
            return self.refuse("spec.value.generate.json.key", message, help);
        }
        // Every character of a password takes two bytes at most.
        let length = serde_json::Value::Object(members.clone()).to_string().len();
        if length + key.len() + 2 * usize::from(rules.length) > MOST_BYTES {
            let message = format!("with its password, `template` is larger than the {MOST_BYTES} bytes of a secret");
            return self.refuse("spec.value.generate.json.template", message, "make it smaller");
        }
        Some(Template { members, key })
    }

    /// Reports something at a place of the document, or at the value where that is not written.
    fn refuse<T>(&mut self, path: &str, message: String, help: &str) -> Option<T> {
        let span = self.node.at(path).first().map(|node| node.span.clone());
        let found = match span {
            Some(span) => Diagnostic::error(self.file, &span, message),
            None => self.wrong("value", message),
        };
        self.out.push(found.help(help));
        None
    }
}
