//! Times as people read them beside other things.

use crate::model::time::Timestamp;
use crate::status::moment::Moment;

/// How long ago, in one unit, as `kubectl` writes it: `45s`, `12m`, `3h`, `5d`.
pub(super) fn age(at: Moment, now: Timestamp) -> String {
    let seconds = now.since(at.0).as_secs();
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// The time, and how far from now it is.
pub(super) fn when(at: Moment, now: Timestamp) -> String {
    // A person reads no fractions of a second.
    let second = Moment(Timestamp::from_secs(at.0.as_secs()));
    if at.0 > now {
        return format!("{second} (in {})", age(Moment(now), at.0));
    }
    format!("{second} ({} ago)", age(at, now))
}
