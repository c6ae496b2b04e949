//! Secrets Manager: versions of values, made and moved. A value is revealed for one request and kept nowhere.
//!
//! No fault from here has AWS's words: a request that is refused may be repeated in them.

use super::secret::sdk_tags;
use super::unheard::unheard;
use super::{Aws, receipt};
use crate::cloud::Receipt;
use crate::cloud::fault::{Fault, FaultKind};
use crate::model::arn::Arn;
use crate::model::id::{KeyId, SecretName, Stage, VersionId};
use crate::model::observed::Seen;
use crate::model::secret_value::ValueSource;
use crate::model::tags::{INSTALLATION, Tags};

/// What CreateSecret is told.
pub(super) struct NewSecret<'c> {
    pub(super) name: &'c SecretName,
    pub(super) description: Option<&'c String>,
    pub(super) key: Option<&'c KeyId>,
    pub(super) tags: &'c Tags,
    pub(super) value: &'c ValueSource,
    pub(super) version: &'c VersionId,
}

impl Aws {
    pub(super) async fn create_secret(&self, new: &NewSecret<'_>) -> Result<Receipt, Fault> {
        let NewSecret { name, description, key, tags, value, version } = new;
        let value = self.values.reveal(value, &self.installation, self).await?;
        let call = self.clients.secrets.create_secret().name(name.as_str()).secret_string(value.reveal());
        let call = call.client_request_token(version.as_str()).set_tags(Some(sdk_tags(tags)));
        let call = call.set_description(description.cloned()).set_kms_key_id(key.map(KeyId::to_string));
        let answer = unheard(call.send()).await.map_err(|error| self.fault("secretsmanager:CreateSecret", &error));
        match answer {
            Ok(answer) => Ok(Receipt { arn: answer.arn().map(Arn::new), ..receipt(&answer) }),
            Err(fault) if is_taken(&fault) => {
                let owner = tags.get(INSTALLATION);
                let (kind, why) = match self.describe_secret(name).await {
                    // Another process of this installation was quicker, or we were, and a reply was lost: the token is the
                    // same, so its value is the value. Other installations derive the same token, and another value.
                    Seen::Present(made) if made.is_labelled(version) && made.tags.get(INSTALLATION) == owner => {
                        return Ok(Receipt { arn: Some(made.arn), request_id: fault.request_id, ..Receipt::default() });
                    }
                    Seen::Present(_) => (FaultKind::Conflict, "someone else has made a secret of this name"),
                    Seen::Absent | Seen::Unreadable(_) => {
                        (FaultKind::Ambiguous, "there is a secret of this name, and whose it is cannot be read")
                    }
                };
                Err(Fault { kind, message: Some(why.to_owned()), ..fault })
            }
            Err(fault) => Err(without_words(fault)),
        }
    }

    pub(super) async fn put_secret_value(
        &self,
        secret: &Arn,
        value: &ValueSource,
        version: &VersionId,
    ) -> Result<Receipt, Fault> {
        let value = self.values.reveal(value, &self.installation, self).await?;
        let call = self.clients.secrets.put_secret_value().secret_id(secret.as_str()).secret_string(value.reveal());
        let answer = unheard(call.client_request_token(version.as_str()).send()).await;
        match answer.map_err(|error| self.fault("secretsmanager:PutSecretValue", &error)) {
            Ok(answer) => Ok(receipt(&answer)),
            // The version is there with another value than this one: one that is generated was made by someone quicker, or by
            // ourselves before a reply was lost.
            Err(fault) if is_taken(&fault) => Ok(Receipt { request_id: fault.request_id, ..Receipt::default() }),
            Err(fault) => Err(without_words(fault)),
        }
    }

    pub(super) async fn move_stage(
        &self,
        secret: &Arn,
        stage: &Stage,
        from: Option<&VersionId>,
        to: &VersionId,
    ) -> Result<Receipt, Fault> {
        let call = self.clients.secrets.update_secret_version_stage().secret_id(secret.as_str());
        let call = call.version_stage(stage.as_str()).move_to_version_id(to.as_str());
        let call = call.set_remove_from_version_id(from.map(VersionId::to_string));
        let answer = call.send().await;
        let answer = answer.map_err(|error| self.fault("secretsmanager:UpdateSecretVersionStage", &error))?;
        Ok(receipt(&answer))
    }
}

/// Is there something of this name, or of this token, already?
fn is_taken(fault: &Fault) -> bool {
    fault.code.as_deref() == Some("ResourceExistsException")
}

fn without_words(fault: Fault) -> Fault {
    Fault { message: None, ..fault }
}
