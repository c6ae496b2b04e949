//! The folder that is written into: what is there stays there.

use std::os::unix::fs::symlink;

use serde_json::json;

use super::corpus::CLUSTER;
use super::sandbox::Kept;

#[test]
fn what_is_there_and_is_no_manifest_is_not_written_over_either() {
    let kept = Kept::new();
    kept.service("web", &json!({"image": "web:1"}));
    kept.service("mail", &json!({"image": "mail:1"}));
    let folder = kept.manifests();
    let here = folder.to_str().unwrap();
    std::fs::create_dir(&folder).unwrap();
    let outside = kept.folder.join("outside.yaml");
    std::fs::write(&outside, "# someone's\n").unwrap();
    std::fs::write(folder.join("shared.yaml"), b"\xff\xfe").unwrap();
    symlink(&outside, folder.join("shared-2.yaml")).unwrap();
    let all = ["init", "service", "--all", CLUSTER, "-d", here];
    let ran = kept.run(&all);
    assert_eq!(ran.exit, Some(0), "{}", ran.err);
    assert!(ran.out.contains("/shared-3.yaml\n"), "{}", ran.out);
    assert_eq!(std::fs::read(folder.join("shared.yaml")).unwrap(), b"\xff\xfe");
    // A link is there, whatever it leads to; `--force` is about the link.
    std::fs::remove_file(folder.join("web.yaml")).unwrap();
    let nothing = kept.folder.join("nothing.yaml");
    symlink(&nothing, folder.join("web.yaml")).unwrap();
    let init = ["init", "service", "shop/web", "-d", here];
    let refused = kept.run(&init);
    assert_eq!(refused.exit, Some(2), "{}", refused.err);
    assert!(refused.err.contains("web.yaml is there already"), "{}", refused.err);
    let forced = kept.run(&[&init[..], &["--force"]].concat());
    assert_eq!(forced.exit, Some(0), "{}", forced.err);
    assert!(std::fs::read_to_string(folder.join("web.yaml")).unwrap().contains("kind: Service"));
    assert!(!nothing.exists());
    assert_eq!(std::fs::read_to_string(&outside).unwrap(), "# someone's\n");
    let strays = std::fs::read_dir(&folder)
        .unwrap()
        .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with('.')));
    assert_eq!(strays.count(), 0);
}

#[test]
fn where_one_file_cannot_be_written_none_is() {
    let kept = Kept::new();
    kept.service("web", &json!({"image": "web:1"}));
    kept.service("mail", &json!({"image": "mail:1"}));
    let folder = kept.manifests();
    std::fs::create_dir_all(folder.join("web.yaml")).unwrap();
    let ran = kept.run(&["init", "service", "--all", CLUSTER, "-d", folder.to_str().unwrap(), "--force"]);
    assert_eq!(ran.exit, Some(3), "{}", ran.err);
    assert!(ran.err.contains("could not write"), "{}", ran.err);
    let names: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["web.yaml"]);
}
