//! A task-definition revision: its content, with everything that points elsewhere taken out and named.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::arn::Arn;
use super::document::{Document, scalar};
use super::id::VersionId;
use super::path::Path;
use super::rules::TASK_DEFINITION;
use super::secret_source::{Place, SecretSource, Slot, VERSIONS_LABEL, read_label, write_label};
use super::tags::Digest;

/// A revision in canonical form, generic in how it names secrets and roles: `Ref<Arn>` as planned, `Arn` as observed
/// and as sent. An unresolved reference cannot reach AWS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision<R> {
    /// Everything that RegisterTaskDefinition takes, less family, tags, execution role and secrets.
    pub content: Document,
    /// The role with which ECS starts the tasks.
    pub execution_role: Option<R>,
    /// The secrets, by place.
    pub secrets: BTreeMap<Slot, SecretSource<R>>,
}

impl<R> Revision<R> {
    /// Replaces the references.
    ///
    /// # Errors
    /// Those of `f`.
    pub fn try_map<S, E>(&self, f: impl Fn(&R) -> Result<S, E>) -> Result<Revision<S>, E> {
        let secrets = self.secrets.iter().map(|(slot, source)| Ok((slot.clone(), source.try_map(&f)?)));
        Ok(Revision {
            content: self.content.clone(),
            execution_role: self.execution_role.as_ref().map(&f).transpose()?,
            secrets: secrets.collect::<Result<_, E>>()?,
        })
    }

    /// The containers, by name.
    pub fn containers(&self) -> impl Iterator<Item = Container<'_>> {
        let list = self.content.member("containerDefinitions").and_then(Value::as_array);
        list.into_iter().flatten().map(Container)
    }

    /// Digest of the versions of secrets that it was made for, by place; absent where it says none.
    pub fn versions(&self) -> Option<Digest> {
        let versions = self.secrets.iter().filter_map(|(slot, source)| Some((slot, source.version()?)));
        let versions: Vec<(&Slot, &VersionId)> = versions.collect();
        (!versions.is_empty()).then(|| Digest::of(&versions))
    }

    /// The ARNs of the credentials of FSx for Windows File Server, one for each volume of it, with where they stand.
    pub fn file_server_credentials(&self) -> impl Iterator<Item = (Path, &str)> {
        let volumes = self.content.member("volumes").and_then(Value::as_array);
        let pointer = "/fsxWindowsFileServerVolumeConfiguration/authorizationConfig/credentialsParameter";
        volumes.into_iter().flatten().filter_map(move |volume| {
            let at = Path::of("volumes").element(&volume.get("name").map(scalar).unwrap_or_default());
            let at = pointer.split('/').skip(1).fold(at, |at, member| at.member(member));
            Some((at, volume.pointer(pointer)?.as_str()?))
        })
    }
}

impl<R: Clone + Eq> Revision<R> {
    /// This revision with the secrets of another, in those of the slots where both read the same one in the same way.
    /// Which secrets are the same is for the caller to say.
    #[must_use]
    pub fn with_versions_of(&self, other: &Self, same: impl Fn(&Slot, &R, &R) -> bool) -> Self {
        let mut revision = self.clone();
        for (slot, source) in &mut revision.secrets {
            let (Some(theirs), SecretSource::Secret { arn, key, stage, version }) = (other.secrets.get(slot), &*source)
            else {
                continue;
            };
            if let SecretSource::Secret { arn: their_arn, key: their_key, stage: their_stage, version: their_version } =
                theirs
                && (key, stage) == (their_key, their_stage)
                && std::mem::discriminant(version) == std::mem::discriminant(their_version)
                && same(slot, arn, their_arn)
            {
                *source = theirs.clone();
            }
        }
        revision
    }
}

impl Revision<Arn> {
    /// Reads a revision as ECS describes it.
    pub fn read(mut content: Value, execution_role: Option<Arn>) -> Self {
        let secrets = take_secrets(&mut content);
        tidy(&mut content);
        Self { content: Document::new(content, &TASK_DEFINITION), execution_role, secrets }
    }

    /// The content that a manifest writes, less its secrets: a default that is written is also sent.
    pub fn written(mut content: Value) -> Document {
        take_secrets(&mut content);
        let written = content.clone();
        tidy(&mut content);
        Document::new(content, &TASK_DEFINITION).as_written(written)
    }

    /// The content as ECS takes it, with the secrets and their label in place.
    pub fn write(&self) -> Value {
        let mut content = self.content.to_send();
        for container in containers_mut(&mut content) {
            let name = container.get("name").map(scalar).unwrap_or_default();
            if let Some(label) = write_label(&self.secrets, &name) {
                within(container, "dockerLabels", |labels| {
                    labels.insert(VERSIONS_LABEL.to_owned(), label.into());
                });
            }
            for (slot, source) in self.secrets.iter().filter(|(slot, _)| slot.container == name) {
                let value_from = source.to_string();
                match &slot.place {
                    Place::Environment(name) => append(container, "secrets", name, &value_from),
                    Place::LogOption(name) => {
                        within(container, "logConfiguration", |log| append(log, "secretOptions", name, &value_from));
                    }
                    Place::Registry => {
                        container.insert("repositoryCredentials".into(), json!({"credentialsParameter": value_from}));
                    }
                }
            }
        }
        content
    }
}

/// One container of a revision.
#[derive(Clone, Copy)]
pub struct Container<'a>(&'a Value);

impl<'a> Container<'a> {
    /// The name, unique in the revision.
    pub fn name(self) -> &'a str {
        self.text("name").unwrap_or_default()
    }

    /// Where it stands.
    pub fn path(self) -> Path {
        Path::of("containerDefinitions").element(self.name())
    }

    /// The image as written.
    pub fn image(self) -> &'a str {
        self.text("image").unwrap_or_default()
    }

    /// How it logs.
    pub fn log_configuration(self) -> Option<&'a Value> {
        self.0.get("logConfiguration")
    }

    /// The ARNs of the environment files in S3.
    pub fn environment_files(self) -> impl Iterator<Item = &'a str> {
        let files = self.0.get("environmentFiles").and_then(Value::as_array);
        files.into_iter().flatten().filter_map(|file| file.get("value")?.as_str())
    }

    /// The ARN of the file in S3 that configures a log router.
    pub fn router_file(self) -> Option<&'a str> {
        let options = self.0.get("firelensConfiguration")?.get("options")?;
        let option = |name: &str| options.get(name)?.as_str();
        option("config-file-value").filter(|_| option("config-file-type") == Some("s3"))
    }

    /// What the container's group managed service account is described by, and the member that says it: of the two the agent
    /// prefers `credentialSpecs`, and of a list it takes the first (`getCredentialSpec` in the ECS agent).
    pub fn credential_spec(self) -> Option<(&'static str, &'a str)> {
        ["credentialSpecs", "dockerSecurityOptions"].into_iter().find_map(|member| {
            let texts = self.0.get(member)?.as_array()?.iter().filter_map(Value::as_str);
            Some((member, texts.into_iter().find(|text| text.starts_with("credentialspec"))?))
        })
    }

    fn text(self, member: &str) -> Option<&'a str> {
        self.0.get(member)?.as_str()
    }
}

/// What the tables cannot say: rules that look at two members at once, and units.
fn tidy(content: &mut Value) {
    let mode = content.get("networkMode").and_then(Value::as_str).map(str::to_owned);
    let own_network = matches!(mode.as_deref(), Some("awsvpc" | "host"));
    for size in ["cpu", "memory"] {
        if let Some(value) = content.get_mut(size)
            && let Some(number) = units(&scalar(value), size)
        {
            *value = number.into();
        }
    }
    tidy_platform(content);
    let properties = content.get_mut("proxyConfiguration").and_then(|proxy| proxy.get_mut("properties"));
    for property in properties.and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut) {
        property.entry("value").or_insert_with(|| "".into());
    }
    for container in containers_mut(content) {
        for port in elements(container, "portMappings") {
            if own_network && port.get("hostPort") == port.get("containerPort") {
                port.remove("hostPort");
            }
        }
        for requirement in elements(container, "resourceRequirements") {
            if requirement.get("value").is_some_and(|value| value == "") {
                requirement.remove("value");
            }
        }
        for variable in elements(container, "environment") {
            variable.entry("value").or_insert_with(|| "".into());
        }
    }
}

/// What Fargate runs on when nothing is said. An EC2 instance that is not asked for may be of any kind.
fn tidy_platform(content: &mut Value) {
    let kinds = content.get("requiresCompatibilities").and_then(Value::as_array);
    if !kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "FARGATE")) {
        return;
    }
    let usual = [("cpuArchitecture", "X86_64"), ("operatingSystemFamily", "LINUX")];
    let is_usual = |platform: &Map<String, Value>| {
        platform.iter().all(|(name, value)| usual.iter().any(|(member, usual)| name == member && value == usual))
    };
    if content.get("runtimePlatform").and_then(Value::as_object).is_some_and(is_usual)
        && let Some(members) = content.as_object_mut()
    {
        members.remove("runtimePlatform");
    }
}

/// `1 vCPU` is 1024 CPU units, `0.5 GB` is 512 MiB: ECS turns them into numbers at registration. `0256` is `256`.
fn units(text: &str, size: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let unit = if size == "cpu" { "vcpu" } else { "gb" };
    match lower.strip_suffix(unit) {
        Some(number) => number.trim().parse().ok().map(|number: f64| format!("{:.0}", number * 1024.0)),
        None => lower.trim().parse().ok().map(|number: u64| number.to_string()),
    }
}

fn take_secrets(content: &mut Value) -> BTreeMap<Slot, SecretSource<Arn>> {
    let mut secrets = BTreeMap::new();
    for container in containers_mut(content) {
        let name = container.get("name").map(scalar).unwrap_or_default();
        let label = take_label(container);
        take_sources(container, |place, value_from| {
            let slot = Slot { container: name.clone(), place };
            let recorded = read_label(label.as_deref(), &slot);
            let text = value_from.map(scalar).unwrap_or_default();
            secrets.insert(slot, SecretSource::parse(&text, recorded));
        });
    }
    secrets
}

/// Takes every place that names a secret out of a container, with what names it there.
pub fn take_sources(container: &mut Map<String, Value>, mut keep: impl FnMut(Place, Option<&Value>)) {
    for entry in list(container.remove("secrets")) {
        keep(Place::Environment(entry.get("name").map(scalar).unwrap_or_default()), entry.get("valueFrom"));
    }
    if let Some(Value::Object(log)) = container.get_mut("logConfiguration") {
        for entry in list(log.remove("secretOptions")) {
            keep(Place::LogOption(entry.get("name").map(scalar).unwrap_or_default()), entry.get("valueFrom"));
        }
    }
    if let Some(credentials) = container.remove("repositoryCredentials") {
        keep(Place::Registry, credentials.get("credentialsParameter"));
    }
}

fn take_label(container: &mut Map<String, Value>) -> Option<String> {
    let labels = container.get_mut("dockerLabels")?.as_object_mut()?;
    labels.remove(VERSIONS_LABEL).as_ref().map(scalar)
}

fn containers_mut(content: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let list = content.get_mut("containerDefinitions").and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}

fn elements<'a>(
    container: &'a mut Map<String, Value>,
    name: &str,
) -> impl Iterator<Item = &'a mut Map<String, Value>> + use<'a> {
    let list = container.get_mut(name).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}

fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    }
}

fn within(map: &mut Map<String, Value>, name: &str, edit: impl FnOnce(&mut Map<String, Value>)) {
    let mut inner = match map.remove(name) {
        Some(Value::Object(inner)) => inner,
        _ => Map::new(),
    };
    edit(&mut inner);
    map.insert(name.to_owned(), Value::Object(inner));
}

fn append(map: &mut Map<String, Value>, list: &str, name: &str, value_from: &str) {
    if let Value::Array(list) = map.entry(list).or_insert_with(|| json!([])) {
        list.push(json!({"name": name, "valueFrom": value_from}));
    }
}
