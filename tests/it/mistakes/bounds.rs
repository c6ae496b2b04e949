//! Very many mistakes, and very long lines: what is printed stays what can be read, and nothing is lost to programs.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::formats::{arguments, findings};
use super::{program, stdout};

const HEAD: &str = "\"apiVersion\":\"evenkeel.dev/v1alpha1\",\"kind\":\"ExecutionRole\"";
const MANY: usize = 2_000;

struct Place(PathBuf);

impl Place {
    /// A file of one line with very many mistakes, and one behind it with a single one.
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("evenkeel-bounds-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        let mut spec = String::new();
        for number in 0..MANY {
            write!(spec, "{}\"x{number}\":1", if number > 0 { "," } else { "" }).unwrap();
        }
        let text = format!("{{{HEAD},\"metadata\":{{\"name\":\"many\"}},\"spec\":{{{spec}}}}}");
        std::fs::write(path.join("a.json"), text).unwrap();
        let text = format!("{{{HEAD},\"metadata\":{{\"name\":\"one\"}},\"spec\":{{\"other\":1}}}}\n");
        std::fs::write(path.join("b.json"), text).unwrap();
        Self(path)
    }

    fn check(&self, format: &str) -> (Option<i32>, String) {
        let output = program(&arguments(".", format), &self.0).output().unwrap();
        (output.status.code(), stdout(&output))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn of_very_many_mistakes_in_a_file_a_hundred_are_printed_and_all_are_counted() {
    let (exit, text) = Place::new("many").check("text");
    assert_eq!(exit, Some(2));
    assert_eq!(text.matches("unknown field `x").count(), 100, "{text}");
    assert!(text.contains("… and 1900 more findings in ./a.json: `-o json` prints each\n"), "{text}");
    assert!(text.contains("unknown field `other`"), "the other file has been lost: {text}");
    assert!(text.ends_with("\n2001 errors\n"), "{text}");
}

#[test]
fn an_excerpt_of_a_long_line_shows_the_place_and_what_is_around_it() {
    let (_, text) = Place::new("long").check("text");
    let longest = text.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(longest < 220, "{longest} characters in a line");
    let lines: Vec<&str> = text.lines().collect();
    let shown = lines.iter().position(|line| line.contains("unknown field `x50`")).unwrap();
    let (source, mark) = (lines[shown + 2], lines[shown + 3]);
    let at = mark.chars().position(|c| c == '─').unwrap();
    let marked: String = source.chars().skip(at).take(mark.matches('─').count()).collect();
    assert_eq!(marked, "\"x50\"", "{source}\n{mark}");
    assert!(source.contains('…'), "{source}");
}

#[test]
fn programs_get_each_of_very_many_mistakes() {
    let place = Place::new("programs");
    let (exit, json) = place.check("json");
    assert_eq!((exit, findings(&json).len()), (Some(2), MANY + 1));
    let (exit, github) = place.check("github");
    assert_eq!((exit, github.lines().count()), (Some(2), MANY + 1));
}
