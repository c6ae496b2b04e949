//! The columns of a diff, where names and values hold what is written out before it is printed.

use super::{Place, code, run, stdout};

const MANIFEST: &str = r#"
apiVersion: evenkeel.dev/v1alpha1
kind: TaskDefinition
metadata: {name: odd}
spec:
  memory: "512"
  containerDefinitions:
    - name: web
      image: shop/web:1
      dockerLabels:
        "tab\tand\u001bescape": first-value
        "plain": second-value
        "宽的": third-value
        "long": "LONG"
"#;

#[test]
fn values_begin_in_one_column_and_stay_within_the_width_whatever_they_and_their_names_are_made_of() {
    let place = Place::new("columns");
    let file = place.0.join("odd.yaml");
    std::fs::write(&file, MANIFEST.replace("LONG", &"\\u001b[31mred".repeat(20))).unwrap();
    let output = run(&["diff", "-f", &file.display().to_string(), &place.sandbox()]);
    let said = stdout(&output);
    assert_eq!(code(&output), 1, "{said}");
    let begins = |value: &str| {
        let line = said.lines().find(|line| line.contains(value)).unwrap_or_else(|| panic!("{value}:\n{said}"));
        unicode_width::UnicodeWidthStr::width(line.split(value).next().unwrap())
    };
    let columns = ["first-value", "second-value", "third-value"].map(begins);
    assert_eq!(columns, [columns[0]; 3], "{said}");
    let widest = said.lines().map(unicode_width::UnicodeWidthStr::width).max();
    assert!(widest <= Some(100), "{widest:?} columns:\n{said}");
}
