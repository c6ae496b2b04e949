//! The manifests that the guides show are manifests.

use std::path::Path;

use evenkeel::manifest::{SourceFile, load};
use evenkeel::model::id::Installation;

#[test]
fn every_manifest_of_a_guide_is_without_an_error() {
    let mut seen = 0;
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guides")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let blocks = text.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
        for block in blocks.filter(|block| block.starts_with("apiVersion: evenkeel.dev/")) {
            let file = SourceFile { name: path.display().to_string(), text: block.to_owned() };
            let loaded = load(Installation::new("default"), &[file]);
            assert!(loaded.checked.found.is_empty(), "{block}\n{:#?}", loaded.checked.found);
            seen += 1;
        }
    }
    assert!(seen > 0);
}
