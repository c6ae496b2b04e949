//! Hosts in addresses: which one a request would go to, and whether that is this machine. Looks nothing up.

use std::net::IpAddr;

/// The host of an authority such as `user@host:port` or `[::1]:80`, without user, brackets and port.
pub fn of(authority: &str) -> &str {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// Is it this machine for sure? A name other than `localhost` may be anyone's.
pub fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
