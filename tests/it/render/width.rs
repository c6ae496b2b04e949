//! Text stays within its width, in all of them, and loses nothing.

use evenkeel::render::style::Style;

use super::{CASES, RICH, case, golden, shown};
use crate::golden::Golden;

const WIDTHS: [usize; 5] = [60, 80, 100, 120, 200];

fn style(width: usize) -> Style {
    Style { color: false, width, full: false }
}

#[test]
fn rich_plans_look_as_agreed_on_in_every_width() {
    let mut all = Golden::new();
    for name in RICH {
        for width in WIDTHS {
            let file = format!("{name}.{width}.txt");
            all.check(&file, &golden(&file), &shown(case(name), style(width)));
        }
    }
    all.finish();
}

#[test]
fn rich_plans_look_as_agreed_on_in_full_and_in_colour() {
    let mut all = Golden::new();
    for name in RICH {
        let full = format!("{name}.full.txt");
        all.check(&full, &golden(&full), &shown(case(name), Style { full: true, ..style(100) }));
        let color = format!("{name}.color.txt");
        let painted = shown(case(name), Style { color: true, ..style(100) });
        // Escapes as people can read them in a file.
        all.check(&color, &golden(&color), &painted.replace('\u{1b}', "␛"));
    }
    all.finish();
}

#[test]
fn nothing_is_wider_than_asked_for_except_a_single_word() {
    for case in CASES.iter() {
        for (width, full) in (60..=200).step_by(7).flat_map(|width| [(width, false), (width, true)]) {
            for line in shown(case, Style { full, ..style(width) }).lines() {
                let words = line.trim_start_matches([' ', '+', '-', '~', '=', '≠', '!']).split_whitespace().count();
                let columns = unicode_width::UnicodeWidthStr::width(line);
                assert!(columns <= width || words == 1, "{} at {width} has {columns} columns:\n{line}", case.name);
            }
        }
    }
}

#[test]
fn colours_add_nothing_but_colours() {
    for case in CASES.iter() {
        let painted = shown(case, Style { color: true, ..style(100) });
        assert_eq!(anstream_free(&painted), shown(case, style(100)), "{}", case.name);
    }
}

#[test]
fn no_control_character_of_a_manifest_or_of_aws_reaches_the_reader() {
    let text = shown(case("text-inside"), style(100));
    assert!(text.contains("\\u{1b}[31m Welt\\u{202e}"), "{text}");
    for case in CASES.iter() {
        let full = shown(case, Style { full: true, ..style(100) });
        assert!(full.chars().all(|c| c == '\n' || !c.is_control()), "{}", case.name);
    }
}

/// Every word of the whole output is in the short one, or the short one says that something is missing. ARNs and version
/// ids of this account are only written shorter, and files are named once.
#[test]
fn what_is_hidden_is_counted() {
    for case in CASES.iter() {
        let (short, full) = (shown(case, style(120)), shown(case, Style { full: true, ..style(120) }));
        assert!(!full.contains("--full shows") && !full.contains("alike"), "{}: all is all", case.name);
        let known = |word: &&str| {
            let is_version = word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
            word.len() == 1 || is_version || word.contains("arn:") || word.contains(".yaml:") || word.contains("-aaaa-")
        };
        let missing: Vec<&str> =
            full.split_whitespace().filter(|word| !known(word) && !short.contains(*word)).collect();
        let says = short.contains("--full shows") || short.contains("alike");
        assert!(says || missing.is_empty(), "{} hides {missing:?}:\n{short}\n{full}", case.name);
    }
}

fn anstream_free(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        out.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    out + rest
}
