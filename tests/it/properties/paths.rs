//! Paths: what is printed is what is parsed.

use evenkeel::model::path::Path;
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(super::times(1))]

    #[test]
    fn what_is_printed_of_a_path_is_what_is_parsed(steps in vec((any::<bool>(), "[a-zA-Z0-9_/ =-]{1,8}"), 1..6)) {
        let path = steps.iter().fold(Path::root(), |path, (member, text)| match member {
            true => path.member(text),
            false => path.element(text),
        });
        prop_assert_eq!(path.to_string().parse::<Path>().unwrap(), path.clone());
        let text = serde_json::to_string(&path).unwrap();
        prop_assert_eq!(serde_json::from_str::<Path>(&text).unwrap(), path.clone());
        prop_assert!(path.is_within(&path.parent().unwrap()) && !path.parent().unwrap().is_within(&path));
    }

    #[test]
    fn any_text_is_a_path_that_prints_as_it_or_none(text in "[a-z.\\[\\]]{0,12}") {
        if let Ok(path) = text.parse::<Path>() {
            prop_assert_eq!(path.to_string(), text);
        }
    }
}
