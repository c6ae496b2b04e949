//! Addresses of ports as they are typed. `localhost` is 127.0.0.1; no other name is looked up.

use std::net::SocketAddr;

/// `ADDRESS:PORT`; `None` for anything else.
pub(super) fn parse(text: &str) -> Option<SocketAddr> {
    match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}").parse().ok(),
        None => text.parse().ok(),
    }
}
