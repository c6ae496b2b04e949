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

/// Would a request to this address cross a network in plain text? Anything but `https` would, unless it stays here.
pub fn is_exposed(uri: &str) -> bool {
    let Some((scheme, _)) = uri.split_once("://") else { return true };
    let is_local = scheme.eq_ignore_ascii_case("http") && is_loopback(of_uri(uri));
    !scheme.eq_ignore_ascii_case("https") && !is_local
}

/// The host of an address.
pub fn of_uri(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    of(rest.split(['/', '?', '#']).next().unwrap_or_default())
}
