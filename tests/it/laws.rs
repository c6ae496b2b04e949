//! Each law of docs/architecture.md has a test that fails when the law is broken.

mod law_1_quiet;
