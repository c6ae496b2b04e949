//! `demo`: the whole story in a sandbox, told by the same code that works on AWS. No account, no configuration.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use super::apply::{Ask, Run};
use super::args::Format;
use super::exit::Exit;
use super::follow::Follower;
use super::out::Out;
use super::sandbox::{self, call, made_up, token};
use super::stop::Stop;
use super::{CliError, status, world};
use crate::aws::{ANSWER_WITHIN, Aws, Settings, SharedHttpClient};
use crate::cloud::Observe as _;
use crate::cloud::clock::Clock;
use crate::follow::Until;
use crate::manifest::{SourceFile, load};
use crate::model::desired::Desired;
use crate::model::id::{Installation, Name, ResourceId};
use crate::render::summary::{Summary, quiet};
use crate::render::{text, told};
use crate::sandbox::ecs::Behaviour;
use crate::sandbox::{Millis, Sandbox, Service, World};

/// The sample application, as it stands in `deploy/examples/shop`.
const SHOP: [(&str, &str); 3] = [
    ("shop/database.yaml", include_str!("../../deploy/examples/shop/database.yaml")),
    ("shop/web.yaml", include_str!("../../deploy/examples/shop/web.yaml")),
    ("shop/worker.yaml", include_str!("../../deploy/examples/shop/worker.yaml")),
];

/// The image that the story starts with, the one that breaks, and the one that mends it.
const IMAGES: [&str; 3] = ["shop-web:2.0.0", "shop-web:2.1.0", "shop-web:2.1.1"];

/// What a person would type in `deploy/examples`, where files have the names that the story shows.
const APPLY: &str = "evenkeel apply -f shop --yes --wait";
const DIFF: &str = "evenkeel diff -f shop";

/// The story's chance is the same each time: its secrets and versions have the ids that the documentation shows.
const SEED: u64 = 1;

/// How many times faster than real time the story runs, unless told otherwise.
const SPEED: u32 = 40;

/// Longer than the debounce of the manifests.
const A_MINUTE: Duration = Duration::from_mins(1);

pub(super) async fn demo(speed: Option<u32>, out: Out) -> Result<Exit, CliError> {
    world::refuse_leaky_variables()?;
    let story = Story::begin(speed.unwrap_or(SPEED), out).await?;
    story.apply_from_nothing().await;
    story.be_quiet().await;
    story.rotate().await?;
    story.fail().await;
    story.mend().await;
    let exit = story.be_quiet().await;
    Out::data("\n");
    story.tell("That is all of it. On your own account, begin with `evenkeel diff` (see the README).");
    Ok(exit)
}

struct Story {
    sandbox: Sandbox,
    aws: Aws,
    clock: Clock,
    out: Out,
}

impl Story {
    async fn begin(speed: u32, out: Out) -> Result<Self, CliError> {
        let clock = Clock::starting_at(world::now(), speed);
        let world = World::new(sandbox::ACCOUNT, sandbox::REGION, SEED, Millis(clock.now().as_millis()));
        let sandbox = Sandbox::new(world, sandbox::clock_of(clock));
        sandbox::furnish(&sandbox, &shop(IMAGES[0]))?;
        let stand_in = Some(SharedHttpClient::new(sandbox.http_client()));
        let settings = Settings {
            clock,
            scale: 0.0,
            // In real time, however fast the story runs.
            answer_within: ANSWER_WITHIN * speed.max(1),
            bulk_roles: true,
            installation: Installation::new("default"),
            region: Some(sandbox::REGION.to_owned()),
            values: std::sync::Arc::new(crate::values::Vault::default()),
            stand_in,
        };
        let aws = Aws::connect(settings).await.map_err(CliError::Connect)?;
        let story = Self { sandbox, aws, clock, out };
        story.tell(
            "evenkeel keeps secrets, execution roles, task definitions and services of Amazon ECS as Git says. This is a \
             sandbox: real requests of the AWS SDK, no account behind them, time that runs faster.",
        );
        story.tell(
            "The shop, in deploy/examples, has a web service and a worker. Both read the password of one database, whose \
             secret someone else owns and rotates.",
        );
        Ok(story)
    }

    async fn apply_from_nothing(&self) {
        self.chapter(1, "Apply the shop to an empty account", &format!("cd deploy/examples && {APPLY}"));
        self.apply(&shop(IMAGES[0])).await;
        self.follow(&shop(IMAGES[0])).await;
        self.tell("Nobody wrote the roles' permissions: they follow from the task definitions, to the letter.");
    }

    async fn be_quiet(&self) -> Exit {
        let desired = shop(if self.is_mended().await { IMAGES[2] } else { IMAGES[0] });
        self.command(DIFF);
        self.diff(&desired).await
    }

    async fn rotate(&self) -> Result<(), CliError> {
        self.chapter(2, "The database's password is rotated, by someone else", "");
        let Some(name) = Name::parse("shop-db") else { return Ok(()) };
        let keys = ["username", "password"].map(str::to_owned).into();
        let body = json!({
            "SecretId": "shop/db",
            "SecretString": made_up(&keys, 2),
            "ClientRequestToken": token(&name, 2),
        });
        call(&self.sandbox, Service::SecretsManager, "PutSecretValue", "shop/db", &body)?;
        self.tell("ECS reads a secret only when a container starts: the running tasks still have the old password.");
        self.tell("A minute later:");
        self.clock.sleep(A_MINUTE).await;
        let desired = shop(IMAGES[0]);
        self.command(DIFF);
        self.diff(&desired).await;
        self.tell("A new version is a difference like any other: exactly the readers of this secret are redeployed.");
        self.command(APPLY);
        self.apply(&desired).await;
        self.follow(&desired).await;
        self.show_versions();
        Ok(())
    }

    async fn fail(&self) {
        self.chapter(3, "Someone merges a release that crashes", &format!("git merge shop-2.1.0 && {APPLY}"));
        let breaks = Behaviour::exiting(1, Duration::from_secs(5));
        self.sandbox.with_world(|world| world.surroundings.images.set(&image(IMAGES[1]), breaks));
        let desired = shop(IMAGES[1]);
        self.apply(&desired).await;
        self.follow(&desired).await;
        self.tell("ECS has rolled back. A controller that only compares would deploy it again, for ever.");
        self.command("evenkeel apply -f shop --yes");
        self.apply(&desired).await;
        self.tell("It is held, with the reason, until the manifest changes or a person says so. Why, and what to do:");
        self.command("evenkeel explain -f shop Service/web");
        self.explain(&desired, "Service/web").await;
    }

    async fn mend(&self) {
        self.chapter(4, "The next release mends it", &format!("git merge shop-2.1.1 && {APPLY}"));
        let desired = shop(IMAGES[2]);
        self.apply(&desired).await;
        self.follow(&desired).await;
    }

    async fn is_mended(&self) -> bool {
        let desired = shop(IMAGES[2]);
        let observed = self.aws.observe(&desired).await;
        crate::plan::plan(&desired, &observed).is_empty()
    }

    async fn diff(&self, desired: &Desired) -> Exit {
        let before: u64 = self.aws.calls().values().sum();
        let observed = self.aws.observe(desired).await;
        let calls = self.aws.calls().values().sum::<u64>() - before;
        let plan = crate::plan::plan(desired, &observed);
        let summary = Summary::of(desired, &plan);
        Out::data(&text::plan(&plan, &summary, &observed.scope, self.out.style));
        if plan.is_empty() && plan.held().is_empty() {
            let style = self.out.style;
            let line = format!("no differences: {} ({calls} calls)", quiet(desired));
            Out::data(&format!("{}\n", style.good(line)));
            return Exit::Yes;
        }
        Exit::No
    }

    async fn explain(&self, desired: &Desired, what: &str) {
        let Some(what) = ResourceId::parse(what) else { return };
        let (report, now) = status::report_on(&self.aws, desired, std::slice::from_ref(&what)).await;
        if let Some(status) = report.find(&what) {
            Out::data(&crate::render::explain::explain(&report, status, now, self.out.style));
        }
    }

    async fn apply(&self, desired: &Desired) {
        Run::new(desired, &self.aws, Format::Text, Ask::Never, self.out).passes(&Stop::default()).await;
    }

    async fn follow(&self, desired: &Desired) {
        let mut follower = Follower::new(desired, &self.aws, self.out);
        let ended = follower.round(&Until::default(), &BTreeSet::new(), &Stop::default()).await;
        if ended.is_some() {
            follower.leave();
            follower.say(|_| true);
        }
    }

    /// What the sandbox knows and ECS never says: which version each task got.
    fn show_versions(&self) {
        let tasks = self.sandbox.with_world(|world| {
            let of = |service: &str| {
                world
                    .ecs
                    .tasks_of("shop", service)
                    .into_iter()
                    .filter(|task| task.stop.is_none())
                    .filter_map(|task| task.secret_version("DB_PASSWORD").map(str::to_owned))
                    .collect::<BTreeSet<_>>()
            };
            [("web", of("shop-web")), ("worker", of("shop-worker"))]
        });
        let style = self.out.style;
        for (service, versions) in tasks {
            let short: Vec<String> =
                versions.iter().map(|version| version.chars().take(8).collect::<String>() + "…").collect();
            Out::data(&format!("  {:<8} its tasks run with version {}\n", service, style.good(short.join(", "))));
        }
    }

    fn chapter(&self, number: u32, title: &str, command: &str) {
        let style = self.out.style;
        Out::data(&format!("\n{}\n", style.bold(format!("── {number}  {title} ──"))));
        if !command.is_empty() {
            self.command(command);
        }
    }

    fn command(&self, command: &str) {
        Out::data(&format!("\n{} {}\n", self.out.style.dim("❯"), self.out.style.bold(command)));
    }

    fn tell(&self, text: &str) {
        for line in told::sentences(text, self.out.style) {
            Out::data(&format!("{}\n", self.out.style.calm(line)));
        }
    }
}

/// The shop's manifests, with one image of the web service.
fn shop(web: &str) -> Desired {
    let file = |(name, text): (&str, &str)| SourceFile { name: name.to_owned(), text: text.replace(IMAGES[0], web) };
    let loaded = load(Installation::new("default"), &SHOP.map(file));
    debug_assert!(!loaded.checked.has_errors(), "the sample application has errors");
    loaded.desired
}

fn image(tag: &str) -> String {
    format!("{}.dkr.ecr.{}.amazonaws.com/{tag}", sandbox::ACCOUNT, sandbox::REGION)
}
