//! SSM parameters: by name, or by ARN.

use super::arn::{Arn, Scope};
use super::id::Region;

/// What a reference to a secret by way of Parameter Store begins with.
const REFERENCE: &str = "/aws/reference/secretsmanager/";

/// A parameter: how SSM and IAM know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterName {
    /// The name, as SSM takes it.
    pub name: String,
    /// Where it is.
    pub region: Region,
    /// The resource of a permission.
    pub arn: Arn,
}

impl ParameterName {
    /// A text that is no ARN is the name of a parameter of this account and Region; `/a/b` and `a` are both names.
    pub fn read(text: &str, scope: &Scope) -> Option<Self> {
        let Some(arn) = Arn::parse(text) else {
            let arn = scope.arn("ssm", &format!("parameter/{}", text.trim_start_matches('/')));
            return Some(Self { name: text.to_owned(), region: scope.region.clone(), arn });
        };
        let path = Some(arn.resource()).filter(|_| arn.service() == "ssm")?.strip_prefix("parameter")?;
        // Only a name with further slashes begins with one.
        let is_path = path.get(1..).is_some_and(|rest| rest.contains('/'));
        let name = if is_path { path } else { path.trim_start_matches('/') };
        Some(Self { name: name.to_owned(), region: Region::new(arn.region()), arn })
    }

    /// The name of the secret of the same account and Region that it stands for, where it is such a reference.
    pub fn secret(&self) -> Option<&str> {
        self.name.strip_prefix(REFERENCE)
    }
}
