//! Which repositories may be fetched from.

use evenkeel::daemon::source::git::{Address, AddressError};

#[test]
fn https_and_ssh_are_taken_and_plain_text_on_loopback_alone() {
    for taken in [
        "https://github.com/acme/infra.git",
        "https://github.com:8443/acme/infra",
        "ssh://git@github.com/acme/infra.git",
        "git@github.com:acme/infra.git",
        "http://127.0.0.1:8080/shop.git",
        "http://[0:0:0:0:0:0:0:1]:8080/shop.git",
        "http://localhost/shop.git",
        "https://github.com/acme/infra%40two.git",
        "ssh://git@github.com/acme/infra@two.git",
    ] {
        assert_eq!(Address::parse(taken).map(|address| address.to_string()), Ok(taken.to_owned()));
    }
    assert_eq!(Address::parse("http://git.example.com/shop.git"), Err(AddressError::PlainText));
    assert_eq!(Address::parse("http://127.0.0.1.example.com/shop.git"), Err(AddressError::PlainText));
}

#[test]
fn a_credential_in_an_address_is_refused_and_not_repeated() {
    for address in [
        "https://token@github.com/acme/infra.git",
        "https://ann:hunter2@github.com/acme/infra.git",
        "ssh://git:hunter2@github.com/acme/infra.git",
        "ssh://ann@example.com:hunter2@github.com/acme/infra.git",
        "ann:hunter2@github.com:acme/infra.git",
        // With a `/` that nobody escaped, for Git this is the host `ann`, and the rest a path.
        "https://ann:pa/hunter2@github.com/acme/infra.git",
        "ssh://ann:pa/hunter2@github.com/acme/infra.git",
        "https://github.com/acme/infra.git?private_token=hunter2",
    ] {
        let refused = Address::parse(address).unwrap_err();
        assert_eq!(refused, AddressError::Credential);
        assert!(!refused.to_string().contains("hunter2"));
    }
}

#[test]
fn anything_that_git_or_ssh_could_take_for_something_else_is_refused() {
    for address in [
        "",
        "file:///srv/git/shop.git",
        "/srv/git/shop.git",
        "./shop.git",
        "ext::sh -c touch% x",
        "-oProxyCommand=touch:x",
        "ssh://-oProxyCommand=touch/x",
        "--upload-pack=touch:x",
        "git://example.com/shop.git",
        "https://",
        "https:///shop.git",
        "host:",
        "https://example.com/a b",
        "https://example.com/\n",
    ] {
        assert_eq!(Address::parse(address), Err(AddressError::Unknown), "{address:?}");
    }
}
