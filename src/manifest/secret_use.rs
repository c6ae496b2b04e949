//! The places of a task definition that name a secret, as a manifest writes them: a text, or a reference to a manifest.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::kinds::SecretRef;
use crate::model::document::scalar;
use crate::model::id::{Name, Stage};
use crate::model::revision::take_sources;
use crate::model::secret_source::Slot;
use crate::model::task_definition::SecretUse;

/// Takes every place that names a secret out of the content.
pub(super) fn take(content: &mut Map<String, Value>) -> BTreeMap<Slot, Result<SecretUse, String>> {
    let mut uses = BTreeMap::new();
    let containers = content.get_mut("containerDefinitions").and_then(Value::as_array_mut);
    for container in containers.into_iter().flatten().filter_map(Value::as_object_mut) {
        let name = container.get("name").map(scalar).unwrap_or_default();
        take_sources(container, |place, written| {
            uses.insert(Slot { container: name.clone(), place }, read(written));
        });
    }
    uses
}

fn read(written: Option<&Value>) -> Result<SecretUse, String> {
    let written = written.ok_or("no secret is named")?;
    if let Some(text) = written.as_str() {
        return Ok(SecretUse::Raw(text.to_owned()));
    }
    let reference = written.get("secretRef").cloned().unwrap_or_default();
    let SecretRef { name, key, stage, pin } = serde_json::from_value(reference).map_err(|error| error.to_string())?;
    let secret = Name::parse(&name).ok_or_else(|| format!("`{name}` is no name of a manifest"))?;
    Ok(SecretUse::Declared { secret, key, stage: stage.map(Stage::new), pin: pin.map(|pin| pin.0) })
}
