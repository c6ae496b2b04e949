//! What people switch on in a sandbox from outside: AWS's rates, whose permissions count, how late answers and events are.
//!
//! A state file keeps them. What each means stands where it is modelled; here are only their names and values.
//!
//! Ledger: W11.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::world::World;

/// Every condition for people: its name, its values with the usual one first, and what it is.
pub const CONDITIONS: [[&str; 3]; 9] = [
    ["throttling", "off|on", "AWS's published request rates are enforced"],
    ["caller", "nobody|ROLE", "the role that every call comes from: its permissions count, and the role must be there"],
    ["secrets-lag", "0|SECONDS", "how old ListSecrets is; on AWS up to five minutes"],
    ["iam-lag", "0|SECONDS", "how long roles are judged by the permissions that they had before"],
    ["services-lag", "0|SECONDS", "how old DescribeServices and ListServices are"],
    ["events-delay", "500|MILLISECONDS", "how long an event of EventBridge takes at least"],
    ["events-jitter", "0|MILLISECONDS", "how much longer some events take: they overtake each other"],
    ["events-duplicated", "0|PER-THOUSAND", "how many events come twice"],
    ["events-lost", "0|PER-THOUSAND", "how many events never come"],
];

/// One of them, with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Are AWS's request rates enforced?
    Throttling(bool),
    /// The role that calls come from; `None`: everyone may do everything.
    Caller(Option<String>),
    /// How old lists of secrets are.
    SecretsLag(Duration),
    /// How old the permissions of roles are.
    IamLag(Duration),
    /// How old descriptions of services are.
    ServicesLag(Duration),
    /// How long events take.
    EventsDelay(Duration),
    /// How much longer some take.
    EventsJitter(Duration),
    /// How many of a thousand events come twice.
    EventsDuplicated(u32),
    /// How many of a thousand events never come.
    EventsLost(u32),
}

/// Why a text is no condition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCondition {
    /// No condition has this name.
    #[error("there is no condition `{0}`; there are: {names}", names = CONDITIONS.map(|[name, ..]| name).join(", "))]
    Name(String),
    /// It has other values.
    #[error("`{name}` is {values}, not `{given}`")]
    Value {
        /// The condition.
        name: &'static str,
        /// What it may be.
        values: &'static str,
        /// What was given.
        given: String,
    },
}

impl Condition {
    /// Makes it so from now on.
    pub fn set(self, world: &mut World) {
        match self {
            Self::Throttling(on) => world.throttling = on,
            Self::Caller(role) => world.caller = role,
            Self::SecretsLag(lag) => world.secrets.set_list_lag(lag),
            Self::IamLag(lag) => world.iam.set_propagation_lag(lag),
            Self::ServicesLag(lag) => world.ecs.set_service_lag(lag),
            Self::EventsDelay(delay) => world.events.delivery.delay = delay,
            Self::EventsJitter(jitter) => world.events.delivery.jitter = jitter,
            Self::EventsDuplicated(share) => world.events.delivery.duplicated = share,
            Self::EventsLost(share) => world.events.delivery.lost = share,
        }
    }

    /// Those of a world that are not as usual.
    pub fn unusual(world: &World) -> Vec<Self> {
        let delivery = &world.events.delivery;
        let usual = super::events::Delivery::default();
        let all = [
            (Self::Throttling(world.throttling), world.throttling),
            (Self::Caller(world.caller.clone()), world.caller.is_some()),
            (Self::SecretsLag(world.secrets.list_lag()), !world.secrets.list_lag().is_zero()),
            (Self::IamLag(world.iam.propagation_lag()), !world.iam.propagation_lag().is_zero()),
            (Self::ServicesLag(world.ecs.service_lag()), !world.ecs.service_lag().is_zero()),
            (Self::EventsDelay(delivery.delay), delivery.delay != usual.delay),
            (Self::EventsJitter(delivery.jitter), delivery.jitter != usual.jitter),
            (Self::EventsDuplicated(delivery.duplicated), delivery.duplicated != usual.duplicated),
            (Self::EventsLost(delivery.lost), delivery.lost != usual.lost),
        ];
        all.into_iter().filter(|(_, is_unusual)| *is_unusual).map(|(condition, _)| condition).collect()
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Throttling(_) => "throttling",
            Self::Caller(_) => "caller",
            Self::SecretsLag(_) => "secrets-lag",
            Self::IamLag(_) => "iam-lag",
            Self::ServicesLag(_) => "services-lag",
            Self::EventsDelay(_) => "events-delay",
            Self::EventsJitter(_) => "events-jitter",
            Self::EventsDuplicated(_) => "events-duplicated",
            Self::EventsLost(_) => "events-lost",
        }
    }
}

impl FromStr for Condition {
    type Err = NoCondition;

    fn from_str(text: &str) -> Result<Self, NoCondition> {
        let (name, given) = text.split_once('=').unwrap_or((text, ""));
        let known = CONDITIONS.into_iter().find(|[known, ..]| *known == name);
        let [name, values, _] = known.ok_or_else(|| NoCondition::Name(name.to_owned()))?;
        let number = given.parse::<u32>().ok();
        let seconds = || number.map(|seconds| Duration::from_secs(seconds.into()));
        let milliseconds = || number.map(|milliseconds| Duration::from_millis(milliseconds.into()));
        let share = || number.filter(|share| *share <= 1000);
        let condition = match name {
            "throttling" => ["off", "on"].iter().position(|value| *value == given).map(|on| Self::Throttling(on == 1)),
            "caller" => (!given.is_empty()).then(|| Self::Caller((given != "nobody").then(|| given.to_owned()))),
            "secrets-lag" => seconds().map(Self::SecretsLag),
            "iam-lag" => seconds().map(Self::IamLag),
            "services-lag" => seconds().map(Self::ServicesLag),
            "events-delay" => milliseconds().map(Self::EventsDelay),
            "events-jitter" => milliseconds().map(Self::EventsJitter),
            "events-duplicated" => share().map(Self::EventsDuplicated),
            _ => share().map(Self::EventsLost),
        };
        condition.ok_or_else(|| NoCondition::Value { name, values, given: given.to_owned() })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.name())?;
        match self {
            Self::Throttling(on) => f.write_str(if *on { "on" } else { "off" }),
            Self::Caller(role) => f.write_str(role.as_deref().unwrap_or("nobody")),
            Self::SecretsLag(lag) | Self::IamLag(lag) | Self::ServicesLag(lag) => write!(f, "{}", lag.as_secs()),
            Self::EventsDelay(time) | Self::EventsJitter(time) => write!(f, "{}", time.as_millis()),
            Self::EventsDuplicated(share) | Self::EventsLost(share) => write!(f, "{share}"),
        }
    }
}
