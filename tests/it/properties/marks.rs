//! Marks: what is written on an object is what is read from it.

use evenkeel::model::id::Commit;
use evenkeel::model::tags::{Digest, Mark, Stamp, Tags};
use evenkeel::model::time::Timestamp;
use proptest::option;
use proptest::prelude::*;

proptest! {
    #![proptest_config(super::times(1))]

    #[test]
    fn what_is_written_of_a_mark_is_what_is_read(of in any::<u64>(), commit in option::of("[0-9a-f]{7,64}"), versions in option::of(any::<u64>()), seconds in 0_i64..4_000_000_000) {
        let (digest, versions) = (Digest::of(&of), versions.as_ref().map(Digest::of));
        let stamp = Stamp { tag: "evenkeel.dev/applied".into(), digest, commit: commit.map(Commit::new), versions };
        let mark = stamp.at(Timestamp::from_secs(seconds));
        let tags: Tags = [(stamp.tag.clone(), mark.to_string())].into();
        prop_assert!(mark.to_string().len() <= 256, "AWS takes no longer value");
        prop_assert_eq!(Mark::read(&tags, &stamp.tag), Some(mark));
    }

    #[test]
    fn any_text_is_a_mark_or_none(text in "(v1:)?[a-z0-9:.-]{0,40}") {
        let tags: Tags = [("evenkeel.dev/applied".to_owned(), text)].into();
        let read = Mark::read(&tags, "evenkeel.dev/applied");
        let again = read.as_ref().map(|mark| Mark::read(&[("t".to_owned(), mark.to_string())].into(), "t"));
        prop_assert_eq!(again.flatten(), read);
    }
}
