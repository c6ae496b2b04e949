//! Files that the real `sops` made are opened as it opens them, or refused by the name of what is not supported.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aes_gcm::AesGcm;
use aes_gcm::aead::consts::U32;
use aes_gcm::aead::{AeadInPlace as _, KeyInit as _, generic_array::GenericArray};
use aes_gcm::aes::Aes256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evenkeel::cloud::fault::{Fault, FaultKind};
use evenkeel::cloud::{Context, Keys, Later, Values as _};
use evenkeel::manifest::files::Files;
use evenkeel::manifest::{Loaded, SourceFile, load_files};
use evenkeel::model::id::{Installation, Region};
use evenkeel::model::secret_value::ValueSource;
use evenkeel::values::age;
use futures_util::FutureExt as _;
use serde_json::Value;
use sha2::{Digest as _, Sha512};
use zeroize::Zeroizing;

use crate::support::leaks::FILED;
use crate::support::values::{encrypted, vault};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sops")
}

fn text(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
}

/// A manifest beside a file of that text.
fn loaded(file: &str, text: &str) -> Loaded {
    let manifest = encrypted("db", file, "sops", "");
    let read = [("all.yaml", manifest.as_str()), (file, text)]
        .map(|(name, text)| SourceFile { name: name.to_owned(), text: text.to_owned() });
    let mut files = Files { read: read.to_vec(), ..Files::default() };
    files.set_apart(|name| panic!("{name} is there already"));
    load_files(Installation::new("default"), files)
}

fn source(file: &str, text: &str) -> Result<ValueSource, String> {
    let Loaded { desired, checked } = loaded(file, text);
    match desired.secrets.into_values().next() {
        Some(secret) => Ok(secret.value.unwrap()),
        None => Err(checked.found.iter().map(|found| found.message.clone()).collect()),
    }
}

/// A KMS that unwraps what stands in the vectors, as `tests/sops/data-keys.json` has it, and nothing else.
struct Recorded {
    /// File, ARN, context and what is wrapped, as YAML and JSON have it.
    entries: Vec<(String, Value)>,
    refuses: Option<&'static str>,
}

impl Recorded {
    fn new() -> Self {
        let data_keys: BTreeMap<String, String> = serde_json::from_str(&text("data-keys.json")).unwrap();
        let entries = data_keys.keys().flat_map(|file| {
            let held: Value = serde_saphyr::from_str(&text(file)).unwrap();
            let keys = held["sops"]["kms"].as_array().unwrap().clone();
            keys.into_iter().map(|mut key| {
                key["dataKey"] = data_keys[file].clone().into();
                (file.clone(), key)
            })
        });
        Self { entries: entries.collect(), refuses: None }
    }
}

impl Keys for Recorded {
    fn unwrap<'k>(
        &'k self,
        wrapped: &'k [u8],
        context: &'k Context,
        region: Option<&'k Region>,
    ) -> Later<'k, Zeroizing<Vec<u8>>> {
        let wrapped = STANDARD.encode(wrapped);
        let key = self.entries.iter().map(|(_, key)| key).find(|key| key["enc"] == *wrapped).expect("a known key");
        let arn = key["arn"].as_str().unwrap();
        assert_eq!(region.map(Region::as_str), arn.split(':').nth(3), "where the key is");
        assert_eq!(serde_json::json!(context), key.get("context").cloned().unwrap_or_else(|| serde_json::json!({})));
        assert!(key.get("role").is_none(), "a key under another role is not asked for");
        let data_key = Zeroizing::new(STANDARD.decode(key["dataKey"].as_str().unwrap()).unwrap());
        let refused = self.refuses.is_some_and(|refused| arn.ends_with(refused));
        let answer = if refused { Err(disabled(arn)) } else { Ok(data_key) };
        Box::pin(std::future::ready(answer))
    }
}

fn disabled(arn: &str) -> Fault {
    Fault {
        kind: FaultKind::Invalid,
        operation: "kms:Decrypt".to_owned(),
        code: Some("DisabledException".to_owned()),
        message: Some(format!("{arn} is disabled.")),
        request_id: None,
        identity: None,
        before: Vec::new(),
        mark: false,
    }
}

fn opened(file: &str, text: &str, key: &str) -> Result<Value, String> {
    let value = opened_by(&Recorded::new(), file, text, key)?;
    serde_json::from_str(&value).map_err(|_| "it is no JSON".to_owned())
}

/// The text of the value.
fn opened_by(keys: &Recorded, file: &str, text: &str, key: &str) -> Result<Zeroizing<String>, String> {
    let source = source(file, text)?;
    let (vault, installation) = (vault(key), Installation::new("default"));
    // Nothing is waited for: these keys answer at once.
    let value = vault.reveal(&source, &installation, keys).now_or_never().ok_or("it waits")?;
    Ok(Zeroizing::new(value.map_err(|fault| fault.to_string())?.reveal().to_owned()))
}

#[test]
fn what_sops_encrypted_is_what_sops_decrypts() {
    let mut count = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        let Some(rest) = name.strip_prefix("expected-").and_then(|rest| rest.strip_suffix(".json")) else { continue };
        let (stem, end) = rest.rsplit_once('-').unwrap();
        let file = format!("{stem}.{end}");
        let value = opened(&file, &text(&file), "x25519.key").unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(value, serde_json::from_str::<Value>(&text(&name)).unwrap(), "{file}");
        assert_eq!(value["username"], FILED, "{file}");
        count += 1;
    }
    assert_eq!(count, 18);
    assert_eq!(opened("ssh.json", &text("ssh.json"), "ed25519.key").unwrap()["password"], format!("{FILED}1"));
    assert_eq!(opened("several.yaml", &text("several.yaml"), "other.key").unwrap()["port"], 5432);
}

#[test]
fn where_one_key_of_kms_refuses_another_one_of_the_file_opens_it() {
    let file: Value = serde_saphyr::from_str(&text("kms-context.yaml")).unwrap();
    let keys = file["sops"]["kms"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    let refusing = |refuses| Recorded { refuses: Some(refuses), ..Recorded::new() };
    let open = |keys| opened_by(&keys, "kms-context.yaml", &text("kms-context.yaml"), "x25519.key");
    assert!(open(refusing("key/f938a4c0-f8ca-4d2d-b656-5a2ffcbb27be")).unwrap().contains("5432"));
    assert!(open(refusing("key/79241cae-49d4-4711-be9c-88436c6f79f1")).unwrap().contains("5432"));
    let refused = open(refusing("")).unwrap_err();
    assert!(refused.contains("79241cae-49d4-4711-be9c-88436c6f79f1 is disabled"), "{refused}");
}

#[test]
fn what_is_not_supported_is_refused_by_its_name() {
    let simple = text("simple.json");
    let without = |member: &str| {
        let mut file: Value = serde_json::from_str(&simple).unwrap();
        file["sops"].as_object_mut().unwrap().remove(member);
        file.to_string()
    };
    for (file, text, words) in [
        ("pgp.json", text("pgp.json"), "keys of PGP alone"),
        ("key-groups.json", text("key-groups.json"), "key groups"),
        ("comment-regex.yaml", text("comment-regex.yaml"), "`encrypted_comment_regex`, which is not supported"),
        ("kms-role-alone.json", text("kms-role-alone.json"), "under another role"),
        ("clear.json", "{\"username\": \"shop\"}".to_owned(), "it has no `sops`"),
        ("no-mac.json", without("mac"), "has no MAC"),
        ("no-time.json", without("lastmodified"), "changed last"),
        ("no-keys.json", without("age"), "has no keys"),
        ("two.yaml", format!("{}\n---\na: b\n", text("rich.yaml")), "several documents"),
        ("list.yaml", "- a\n".to_owned(), "it has no `sops`"),
        ("broken.yaml", "a: [\n".to_owned(), "neither YAML nor JSON"),
        (
            "rules.json",
            simple.replace("\"unencrypted_suffix\"", "\"encrypted_suffix\": \"x\", \"unencrypted_suffix\""),
            "more than one rule",
        ),
        (
            "regex.json",
            simple.replace("\"unencrypted_suffix\": \"_unencrypted\"", "\"encrypted_regex\": \"(unclosed\""),
            "`encrypted_regex` that is no regular expression",
        ),
    ] {
        let refused = source(file, &text).err().unwrap_or_else(|| panic!("{file} is taken"));
        assert!(refused.contains(words), "{file}: {refused}");
        assert!(!refused.contains("c4n4ry") && !refused.contains("shop\""), "{refused}");
    }
}

#[test]
fn whatever_is_changed_in_a_file_is_found() {
    let whole = text("rich.yaml");
    let line = |key: &str| whole.lines().find(|line| line.trim_start().starts_with(key)).unwrap().to_owned();
    let (username, port, mac) = (line("username:"), line("port:"), line("mac:"));
    let value = |line: &str| line.split_once(": ").unwrap().1.to_owned();
    let at = |changed: String, words: &str| {
        let error = opened("rich.yaml", &changed, "x25519.key").err().unwrap_or_else(|| panic!("not found: {words}"));
        assert!(error.contains(words) && !error.contains("c4n4ry"), "{words}: {error}");
    };
    at(whole.replace(&value(&username), &value(&port)), "moved there");
    at(whole.replace("host_unencrypted: db.example.com", "host_unencrypted: evil.example.com"), "MAC does not match");
    at(whole.replace(&format!("{port}\n"), ""), "MAC does not match");
    at(whole.replace(&format!("{port}\n"), "port: 5432\n"), "at `port` that is not encrypted");
    at(whole.replace(&value(&username), "plain"), "at `username` that is not encrypted");
    at(whole.replace("lastmodified: \"2", "lastmodified: \"1"), "MAC does not match");
    at(whole.replace(&value(&mac), &value(&username)), "MAC does not match");
    at(whole.replace("key with: colon", "key with: another"), "moved there");
    let (ratio, enabled) = (line("ratio:"), line("enabled:"));
    for (line, from, to) in [
        (&username, "str", "int"),
        (&username, "str", "float"),
        (&username, "str", "bool"),
        (&port, "int", "bool"),
        (&ratio, "float", "int"),
        (&enabled, "bool", "int"),
    ] {
        let retyped = line.replace(&format!("type:{from}]"), &format!("type:{to}]"));
        assert_ne!(&retyped, line);
        at(whole.replace(line, &retyped), &format!("changed at `{}`", line.split_once(':').unwrap().0));
    }
    // SOPS binds no leaf to its type: a number can be made a text of the same digits.
    let changed = whole.replace("type:int]", "type:str]");
    assert_eq!(opened("types.yaml", &changed, "x25519.key").unwrap()["port"], "5432", "as SOPS has it");
    at(text("for-another.yaml"), "not encrypted for any");
    let only = text("mac-only-encrypted.yaml");
    let changed = only.replace("port_unencrypted: 6432", "port_unencrypted: 1");
    assert_eq!(opened("only.yaml", &changed, "x25519.key").unwrap()["nested"]["port_unencrypted"], 1, "as SOPS has it");
}

#[test]
fn a_comment_in_a_list_is_no_element_and_no_element_can_be_made_one() {
    let whole = text("comments.yaml");
    let version = |text: &str| source("c.yaml", text).unwrap().version(&evenkeel::model::id::SecretName::new("db"));
    let comment = whole.lines().find(|line| line.ends_with("type:comment]") && line.starts_with("    - ")).unwrap();
    let without = whole.replace(&format!("{comment}\n"), "");
    assert_ne!(without, whole);
    assert_eq!(version(&without), version(&whole), "a comment is no part of the value");
    let element = whole.lines().find(|line| line.starts_with("    - ENC") && line.ends_with("type:str]")).unwrap();
    for (line, from, to) in [(comment, "comment]", "str]"), (element, "str]", "comment]")] {
        let retyped = whole.replace(line, &line.replace(from, to));
        let error = opened("c.yaml", &retyped, "x25519.key").unwrap_err();
        assert!(error.contains("MAC does not match"), "{from} {to}: {error}");
    }
    // Not where SOPS makes none.
    let member = whole.replacen("type:int]\nplain", "type:comment]\nplain", 1);
    let error = opened("c.yaml", &member, "x25519.key").unwrap_err();
    assert!(error.contains("of the type `comment` at `port`"), "{error}");
}

/// A leaf at this place of a file, as SOPS seals it.
fn sealed(file: &str, place: &str, plain: &str, kind: &str) -> String {
    sealed_under(file, &format!("{place}:"), plain, kind)
}

fn sealed_under(file: &str, under: &str, plain: &str, kind: &str) -> String {
    let file: Value = serde_json::from_str(file).unwrap();
    let wrapped = file["sops"]["age"][0]["enc"].as_str().unwrap();
    let data_key = age::open("file", wrapped.as_bytes(), &vault("x25519.key").identities).ok().unwrap();
    let mut bytes = plain.as_bytes().to_vec();
    let cipher = AesGcm::<Aes256, U32>::new(GenericArray::from_slice(&data_key));
    let iv = [7; 32];
    let tag = cipher.encrypt_in_place_detached(GenericArray::from_slice(&iv), under.as_bytes(), &mut bytes).unwrap();
    let [data, iv, tag] = [&bytes[..], &iv[..], &tag[..]].map(|bytes| STANDARD.encode(bytes));
    format!("ENC[AES256_GCM,data:{data},iv:{iv},tag:{tag},type:{kind}]")
}

#[test]
fn a_number_that_json_has_no_form_for_is_not_said_to_be_changed() {
    let whole = text("rich.json");
    let file: Value = serde_json::from_str(&whole).unwrap();
    let ratio = file["ratio"].as_str().unwrap();
    let with = |plain: &str, kind: &str| {
        let changed = whole.replace(ratio, &sealed(&whole, "ratio", plain, kind));
        opened("rich.json", &changed, "x25519.key").unwrap_err()
    };
    for plain in ["+Inf", "-Inf", "NaN"] {
        let error = with(plain, "float");
        assert!(error.contains("holds something at `ratio` that is no JSON number or boolean"), "{plain}: {error}");
    }
    // What is one, and of what is sealed so: the MAC alone is wrong then.
    assert!(with("0.75", "float").contains("MAC does not match"));
    for (plain, kind) in [("Infinity", "float"), ("+Inf", "int"), ("NaN", "bool"), ("1e5x", "float")] {
        assert!(with(plain, kind).contains("was changed at `ratio`"), "{plain} as {kind}");
    }
}

/// A file of leaves in the order given, as SOPS makes it, with the data key of another one.
fn made(of: &str, leaves: &[(&str, &str, &str)]) -> String {
    let mut file: Value = serde_json::from_str(of).unwrap();
    let about = file["sops"].as_object_mut().unwrap();
    let mac = leaves.iter().fold(Sha512::new(), |mac, (_, plain, _)| mac.chain_update(plain)).finalize();
    let mac = mac.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02X}"));
    let under = about["lastmodified"].as_str().unwrap().to_owned();
    about.insert("mac".to_owned(), sealed_under(of, &under, &mac, "str").into());
    let leaves = leaves.iter().map(|(name, plain, kind)| format!("{name:?}: {:?},\n", sealed(of, name, plain, kind)));
    format!("{{{}\"sops\": {}}}", leaves.collect::<String>(), file["sops"])
}

#[test]
fn a_number_keeps_the_text_that_was_sealed() {
    let numbers = [
        ("tenth", "1.10", "float"),
        ("long", "12345678901234567890123", "float"),
        ("precise", "0.12345678901234567890123", "float"),
        ("large", "1e+300", "float"),
        ("negative", "-0", "float"),
        ("signed", "-9223372036854775808", "int"),
        ("unsigned", "18446744073709551615", "int"),
    ];
    let file = made(&text("simple.json"), &numbers);
    let value = opened_by(&Recorded::new(), "numbers.json", &file, "x25519.key").unwrap();
    let members: Vec<String> = numbers.iter().map(|(name, plain, _)| format!("\"{name}\":{plain}")).collect();
    assert_eq!(*value, format!("{{{}}}", members.join(",")));
}

#[test]
fn other_keys_are_no_other_value_and_another_leaf_is() {
    let version = |file: &str| source(file, &text(file)).unwrap().version(&evenkeel::model::id::SecretName::new("db"));
    assert_eq!(version("rich.yaml"), version("rich-other-keys.yaml"));
    assert_ne!(version("rich.yaml"), version("rich-changed.yaml"));
    assert_eq!(opened("c.yaml", &text("rich-changed.yaml"), "x25519.key").unwrap()["username"], "another");
    let whole = text("rich.yaml");
    let as_it_is = source("rich.yaml", &whole).unwrap();
    // Which SOPS' MAC does not cover, and the JSON shows.
    let mut versions = std::collections::BTreeSet::from([version("rich.yaml")]);
    let with = |more: &str| whole.replace("nothing: null\n", &format!("nothing: null\n{more}\n"));
    let outside = whole.replace("      - er: ENC", "    - er: ENC");
    for (to, changed) in [
        ("an empty map", with("more: {}")),
        ("an empty list", with("more: []")),
        ("an empty list in a list", with("more: [[]]")),
        ("no list in the list", outside.replace("    - - ENC", "    - ENC")),
        ("a list in the list that ends before", outside),
    ] {
        let value = opened("rich.yaml", &changed, "x25519.key").unwrap_or_else(|error| panic!("{to}: {error}"));
        assert_ne!(value, opened("rich.yaml", &whole, "x25519.key").unwrap(), "{to}");
        let changed = source("rich.yaml", &changed).unwrap().version(&evenkeel::model::id::SecretName::new("db"));
        assert!(versions.insert(changed), "{to}: another value is another version");
    }
    let names = as_it_is.keys().unwrap();
    assert!(names.contains("key with: colon") && !names.contains("sops"), "{names:?}");
}
