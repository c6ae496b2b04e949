//! Whom a plain-text request would go to: what may only stay on this machine must.

use evenkeel::cloud::host;

#[test]
fn an_authority_leads_to_its_host() {
    for (authority, expected, loopback) in [
        ("localhost", "localhost", true),
        ("LocalHost:4566", "LocalHost", true),
        ("127.0.0.1:4566", "127.0.0.1", true),
        ("[::1]:4566", "::1", true),
        ("user@127.0.0.1", "127.0.0.1", true),
        ("evil.example", "evil.example", false),
        ("localhost.evil.example", "localhost.evil.example", false),
        ("localhost:x@evil.example", "evil.example", false),
        ("127.0.0.1:80@evil.example:80", "evil.example", false),
        ("[::1]@evil.example", "evil.example", false),
        ("10.0.0.1", "10.0.0.1", false),
        ("", "", false),
    ] {
        assert_eq!(host::of(authority), expected, "{authority}");
        assert_eq!(host::is_loopback(host::of(authority)), loopback, "{authority}");
    }
}
