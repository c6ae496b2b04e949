//! The table and the region that it is drawn in.

use std::collections::BTreeMap;
use std::time::Duration;

use evenkeel::model::cause::Cause;
use evenkeel::model::id::Name;
use evenkeel::model::observed::Seen;
use evenkeel::model::time::Timestamp;
use evenkeel::render::region::Region;
use evenkeel::render::rollouts::{ending, frame};
use evenkeel::render::style::Style;
use evenkeel::status::rollout::{KeptBack, Rollout, State};

use crate::cases::CASES;

fn many(count: usize) -> BTreeMap<Name, Rollout> {
    let one = |number: usize| {
        let mut rollout = Rollout::default();
        rollout.state = if number.is_multiple_of(2) { State::Rolling } else { State::Completed };
        rollout.to = format!("a-family-with-a-long-name-{number}:12");
        (rollout.desired, rollout.running, rollout.pending, rollout.failed) = (10, 4, 3, 2);
        rollout.began = Some(Timestamp::from_secs(100));
        (Name::parse(&format!("service-{number}")).unwrap(), rollout)
    };
    (0..count).map(one).collect()
}

#[test]
fn a_table_never_goes_beyond_the_terminal_and_counts_what_it_leaves_out() {
    let now = Timestamp::from_secs(100) + Duration::from_secs(75);
    for (width, height) in [(20, 5), (60, 10), (80, 24), (200, 50), (1, 1), (80, 41), (80, 42), (80, 43)] {
        let lines = frame(&many(40), now, Style { width, color: false, full: false }, height);
        // Below the table the cursor has a line of its own: without one the terminal would scroll at each drawing.
        assert!(lines.len() < height.max(3), "{width}x{height}: {lines:#?}");
        assert!(lines.iter().all(|line| unicode_width::UnicodeWidthStr::width(line.as_str()) <= width), "{lines:#?}");
    }
    let lines = frame(&many(40), now, Style { width: 80, color: false, full: false }, 24);
    assert_eq!(lines[0], "rollouts: 20 of 40 over, 1m 15s");
    assert_eq!(lines.last().unwrap(), "  … 19 more lines");
    assert!(lines[1].contains("rolling out"), "what is under way comes first: {lines:#?}");
}

#[test]
fn what_is_under_way_comes_before_what_failed_and_what_is_done() {
    let mut rollouts = many(3);
    let states = [State::Completed, State::RolledBack, State::Rolling];
    for (rollout, state) in rollouts.values_mut().zip(&states) {
        rollout.state = state.clone();
    }
    let lines = frame(&rollouts, Timestamp::from_secs(200), Style { width: 80, ..Style::plain() }, 24);
    let states = ["rolling out", "rolled back", "completed"];
    assert!(lines[1..].iter().zip(states).all(|(line, state)| line.contains(state)), "{lines:#?}");
}

#[test]
fn long_names_lose_their_middle_and_the_state_and_the_counts_stay() {
    let mut rollouts = many(2);
    let name = "payments-api-production-in-the-west-of-europe-euw1";
    let mut long = rollouts.values().next().unwrap().clone();
    long.to = format!("{name}:137");
    rollouts.insert(Name::parse(name).unwrap(), long);
    for width in [60, 80, 100, 200] {
        let lines = frame(&rollouts, Timestamp::from_secs(200), Style { width, ..Style::plain() }, 24);
        for line in &lines[1..] {
            let (before, counts) = line.split_once("] ").unwrap();
            let whole = "4/10 running, 3 starting, 2 failed";
            assert!(counts == whole || (width == 60 && counts.starts_with("4/10 running, 3")), "{width}: {line}");
            assert!(before.contains("rolling out  [") || before.contains("completed    ["), "{width}: {line}");
        }
        let row = lines.iter().find(|line| line.contains("137  ")).unwrap();
        assert!(row.starts_with("  pa") && row.contains("uw1  "), "{width}: {row}");
        assert_eq!(row.contains('…'), width < 200, "{width}: {row}");
    }
}

#[test]
fn nothing_is_in_force_of_a_service_that_is_not_there() {
    let (now, mut rollout) = (Timestamp::from_secs(200), Rollout::default());
    for _ in 0..3 {
        rollout.see(now, &Seen::Absent, Duration::from_mins(1));
    }
    assert_eq!(rollout.state, State::Settled);
    let rollouts = [(Name::parse("web").unwrap(), rollout)].into();
    let table = frame(&rollouts, now, Style { width: 80, ..Style::plain() }, 24).join("\n");
    assert!(table.contains("not there") && !table.contains("in force"), "{table}");
}

#[test]
fn what_waits_or_is_held_is_neither_over_nor_what_is_wanted() {
    let mut rollouts = many(4);
    let states = [State::Settled, State::Settled, State::Settled, State::RolledBack];
    let kept_back = [None, Some(KeptBack::Waits), Some(KeptBack::Held), Some(KeptBack::Held)];
    for (rollout, (state, kept_back)) in rollouts.values_mut().zip(states.into_iter().zip(kept_back)) {
        (rollout.state, rollout.kept_back) = (state, kept_back);
    }
    let lines = frame(&rollouts, Timestamp::from_secs(200), Style { width: 80, ..Style::plain() }, 24);
    assert!(lines[0].starts_with("rollouts: 2 of 4 over"), "{lines:#?}");
    let words = ["  rolled back  ", "  waiting  ", "  held  ", "  in force  "];
    assert!(lines[1..].iter().zip(words).all(|(line, word)| line.contains(word)), "{lines:#?}");
}

#[test]
fn nothing_is_counted_of_a_service_that_is_gone() {
    let mut rollouts = many(1);
    for rollout in rollouts.values_mut() {
        rollout.state = State::Gone;
    }
    let lines = frame(&rollouts, Timestamp::from_secs(200), Style { width: 80, ..Style::plain() }, 24);
    assert!(lines[1].ends_with("  gone"), "{lines:#?}");
}

#[test]
fn what_ecs_lacks_stands_below_a_rollout_that_goes_on_and_has_no_other_cause() {
    let mut rollouts = many(2);
    for rollout in rollouts.values_mut() {
        rollout.lacks = Some("(service a) was unable to place a task.".into());
    }
    let now = Timestamp::from_secs(200);
    let shown = frame(&rollouts, now, Style { width: 80, color: false, full: false }, 24).join("\n");
    assert_eq!(shown.matches("ECS says: (service a) was unable to place a task").count(), 1, "{shown}");
}

#[test]
fn a_way_back_that_does_not_end_is_given_up_after_its_own_time() {
    let case = CASES.iter().find(|case| case.name == "rollout-rollback").unwrap();
    let at = case.look.observed.at;
    let mut live = case.look.observed.services[&Name::parse("web").unwrap()].present().unwrap().clone();
    let (mut rollout, limit) = (Rollout::default(), Duration::from_mins(15));
    rollout.see(at, &Seen::Present(live.clone()), limit);
    assert_eq!(rollout.state, State::Rolling);
    let [new, old] = &mut live.deployments[..] else { panic!("two deployments") };
    (new.status, new.rollout_state) = ("ACTIVE".to_owned(), Some("FAILED".to_owned()));
    (old.status, old.rollout_state) = ("PRIMARY".to_owned(), Some("IN_PROGRESS".to_owned()));
    // The release has had its time by then, and the deployment that is gone back to is older still: the way back has its own.
    for (minutes, state) in
        [(20, State::RollingBack), (34, State::RollingBack), (36, State::Overdue), (37, State::Overdue)]
    {
        rollout.see(at + Duration::from_mins(minutes), &Seen::Present(live.clone()), limit);
        assert_eq!(rollout.state, state, "{minutes}");
    }
    let now = at + Duration::from_mins(37);
    let said = ending(
        &Name::parse("web").unwrap(),
        &rollout,
        &case.desired,
        &case.look.observed.scope,
        now,
        Style { width: 200, ..Style::plain() },
    );
    assert!(
        said[0].starts_with("failed: Service/web: shop-web:7 failed, and ECS is still going back to shop-web:6 after "),
        "{said:#?}"
    );
}

/// ECS names the key, and not the secret; of a log group it names nothing.
#[test]
fn who_asks_for_what_is_not_there_is_said_where_ecs_names_it_only_in_part() {
    let case = CASES.iter().find(|case| case.name == "rollout-overdue").unwrap();
    let missing = |key: &str| Cause::NoKey { key: key.to_owned() };
    for (cause, wanted) in [
        (missing("password"), Some("asked for: Secret/db, for DB_PASSWORD of web")),
        (missing("other"), None),
        (Cause::NoLogGroup, Some("asked for: /ecs/shop-web, for web")),
        (Cause::OutOfMemory { container: "web".to_owned() }, None),
    ] {
        let mut rollout = Rollout::default();
        (rollout.state, rollout.causes) = (State::RolledBack, [(cause, 1)].into());
        let (web, scope) = (Name::parse("web").unwrap(), &case.look.observed.scope);
        let said = ending(&web, &rollout, &case.desired, scope, Timestamp::from_secs(100), Style::plain());
        let asked: Vec<&String> = said.iter().filter(|line| line.starts_with("asked for:")).collect();
        assert_eq!(asked, wanted.into_iter().collect::<Vec<_>>(), "{said:#?}");
    }
}

#[test]
fn a_rollout_that_ecs_cannot_place_ends_with_what_it_lacks() {
    let case = CASES.iter().find(|case| case.name == "rollout-overdue").unwrap();
    let observed = &case.look.observed;
    let web = Name::parse("web").unwrap();
    let mut live = observed.services[&web].present().unwrap().clone();
    let mut rollout = Rollout::default();
    let lacks =
        "(service shop-web) was unable to place a task because no container instance met all of its requirements.";
    live.lacks = Some(lacks.to_owned());
    rollout.see(observed.at, &Seen::Present(live.clone()), Duration::from_mins(1));
    assert_eq!(rollout.state, State::Overdue);
    let said = |rollout: &Rollout| {
        ending(&web, rollout, &case.desired, &observed.scope, observed.at, Style { width: 400, ..Style::plain() })
    };
    let lines = said(&rollout);
    let words = lacks.trim_end_matches('.');
    assert_eq!(lines[1..], [format!("cause: ECS says: {words}")], "{lines:#?}");
    live.lacks = None;
    rollout.see(observed.at, &Seen::Present(live), Duration::from_mins(1));
    assert_eq!(said(&rollout).len(), 1, "ECS says it no more: {:#?}", said(&rollout));
}

#[test]
fn colours_do_not_change_what_a_table_says() {
    let style = |color| Style { width: 80, color, full: false };
    let plain = frame(&many(4), Timestamp::from_secs(200), style(false), 24);
    let painted = frame(&many(4), Timestamp::from_secs(200), style(true), 24).join("\n");
    let mut bare = String::new();
    for part in painted.split('\u{1b}') {
        bare.push_str(if bare.is_empty() { part } else { part.split_once('m').unwrap().1 });
    }
    let first = painted.starts_with('\u{1b}');
    assert!(first);
    assert_eq!(bare.trim_start_matches("[1m"), plain.join("\n"));
}

fn lines(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn a_region_is_drawn_over_in_one_go_and_the_cursor_comes_back() {
    let mut region = Region::default();
    let first = region.draw(&[], &lines(&["one", "two"]), 80);
    assert_eq!(first, "\u{1b}[?2026h\u{1b}[?25l\rone\u{1b}[K\ntwo\u{1b}[K\n\u{1b}[J\u{1b}[?2026l");
    let second = region.draw(&lines(&["stays"]), &lines(&["three"]), 80);
    assert!(second.contains("\u{1b}[2A\rstays\u{1b}[K\nthree\u{1b}[K\n\u{1b}[J"), "{second:?}");
    assert_eq!(region.finish(), "\u{1b}[?25h");
    assert_eq!(region.finish(), "", "once is enough");
}

#[test]
fn a_terminal_that_became_narrower_has_more_rows_to_go_back() {
    let mut region = Region::default();
    region.draw(&[], &lines(&["\u{1b}[1m0123456789012345678901234\u{1b}[0m", "short", ""]), 80);
    assert!(region.draw(&[], &[], 10).contains("\u{1b}[5A\r"), "three rows, one and one");
}
