//! CBOR (RFC 8949), as far as rpcv2Cbor needs it for what JSON can say.
//!
//! Newer SDKs speak it with Resource Groups Tagging. Knows no shapes: byte
//! strings and dates, which no offered operation has there, are refused.
//!
//! Ledger: X7.

use serde_json::{Map, Number, Value};

use super::Response;

/// A deeper body is an attack.
const DEEPEST: u8 = 64;

/// Reads one value and nothing behind it.
pub(crate) fn decode(bytes: &[u8]) -> Option<Value> {
    let mut reader = Reader { rest: bytes };
    let value = reader.value(0)?;
    reader.rest.is_empty().then_some(value)
}

/// Writes one value.
pub(crate) fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(value, &mut bytes);
    bytes
}

/// A JSON response in CBOR.
pub(crate) fn transcribed(mut response: Response) -> Response {
    let value: Value = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
    response.body = encode(&value);
    response.headers.retain(|(name, _)| *name != "content-type");
    response.headers.push(("content-type", "application/cbor".to_owned()));
    response.headers.push(("smithy-protocol", "rpc-v2-cbor".to_owned()));
    response
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn value(&mut self, depth: u8) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        let (major, info) = self.head()?;
        Some(match major {
            0 => Value::from(self.argument(info)?),
            1 => Value::from(-1 - i64::try_from(self.argument(info)?).ok()?),
            3 => Value::String(self.text(info)?),
            4 => Value::Array(self.items(info, |reader| reader.value(depth + 1))?),
            5 => Value::Object(self.members(info, depth)?),
            7 => self.simple(info)?,
            _ => return None,
        })
    }

    fn members(&mut self, info: u8, depth: u8) -> Option<Map<String, Value>> {
        let pairs = self.items(info, |reader| {
            let (major, info) = reader.head()?;
            let name = if major == 3 { reader.text(info)? } else { return None };
            Some((name, reader.value(depth + 1)?))
        })?;
        Some(pairs.into_iter().collect())
    }

    /// As many as said, or up to the break.
    fn items<T>(&mut self, info: u8, mut one: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut items = Vec::new();
        if info == 31 {
            while *self.rest.first()? != 0xff {
                items.push(one(self)?);
            }
            self.take(1)?;
        } else {
            for _ in 0..self.argument(info)? {
                items.push(one(self)?);
            }
        }
        Some(items)
    }

    fn text(&mut self, info: u8) -> Option<String> {
        let length = usize::try_from(self.argument(info)?).ok()?;
        String::from_utf8(self.take(length)?.to_vec()).ok()
    }

    fn simple(&mut self, info: u8) -> Option<Value> {
        Some(match info {
            20 | 21 => Value::Bool(info == 21),
            22 | 23 => Value::Null,
            26 => {
                let bits = u32::try_from(self.argument(info)?).ok()?;
                Value::Number(Number::from_f64(f64::from(f32::from_bits(bits)))?)
            }
            27 => Value::Number(Number::from_f64(f64::from_bits(self.argument(info)?))?),
            _ => return None,
        })
    }

    fn head(&mut self) -> Option<(u8, u8)> {
        let byte = self.take(1)?[0];
        Some((byte >> 5, byte & 31))
    }

    /// The number that a head carries, or that follows it.
    fn argument(&mut self, info: u8) -> Option<u64> {
        let size = match info {
            0..=23 => return Some(u64::from(info)),
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            _ => return None,
        };
        Some(self.take(size)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn take(&mut self, length: usize) -> Option<&[u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }
}

fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(flag) => out.push(if *flag { 0xf5 } else { 0xf4 }),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => write_head(0, number, out),
            (None, Some(number)) => write_head(1, number.unsigned_abs() - 1, out),
            (None, None) => {
                out.push(0xfb);
                out.extend(number.as_f64().unwrap_or(f64::NAN).to_be_bytes());
            }
        },
        Value::String(text) => write_text(text, out),
        Value::Array(items) => {
            write_head(4, items.len() as u64, out);
            for item in items {
                write(item, out);
            }
        }
        Value::Object(members) => {
            write_head(5, members.len() as u64, out);
            for (name, member) in members {
                write_text(name, out);
                write(member, out);
            }
        }
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    write_head(3, text.len() as u64, out);
    out.extend(text.as_bytes());
}

fn write_head(major: u8, number: u64, out: &mut Vec<u8>) {
    let major = major << 5;
    let bytes = number.to_be_bytes();
    match number {
        0..=23 => out.push(major | bytes[7]),
        24..=0xff => out.extend([major | 0x18, bytes[7]]),
        0x100..=0xffff => out.extend([major | 0x19, bytes[6], bytes[7]]),
        0x1_0000..=0xffff_ffff => {
            out.push(major | 0x1a);
            out.extend(&bytes[4..]);
        }
        _ => {
            out.push(major | 0x1b);
            out.extend(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let long = "x".repeat(70_000);
        let value =
            json!({"a": [0, 23, 24, 255, 256, 65_536, 5_000_000_000_u64, -1, -500, 1.5, true, false], "": long});
        assert_eq!(decode(&encode(&value)), Some(value));
    }

    #[test]
    fn lengths_may_be_left_open_and_broken_bytes_are_refused() {
        assert_eq!(decode(&[0xbf, 0x61, b'a', 0x9f, 0x01, 0xff, 0xff]), Some(json!({"a": [1]})));
        let endless = [0x9f; 100];
        for broken in
            [&[][..], &[0x9f], &[0x61], &[0x41, 0], &[0x01, 0x01], &[0xbb, 255, 255, 255, 255, 255, 255], &endless]
        {
            assert_eq!(decode(broken), None, "{broken:?}");
        }
    }
}
