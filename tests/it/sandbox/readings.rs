//! The other reading of what no source settles: what each changes (`tests/sandbox/readings.json`), that the command line
//! and the documentation know them, and that evenkeel comes to rest under each.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use evenkeel::sandbox::{ReadAs, Reading, Service};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::sandbox::raw::Raw;
use crate::support::lab::{Lab, in_virtual_time, in_virtual_time_unlogged, shop};
use crate::support::world::deployments;

/// One reading: what is played, what is asked then, and what is seen of the answer under each.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scene {
    reading: String,
    play: Vec<Vec<Value>>,
    see: Vec<Value>,
    /// Where in the answer; without it, whether there is one.
    #[serde(default)]
    at: Option<String>,
    /// How many are in the list there.
    #[serde(default)]
    count: Option<String>,
    usual: Value,
    other: Value,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn scenes() -> Vec<Scene> {
    let text = std::fs::read_to_string(root().join("tests/sandbox/readings.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A world in play, and what earlier answers held: `$name`, and `$name~` without the six characters of an ARN.
struct Stage {
    raw: Raw,
    kept: BTreeMap<String, String>,
}

impl Stage {
    fn play(&mut self, step: &[Value]) {
        match (step[0].as_str().unwrap(), &step[1]) {
            ("pass", seconds) => self.raw.pass(seconds.as_u64().unwrap()),
            ("world", patch) => {
                let mut world = serde_json::to_value(&self.raw.world).unwrap();
                merge(&mut world, patch);
                self.raw.world = serde_json::from_value(world).unwrap();
            }
            (call, input) => {
                let answer = self.ask(call, input).unwrap_or_else(|code| panic!("{call} {input}: {code}"));
                for (name, pointer) in step.get(2).and_then(Value::as_object).into_iter().flatten() {
                    let value = answer.pointer(pointer.as_str().unwrap()).and_then(Value::as_str).unwrap();
                    self.kept.insert(name.clone(), value.to_owned());
                }
            }
        }
    }

    /// The answer, or the code of the refusal.
    fn ask(&mut self, call: &str, input: &Value) -> Result<Value, String> {
        let mut text = input.to_string();
        for (name, value) in &self.kept {
            text = text.replace(&format!("${name}~"), &value[..value.len().saturating_sub(7)]);
            text = text.replace(&format!("${name}"), value);
        }
        let is_form = call.starts_with(Service::Iam.signing_name());
        let body = if is_form { form(&parsed(&text)) } else { text };
        let (status, answer) = self.raw.send(call, &body);
        let refused = |code: Option<&str>| code.unwrap_or("no code").rsplit('#').next().unwrap_or_default().to_owned();
        if is_form {
            let code = answer.split_once("<Code>").and_then(|(_, rest)| rest.split('<').next());
            return if status == 200 { Ok(Value::Null) } else { Err(refused(code)) };
        }
        let answer = parsed(&answer);
        if status == 200 { Ok(answer) } else { Err(refused(answer["__type"].as_str())) }
    }
}

impl Scene {
    fn seen(&self, reading: Reading, other: bool) -> Value {
        let mut stage = Stage { raw: Raw::new(), kept: BTreeMap::new() };
        stage.raw.world.readings.set(ReadAs { reading, other });
        self.play.iter().for_each(|step| stage.play(step));
        match (stage.ask(self.see[0].as_str().unwrap(), &self.see[1]), &self.at, &self.count) {
            (Err(code), _, _) => json!(code),
            (Ok(answer), Some(at), _) => answer.pointer(at).cloned().unwrap_or_default(),
            (Ok(answer), None, Some(list)) => json!(answer.pointer(list).and_then(Value::as_array).map_or(0, Vec::len)),
            (Ok(_), None, None) => json!("ok"),
        }
    }
}

fn form(input: &Value) -> String {
    let encode =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let fields = input.as_object().unwrap().iter();
    fields.map(|(name, value)| format!("{name}={}", encode(value.as_str().unwrap()))).collect::<Vec<_>>().join("&")
}

/// RFC 7396, without removal.
fn merge(target: &mut Value, patch: &Value) {
    let (Value::Object(members), true) = (patch, target.is_object()) else { return target.clone_from(patch) };
    for (name, value) in members {
        merge(&mut target[name.as_str()], value);
    }
}

#[test]
fn every_reading_shows_its_difference() {
    let mut left: Vec<Reading> = Reading::ALL.to_vec();
    for scene in scenes() {
        let position = left.iter().position(|reading| reading.name() == scene.reading);
        let reading = left.remove(position.unwrap_or_else(|| panic!("{}: no such reading, or twice", scene.reading)));
        assert_eq!(scene.seen(reading, false), scene.usual, "{}: as usual", scene.reading);
        assert_eq!(scene.seen(reading, true), scene.other, "{}: otherwise", scene.reading);
        assert_ne!(scene.usual, scene.other, "{}", scene.reading);
    }
    assert!(left.is_empty(), "never shown: {left:?}");
}

#[test]
fn a_reading_is_written_as_its_name_and_one_of_its_values() {
    for reading in Reading::ALL {
        for (other, value) in [false, true].into_iter().zip(reading.values()) {
            let written = format!("{}={value}", reading.name());
            assert_eq!(written.parse(), Ok(ReadAs { reading: *reading, other }));
            assert_eq!(ReadAs { reading: *reading, other }.to_string(), written);
        }
        let unknown = format!("{}=perhaps", reading.name()).parse::<ReadAs>().unwrap_err().to_string();
        assert!(reading.values().iter().all(|value| unknown.contains(value)), "{unknown}");
    }
    let unknown = "unknown=nothing".parse::<ReadAs>().unwrap_err().to_string();
    assert!(Reading::ALL.iter().all(|reading| unknown.contains(reading.name())), "{unknown}");
}

#[test]
fn the_documentation_lists_every_reading_with_its_values_and_its_row() {
    let page = std::fs::read_to_string(root().join("docs/aws-behaviour.md")).unwrap();
    let listed: Vec<&str> = page.lines().filter(|line| line.starts_with("| `") && line.contains("` or `")).collect();
    let lines = Reading::ALL.iter().map(|reading| {
        let [usual, other] = reading.values();
        format!("| `{}` | `{usual}` or `{other}` | {} | {} |", reading.name(), reading.about(), reading.row())
    });
    assert_eq!(listed, lines.collect::<Vec<_>>());
}

/// evenkeel writes trust policies that ask which account's task it is (E5): the one reading that it leans on.
const LEANED_ON: Reading = Reading::SourceOfExecutionRole;

/// A lab under a reading, in which what can be late is.
async fn lab(reading: Reading) -> Lab {
    let lab = Lab::with_shop().await;
    lab.sandbox.with_world(|world| {
        world.readings.set(ReadAs { reading, other: true });
        world.secrets.set_list_lag(Duration::from_secs(20));
        world.iam.set_propagation_lag(Duration::from_secs(8));
    });
    lab
}

#[test]
fn evenkeel_comes_to_rest_with_one_deployment_a_change_under_every_reading() {
    for reading in Reading::ALL.iter().filter(|reading| **reading != LEANED_ON) {
        in_virtual_time_unlogged(async {
            let lab = lab(*reading).await;
            lab.converge(&shop("2.0.0")).await;
            lab.rotate("shop/db", 2);
            tokio::time::sleep(Duration::from_mins(1)).await;
            lab.converge(&shop("2.0.0")).await;
            lab.converge(&shop("2.1.0")).await;
            tokio::time::sleep(Duration::from_mins(1)).await;
            assert_eq!(deployments(&lab, "shop-web"), 3, "{reading:?}");
            let writes = lab.writes();
            let (plan, _) = lab.pass(&shop("2.1.0")).await;
            assert!(plan.is_empty() && lab.writes() == writes, "{reading:?}: not quiet");
        });
    }
}

#[test]
fn where_the_task_is_not_named_to_a_trust_policy_no_task_starts() {
    in_virtual_time(async {
        let lab = lab(LEANED_ON).await;
        for _ in 0..5 {
            let _pass = lab.pass(&shop("2.0.0")).await;
            tokio::time::sleep(Duration::from_secs(40)).await;
        }
        lab.sandbox.with_world(|world| {
            let tasks: Vec<_> = world.ecs.tasks().values().collect();
            let reasons: Vec<_> = tasks.iter().filter_map(|task| task.stop.as_ref()).map(|stop| &stop.reason).collect();
            assert!(!reasons.is_empty() && tasks.iter().all(|task| !task.is_running()), "{reasons:?}");
            assert!(reasons.iter().all(|reason| reason.contains("ECS was unable to assume the role")), "{reasons:?}");
        });
    });
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
