//! What is told beside plans stays within its width too.

use evenkeel::cloud::{Outcome, Receipt};
use evenkeel::model::arn::Arn;
use evenkeel::plan::step::StepId;
use evenkeel::render::style::Style;
use evenkeel::render::told;

use super::{CASES, case};

fn style(width: usize) -> Style {
    Style { width, ..Style::plain() }
}

fn outcomes(because: StepId) -> [Outcome; 3] {
    let arn = Arn::new("arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-web:1");
    [Outcome::Done(Receipt { arn: Some(arn), ..Receipt::default() }), Outcome::Deferred, Outcome::Skipped { because }]
}

#[test]
fn a_step_names_what_it_made_without_the_type_that_its_call_names() {
    let case = case("create-all");
    let find = |target: &str| case.plan.steps().find(|(_, step)| step.target.to_string() == target).unwrap();
    let (_, step) = find("TaskDefinition/web");
    let [done, later, skipped] = outcomes(find("ExecutionRole/web").0);
    let line = "  done     TaskDefinition/web       ecs:RegisterTaskDefinition  shop-web:1";
    assert_eq!(told::step(&case.plan, step, &done, style(80)), [line]);
    let lines = [&line[..line.len() - "  shop-web:1".len()], "           shop-web:1"];
    assert_eq!(told::step(&case.plan, step, &done, style(70)), lines, "what does not fit goes on below");
    let line = "  later    TaskDefinition/web       ecs:RegisterTaskDefinition";
    assert_eq!(told::step(&case.plan, step, &later, style(80)), [line]);
    let line = "  skipped  TaskDefinition/web       ecs:RegisterTaskDefinition  needs ExecutionRole/web";
    assert_eq!(told::step(&case.plan, step, &skipped, style(100)), [line]);
    assert!(told::step(&case.plan, step, &Outcome::NotStarted, style(80)).is_empty());
}

#[test]
fn no_step_and_no_sentence_is_wider_than_asked_for_except_a_single_word() {
    let mut told = 0;
    for case in CASES.iter() {
        for width in (60..=200).step_by(7) {
            for (id, step) in case.plan.steps() {
                let sentence = format!("{} waits for {} and for {}", step.target, step.target, step.target);
                let steps =
                    outcomes(id).into_iter().flat_map(|outcome| told::step(&case.plan, step, &outcome, style(width)));
                let beside = told::aside(&sentence, style(width));
                for line in steps.chain(told::sentences(&sentence, style(width))).chain(beside) {
                    let columns = unicode_width::UnicodeWidthStr::width(line.as_str());
                    assert!(columns <= width || line.split_whitespace().count() == 1, "{columns} > {width}:\n{line}");
                    told += 1;
                }
            }
        }
    }
    assert!(told > 1000, "{told} lines");
}
