//! What is wrong with manifests, as the log and the status tell of it.

use crate::manifest::Checked;
use crate::status::manifests::{Finding, Manifests};

/// The errors. Their text is masked already.
pub fn of(checked: &Checked) -> Manifests {
    let errors = checked.found.iter().filter(|found| found.is_error());
    Manifests::new(errors.map(|found| Finding {
        at: found.at(),
        message: found.message.clone(),
        help: found.help.clone(),
    }))
}
