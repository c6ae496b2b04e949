//! The nouns and their canonical form. Knows nothing of YAML, AWS calls, time of day or async.

pub mod arn;
pub mod cause;
pub mod connect_secrets;
pub mod desired;
pub mod document;
pub mod envelope;
pub mod grant;
pub mod id;
pub mod observed;
pub mod path;
pub mod policy;
pub mod revision;
pub mod role;
pub mod rules;
pub mod secret;
pub mod secret_policy;
pub mod secret_rotation;
pub mod secret_source;
pub mod secret_version;
pub mod service;
pub mod shapes;
pub mod tags;
pub mod task;
pub mod task_definition;
pub mod time;
