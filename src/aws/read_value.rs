//! Secrets Manager: the value of a version, for a person who asks for it. No plan, no pass and no daemon comes here.

use zeroize::Zeroizing;

use super::Aws;
use super::unheard::unheard;
use crate::cloud::fault::Fault;

/// Which version: by its label, by its id, or the current one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Which {
    /// A label.
    pub stage: Option<String>,
    /// An id.
    pub version: Option<String>,
}

/// A value, wiped when it is let go.
pub enum Value {
    /// Text.
    Text(Zeroizing<String>),
    /// Bytes, which ECS cannot inject.
    Binary(Zeroizing<Vec<u8>>),
}

impl Aws {
    /// Reads a value.
    ///
    /// # Errors
    /// AWS's own: no such secret, no such version, not allowed. And an answer without a value.
    pub async fn read_value(&self, secret: &str, which: &Which) -> Result<Value, Fault> {
        let Which { stage, version } = which;
        let call = self.secrets_of(secret).get_secret_value().secret_id(secret);
        let call = call.set_version_stage(stage.clone()).set_version_id(version.clone());
        let mut answer =
            unheard(call.send()).await.map_err(|error| self.fault("secretsmanager:GetSecretValue", &error))?;
        let text = answer.secret_string.take().map(|text| Value::Text(Zeroizing::new(text)));
        let bytes = answer.secret_binary.take().map(|bytes| Value::Binary(Zeroizing::new(bytes.into_inner())));
        text.or(bytes).ok_or_else(|| self.unclear("secretsmanager:GetSecretValue", "the answer has no value in it"))
    }
}
