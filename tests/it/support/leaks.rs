//! The search for leaks: a canary stands in every secret, and nothing that anyone can read may contain it.

use std::sync::{Mutex, OnceLock, PoisonError};

/// The value of every secret of every test. Its characters look different in every encoding.
pub(crate) const CANARY: &str = "c4n4ryS3cr3tK7q9x/\"S3cr3t\"+Ümlaut";

/// The value in the files that other programs have encrypted, of which nobody can change it any more.
pub(crate) const FILED: &str = "c4n4ry/\"S3cr3t\"+Ümlaut";

/// How that begins: as it is, in hexadecimal and in base64, wherever in a text it stands.
const FILED_FORMS: [&str; 5] = ["c4n4ry/", "63346e3472792f", "YzRuNHJ5L", "M0bjRyeS", "jNG40cnkv"];

/// The part of it that is looked for: letters and digits, which JSON within JSON, Debug and URLs leave as they are,
/// however deep it stands.
const CORE: &str = "c4n4ryS3cr3tK7q9x";

/// The values that a new sandbox is furnished with: of a password, and of a secret of which no key is read.
const FURNISHED: [&str; 2] = ["sandbox-password-", "sandbox-value-"];

/// Fails if a text contains the canary: as it is, or escaped for JSON, Debug or a URL; as bytes, hexadecimal or base64,
/// on one line or on many. Nor may it contain what a sandbox was furnished with.
pub(crate) fn assert_clean(sink: &str, text: &str) {
    let dense: String = text.lines().map(str::trim).collect();
    let lower = dense.to_lowercase();
    for (encoding, form) in forms() {
        let found = if encoding == "hexadecimal" { lower.contains(&form) } else { dense.contains(&form) };
        assert!(!found, "{sink} shows a secret's value, encoded as {encoding}");
    }
    let filed = FILED_FORMS.iter().find(|form| dense.contains(**form));
    assert_eq!(filed, None, "{sink} shows the value of a file");
    let furnished = FURNISHED.iter().find(|form| dense.contains(**form));
    assert_eq!(furnished, None, "{sink} shows what a secret was furnished with");
}

/// Fails if anything that was logged since the last search, by any test, at whatever level, contains the canary.
pub(crate) fn assert_log_clean() {
    // What was searched is let go, less what a form could still begin in, each of its bytes on a line with much before it.
    let longest = 20 * forms().iter().map(|(_, form)| form.len()).max().unwrap_or_default();
    let searched = {
        let mut log = log().lock().unwrap_or_else(PoisonError::into_inner);
        let searched = std::mem::take(&mut *log);
        log.extend_from_slice(&searched[searched.len().saturating_sub(longest)..]);
        searched
    };
    assert_clean("the log", &String::from_utf8_lossy(&searched));
}

/// Records all logs of the process at TRACE, without the caps of the program: those must not be all that protects.
pub(crate) fn record_logs() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        let subscriber = tracing_subscriber::fmt().with_env_filter("trace").with_ansi(false).with_writer(|| Recorder);
        subscriber.try_init().expect("no other subscriber");
    });
}

/// A text with the canary in it, in every way in which it could get into a log.
pub(crate) fn leaked(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let hex = bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02X}"));
    let url = percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let json = serde_json::to_string(text).unwrap();
    let bare = format!("b{text:?}");
    // As mail and PEM break it.
    let wrapped =
        base64(bytes).chars().collect::<Vec<_>>().chunks(8).map(String::from_iter).collect::<Vec<_>>().join("\n");
    let debug = [format!("{text:?}"), format!("{bytes:?}"), format!("{bytes:#?}"), bare];
    [vec![text.to_owned(), hex, url, json, base64(bytes), wrapped], debug.to_vec()].concat()
}

/// Fails unless the canary would be seen in a text, however it got out.
pub(crate) fn assert_visible(text: &str) {
    for leaked in leaked(text) {
        assert!(std::panic::catch_unwind(|| assert_clean("a leak", &leaked)).is_err(), "not seen: {leaked}");
    }
}

/// The canary as it would look in each encoding.
fn forms() -> Vec<(&'static str, String)> {
    let bytes = CORE.as_bytes();
    let hex: String = bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    let decimal = bytes.iter().map(ToString::to_string).collect::<Vec<_>>();
    // Beside each other, and each on a line of its own.
    let (beside, below) = (decimal.join(", "), decimal.join(","));
    let mut forms = vec![("text", CORE.to_owned()), ("hexadecimal", hex)];
    forms.extend([("decimal bytes", beside), ("decimal bytes", below)]);
    // Where it stands inside a longer text, base64 shows it in one of three shapes.
    for shift in 0..3 {
        let padded: Vec<u8> = std::iter::repeat_n(b'x', shift).chain(bytes.iter().copied()).collect();
        let text = base64(&padded);
        let skip = [0, 2, 3][shift];
        let keep = (bytes.len() - 2) / 3 * 4;
        forms.push(("base64", text[skip..].chars().take(keep).collect()));
    }
    forms
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_usize, |word, byte| word << 8 | usize::from(*byte)) << (8 * (3 - chunk.len()));
        for index in 0..=chunk.len() {
            out.push(char::from(LETTERS[word >> (18 - 6 * index) & 63]));
        }
    }
    out
}

fn log() -> &'static Mutex<Vec<u8>> {
    static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());
    &LOG
}

struct Recorder;

impl std::io::Write for Recorder {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        log().lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_scanner_finds_the_canary_in_every_encoding() {
    for (encoding, form) in forms() {
        let text = format!("before {form} after");
        let caught = std::panic::catch_unwind(|| assert_clean("a text", &text)).is_err();
        assert!(caught, "{encoding} is not found");
    }
    assert_clean("a text", "nothing to see, c4n4ry alone is no leak");
}

#[test]
fn the_scanner_finds_the_canary_in_a_longer_text_and_in_json_within_json() {
    for before in ["", "a", "ab", "abc"] {
        let mut text = format!("{before}{CANARY}tail");
        for _level in 0..3 {
            assert_visible(&text);
            text = serde_json::json!({"password": text}).to_string();
        }
    }
}
