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

#[test]
fn plain_text_stays_on_this_machine() {
    for (uri, exposed) in [
        ("https://evil.example/", false),
        ("HTTPS://evil.example", false),
        ("http://127.0.0.1:4566/path", false),
        ("http://localhost?q", false),
        ("http://evil.example/127.0.0.1", true),
        ("http://evil.example#@127.0.0.1", true),
        ("HTTP://evil.example", true),
        ("http://127.0.0.1@evil.example", true),
        ("ftp://127.0.0.1", true),
        ("127.0.0.1", true),
    ] {
        assert_eq!(host::is_exposed(uri), exposed, "{uri}");
    }
    assert_eq!(host::of_uri("http://user:t0ken@evil.example:80/t0ken?t0ken"), "evil.example");
}
