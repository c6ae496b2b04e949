//! One look at everything that the manifests name: bulk where that is enough, exact where it matters, all at once where
//! nothing depends on anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc as Shared;

use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::sync::OnceCell;

use super::in_use::InUse;
use super::{Aws, Look, lock, patience};
use crate::cloud::{Inspect as _, Observe};
use crate::model::arn::Arn;
use crate::model::desired::Desired;
use crate::model::id::{Family, KeyId, Name, SecretName};
use crate::model::inventory::{Remnant, Uses};
use crate::model::observed::{Observed, Seen};
use crate::model::secret::ObservedSecret;
use crate::model::secret_policy::ResourcePolicy;
use crate::model::secret_version::SecretVersion;
use crate::model::service::ServiceDeployment;
use crate::model::tags::Digest;
use crate::model::task::Task;
use crate::model::task_definition::ObservedRevision;
use crate::model::time::Timestamp;
use crate::plan::question::Question;
use crate::plan::{STALE, questions};

/// Reads under way at once; the token buckets decide how fast they go.
const AT_ONCE: usize = 32;

/// The planner's questions lead to others at most this often: existing revision, history, revisions of the history, tasks; and
/// the thing that nobody wants, who uses it, what could be started.
const ROUNDS: usize = 6;

impl Observe for Aws {
    async fn sweep(&self, desired: &Desired, exactly: &BTreeSet<Name>) -> Observed {
        Self { exactly: Shared::new(exactly.clone()), ..self.with_look(Look::Sweep) }.observe(desired).await
    }

    async fn observe(&self, desired: &Desired) -> Observed {
        if self.brief { patience::briefly(self.see(desired)).await } else { self.see(desired).await }
    }
}

impl Aws {
    async fn see(&self, desired: &Desired) -> Observed {
        let before: u64 = self.meter.calls().values().sum();
        let mut observed = Observed::nothing(self.clock.now(), self.scope.clone());
        let (secrets, roles, services, inventory) = tokio::join!(
            self.read_secrets(desired),
            self.read_roles(desired),
            self.read_services(desired),
            self.inventory(desired)
        );
        observed.secrets = secrets;
        observed.roles = roles;
        observed.services = services;
        observed.inventory = inventory;
        observed.written = self.recent_writes(observed.at);
        let running =
            observed.services.values().filter_map(Seen::present).map(|service| service.task_definition.clone());
        let running = running.collect();
        self.read_revisions(&mut observed, running, true).await;
        let mut asked = BTreeSet::new();
        let in_use = OnceCell::new();
        for _ in 0..ROUNDS {
            let questions: Vec<Question> =
                questions(desired, &observed).into_iter().filter(|q| asked.insert(q.clone())).collect();
            if questions.is_empty() {
                break;
            }
            self.answer(desired, &mut observed, &in_use, questions).await;
        }
        self.remember_inventory(&observed);
        let Observed { secrets, roles, services, revisions, .. } = &observed;
        let calls = self.meter.calls().values().sum::<u64>() - before;
        let milliseconds = u64::try_from(self.clock.now().since(observed.at).as_millis()).unwrap_or(u64::MAX);
        tracing::info!(
            secrets = secrets.len(),
            roles = roles.len(),
            services = services.len(),
            revisions = revisions.len(),
            calls,
            milliseconds,
            "looked"
        );
        observed
    }
}

/// The answer to a question, ready to be put in its place.
enum Answer {
    Secret(Name, Seen<ObservedSecret>),
    VersionDate(Name, Seen<Timestamp>),
    Versions(Name, Seen<Vec<SecretVersion>>),
    ResourcePolicy(Name, Seen<ResourcePolicy>),
    KeyOfCopy(Arn, Seen<Option<KeyId>>),
    InUse(Name, Seen<BTreeSet<Arn>>),
    Newest(Name, Seen<(Arn, ObservedRevision)>),
    History(Name, Seen<Vec<ServiceDeployment>>),
    StoppedTasks(Name, Seen<Vec<Task>>),
    Remnant(Arn, Seen<Remnant>),
    Active(Family, Seen<BTreeMap<Arn, Seen<ObservedRevision>>>),
    Uses(Seen<Uses>),
    Startable(Seen<BTreeSet<Arn>>),
}

impl Aws {
    async fn answer(
        &self,
        desired: &Desired,
        observed: &mut Observed,
        in_use: &OnceCell<InUse>,
        questions: Vec<Question>,
    ) {
        let seen: &Observed = observed;
        let asked = questions.into_iter().map(|question| self.ask(desired, seen, in_use, question)).collect();
        let answers: Vec<Option<Answer>> = all(asked).await;
        let mut needed = BTreeSet::new();
        for answer in answers.into_iter().flatten() {
            match answer {
                Answer::Secret(name, secret) => drop(observed.secrets.insert(name, secret)),
                Answer::VersionDate(name, date) => drop(observed.version_dates.insert(name, date)),
                Answer::Versions(name, versions) => drop(observed.versions.insert(name, versions)),
                Answer::ResourcePolicy(name, policy) => drop(observed.resource_policies.insert(name, policy)),
                Answer::KeyOfCopy(copy, key) => drop(observed.keys_of_copies.insert(copy, key)),
                Answer::InUse(name, revisions) => {
                    needed.extend(revisions.present().into_iter().flatten().cloned());
                    observed.in_use.insert(name, revisions);
                }
                Answer::Newest(name, newest) => {
                    let arn = match newest {
                        Seen::Present((arn, revision)) => {
                            observed.revisions.insert(arn.clone(), Seen::Present(revision));
                            Seen::Present(arn)
                        }
                        Seen::Absent => Seen::Absent,
                        Seen::Unreadable(why) => Seen::Unreadable(why),
                    };
                    observed.newest.insert(name, arn);
                }
                Answer::History(name, history) => {
                    let revisions =
                        history.present().into_iter().flatten().map(|deployment| deployment.task_definition.clone());
                    needed.extend(revisions);
                    observed.histories.insert(name, history);
                }
                Answer::StoppedTasks(name, tasks) => drop(observed.stopped_tasks.insert(name, tasks)),
                Answer::Remnant(arn, remnant) => drop(observed.remnants.insert(arn, remnant)),
                Answer::Active(family, Seen::Present(revisions)) => {
                    observed.active.insert(family, Seen::Present(revisions.keys().cloned().collect()));
                    observed.revisions.extend(revisions);
                }
                Answer::Active(family, Seen::Absent) => drop(observed.active.insert(family, Seen::Absent)),
                Answer::Active(family, Seen::Unreadable(why)) => {
                    observed.active.insert(family, Seen::Unreadable(why));
                }
                Answer::Uses(uses) => observed.uses = Some(uses),
                Answer::Startable(startable) => {
                    needed.extend(startable.present().into_iter().flatten().cloned());
                    observed.startable = Some(startable);
                }
            }
        }
        self.read_revisions(observed, needed, false).await;
    }

    async fn ask(
        &self,
        desired: &Desired,
        observed: &Observed,
        in_use: &OnceCell<InUse>,
        question: Question,
    ) -> Option<Answer> {
        Some(match question {
            Question::ExactSecret(name) => {
                let secret = self.describe_secret(&desired.secrets.get(&name)?.secret_name).await;
                Answer::Secret(name, secret)
            }
            Question::VersionDate(name) => {
                let date = self.current_version_date(observed.secrets.get(&name)?.present()?).await;
                Answer::VersionDate(name, date)
            }
            Question::Versions(name) => {
                let versions = self.versions(observed.secrets.get(&name)?.present()?).await;
                Answer::Versions(name, versions)
            }
            Question::ResourcePolicy(name) => {
                let policy = self.resource_policy(&observed.secrets.get(&name)?.present()?.arn).await;
                Answer::ResourcePolicy(name, policy)
            }
            Question::KeyOfCopy(copy) => {
                let key = match self.describe_secret(&SecretName::new(copy.as_str())).await {
                    Seen::Present(copy) => Seen::Present(copy.kms_key_id),
                    Seen::Absent => Seen::Absent,
                    Seen::Unreadable(why) => Seen::Unreadable(why),
                };
                Answer::KeyOfCopy(copy, key)
            }
            Question::InUse(name) => {
                let role = observed.roles.get(&name)?.present()?;
                let revisions = match in_use.get_or_init(|| self.in_use(desired)).await {
                    Ok(by_role) => Seen::Present(by_role.get(&role.arn).cloned().unwrap_or_default()),
                    Err(why) => Seen::Unreadable(why.clone()),
                };
                Answer::InUse(name, revisions)
            }
            Question::Newest(name) => {
                let newest = self.newest_revision(&desired.task_definitions.get(&name)?.family).await;
                Answer::Newest(name, newest)
            }
            Question::History(name) => {
                let cluster = &desired.services.get(&name)?.cluster;
                let history = self.deployment_history(cluster, observed.services.get(&name)?.present()?).await;
                Answer::History(name, history)
            }
            Question::StoppedTasks(name) => {
                let cluster = &desired.services.get(&name)?.cluster;
                let tasks = self.stopped_tasks(cluster, observed.services.get(&name)?.present()?).await;
                Answer::StoppedTasks(name, tasks)
            }
            Question::Remnant(arn) => {
                let remnant = self.remnant(&arn).await;
                Answer::Remnant(arn, remnant)
            }
            Question::Active(family) => {
                let active = self.active(&family).await;
                Answer::Active(family, active)
            }
            Question::Uses(families) => Answer::Uses(self.uses(desired, observed, &families).await),
            Question::Startable => Answer::Startable(self.startable(desired, observed).await),
        })
    }

    /// Reads those of the revisions that are not known yet. Of those that services run, tags may be managed: an exact look
    /// looks `closely`.
    async fn read_revisions(&self, observed: &mut Observed, arns: BTreeSet<Arn>, closely: bool) {
        let missing = arns.into_iter().filter(|arn| !observed.revisions.contains_key(arn));
        let reads = missing.map(|arn| async move {
            let revision = self.revision(&arn, closely).await;
            (arn, revision)
        });
        let read = all(reads.collect()).await;
        observed.revisions.extend(read);
    }

    fn recent_writes(&self, now: Timestamp) -> BTreeMap<Digest, Timestamp> {
        let mut written = lock(&self.memory.written);
        written.retain(|_, at| *at + STALE > now);
        written.clone()
    }

    pub(super) fn is_sweep(&self) -> bool {
        self.look == Look::Sweep
    }
}

/// Runs reads that do not depend on each other, a bounded number at once.
pub(super) async fn all<F: Future>(reads: Vec<F>) -> Vec<F::Output> {
    stream::iter(reads).buffer_unordered(AT_ONCE).collect().await
}
