//! Values: made, and written as seldom as may be.

mod age_files;
mod files;
mod generating;
mod kms_keys;
mod once;
mod plaintext;
mod reading;
mod sops_files;
