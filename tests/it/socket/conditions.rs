//! `--condition`: what a quiet sandbox leaves out, switched on for a world that is served, and kept in its state file.

use evenkeel::sandbox::{CONDITIONS, Condition};

use super::program::Served;
use super::readings::run;
use crate::moto::http::{Message, exchange};

#[test]
fn conditions_are_switched_on_kept_told_and_switched_off_again() {
    let folder = std::env::temp_dir().join(format!("evenkeel-conditions-{}", std::process::id()));
    let file = folder.join("world.json").display().to_string();
    let late = ["--condition", "secrets-lag=3600", "--condition", "events-lost=5"];
    let runs: [(&str, &[&str], bool); 3] =
        [("first", &late, true), ("second", &[], true), ("third", &["--condition", "secrets-lag=0"], false)];
    for (name, arguments, is_late) in runs {
        let served = Served::start(&[&[file.as_str()], arguments].concat());
        served.ask("CreateSecret", &format!(r#"{{"Name":"{name}"}}"#));
        let listed = served.ask("ListSecrets", "{}");
        assert_eq!(!listed.contains(&format!("\"{name}\"")), is_late, "{name}: {listed}");
        let (_, said) = served.end("-INT");
        let told =
            if is_late { "secrets-lag=3600, events-lost=5\n" } else { "conditions of the sandbox: events-lost=5\n" };
        assert!(said.contains(told), "{name}: {said}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_caller_is_a_role_of_the_sandbox_and_may_do_what_it_is_allowed() {
    let folder = std::env::temp_dir().join(format!("evenkeel-caller-{}", std::process::id()));
    let file = folder.join("world.json").display().to_string();
    let (code, said) = run(&["sandbox", "--listen", "127.0.0.1:0", &file, "--condition", "caller=reader"]);
    assert!(code == Some(2) && said.contains("caller=reader: there is no such role in the sandbox"), "{said}");
    let served = Served::start(&[&file]);
    let trust = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22\
                 %3A%7B%22Service%22%3A%22ecs-tasks.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";
    let form = format!("Action=CreateRole&Version=2010-05-08&RoleName=reader&AssumeRolePolicyDocument={trust}");
    let head = "content-type: application/x-www-form-urlencoded";
    let made = exchange(served.address.port(), &Message::call(("sandbox", "us-east-1"), "iam", head, &form)).unwrap();
    assert!(made.is_ok(), "{}", made.text());
    assert!(served.ask("CreateSecret", r#"{"Name":"db"}"#).contains("ARN"));
    served.end("-INT");
    let served = Served::start(&[&file, "--condition", "caller=reader"]);
    let refused = served.ask("DescribeSecret", r#"{"SecretId":"db"}"#);
    assert!(refused.contains("AccessDenied") && refused.contains("reader"), "{refused}");
    let (_, said) = served.end("-INT");
    assert!(said.contains("conditions of the sandbox: caller=reader\n"), "{said}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_is_no_condition_is_refused_and_help_lists_all_of_them() {
    for (given, why) in [
        ("late=5", "there is no condition `late`; there are: throttling,"),
        ("throttling=yes", "`throttling` is off|on, not `yes`"),
        ("caller=", "`caller` is nobody|ROLE, not ``"),
        ("iam-lag=5s", "`iam-lag` is 0|SECONDS, not `5s`"),
        ("events-lost=1001", "`events-lost` is 0|PER-THOUSAND, not `1001`"),
    ] {
        let (code, said) = run(&["sandbox", "--condition", given]);
        assert!(code == Some(2) && said.contains(why), "{given}: {said}");
    }
    let (code, said) = run(&["diff", "-f", "none", "--condition", "throttling=on"]);
    assert!(code == Some(2) && said.contains("--condition"), "{said}");
    let said = run(&["sandbox", "--help"]).1.split_whitespace().collect::<Vec<_>>().join(" ");
    for [name, values, about] in CONDITIONS {
        assert!(said.contains(&format!("{name}={values}")) && said.contains(about), "{name}: {said}");
        let usual = values.split('|').next().unwrap();
        let written = format!("{name}={usual}");
        assert_eq!(written.parse::<Condition>().unwrap().to_string(), written);
    }
}
