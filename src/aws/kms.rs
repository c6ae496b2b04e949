//! KMS: data keys of values that are encrypted in Git. A data key is wiped when it is let go, but for the copies of the SDK and
//! of TLS, which nobody can reach.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::Aws;
use super::unheard::unheard;
use super::wire::KMS;
use crate::cloud::fault::Fault;
use crate::cloud::{Context, DataKey, Keys, Later};
use crate::model::id::Region;

impl Keys for Aws {
    fn unwrap<'k>(
        &'k self,
        wrapped: &'k [u8],
        context: &'k Context,
        region: Option<&'k Region>,
    ) -> Later<'k, Zeroizing<Vec<u8>>> {
        Box::pin(async move {
            let input = json!({"CiphertextBlob": STANDARD.encode(wrapped), "EncryptionContext": context});
            let mut answer = unheard(self.read(&KMS, region.unwrap_or(&self.scope.region), "Decrypt", &input)).await?;
            plain(&mut answer).ok_or_else(|| self.unclear("kms:Decrypt", "the answer has no key in it"))
        })
    }
}

impl Aws {
    /// A new data key for a value, wrapped by a key.
    ///
    /// # Errors
    /// Those of AWS.
    pub async fn new_data_key(&self, key: &str, context: &Context) -> Result<DataKey, Fault> {
        let input = json!({"KeyId": key, "KeySpec": "AES_256", "EncryptionContext": context});
        let mut answer = unheard(self.read(&KMS, &self.scope.region, "GenerateDataKey", &input)).await?;
        let made = plain(&mut answer).and_then(|plain| {
            let text = |member: &str| answer.get(member).and_then(Value::as_str);
            let wrapped = STANDARD.decode(text("CiphertextBlob")?).ok()?;
            Some(DataKey { key_id: text("KeyId")?.to_owned(), plain, wrapped })
        });
        made.ok_or_else(|| self.unclear("kms:GenerateDataKey", "the answer has no key in it"))
    }
}

/// The key in an answer, taken out of it.
fn plain(answer: &mut Value) -> Option<Zeroizing<Vec<u8>>> {
    let Value::String(text) = answer.get_mut("Plaintext")?.take() else { return None };
    let text = Zeroizing::new(text);
    // With room for all: nothing is moved and left behind.
    let mut key = Zeroizing::new(Vec::with_capacity(text.len()));
    STANDARD.decode_vec(&*text, &mut key).ok()?;
    Some(key)
}
