//! One call, in the protocol of its service, and what each side calls the things that it names itself.

use std::fmt;

use evenkeel::sandbox::Service;
use serde_json::Value;

use super::ACCOUNT;

/// One call.
#[derive(Clone)]
pub(in super::super) struct Move {
    pub(in super::super) service: Service,
    pub(in super::super) operation: &'static str,
    pub(in super::super) input: Value,
    /// The members of the answer to compare; none: all.
    pub(in super::super) shown: &'static [&'static str],
    /// What in the answer is a name for later, `<so>`: name, and JSON pointer.
    kept: Option<(&'static str, &'static str)>,
}

/// How a service is spoken to.
enum Protocol {
    /// What stands before the operation, and the version of the protocol.
    Json(&'static str, &'static str),
    /// The version of the API.
    Form(&'static str),
}

impl Move {
    pub(in super::super) fn new(service: Service, operation: &'static str, input: Value) -> Self {
        Self { service, operation, input, shown: &[], kept: None }
    }

    pub(super) fn showing(self, shown: &'static [&'static str]) -> Self {
        Self { shown, ..self }
    }

    /// Calls what stands there in the answer `<name>` from then on, on each side.
    pub(super) fn keeping(self, name: &'static str, pointer: &'static str) -> Self {
        Self { kept: Some((name, pointer)), ..self }
    }

    /// The input of an account, in which things have these names.
    pub(in super::super) fn input_in(&self, account: &str, names: &Names) -> Value {
        let text = names.told(&self.input.to_string().replace(ACCOUNT, account));
        serde_json::from_str(&text).unwrap()
    }

    /// As the service wants it: JSON, or a form.
    pub(in super::super) fn body_in(&self, account: &str, names: &Names) -> String {
        let input = self.input_in(account, names);
        let Protocol::Form(version) = self.protocol() else { return input.to_string() };
        let encoded =
            |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let fields = input.as_object().into_iter().flatten();
        let fields = fields.map(|(name, value)| format!("&{name}={}", encoded(value.as_str().unwrap_or_default())));
        format!("Action={}&Version={version}{}", self.operation, fields.collect::<String>())
    }

    /// The headers that say which operation is meant.
    pub(in super::super) fn headers(&self) -> String {
        match self.protocol() {
            Protocol::Form(_) => "content-type: application/x-www-form-urlencoded".to_owned(),
            Protocol::Json(target, version) => {
                format!("content-type: application/x-amz-json-{version}\r\nx-amz-target: {target}.{}", self.operation)
            }
        }
    }

    fn protocol(&self) -> Protocol {
        match self.service {
            Service::SecretsManager => Protocol::Json("secretsmanager", "1.1"),
            Service::Ecs => Protocol::Json("AmazonEC2ContainerServiceV20141113", "1.1"),
            Service::Kms => Protocol::Json("TrentService", "1.1"),
            Service::Sqs => Protocol::Json("AmazonSQS", "1.0"),
            Service::Events => Protocol::Json("AWSEvents", "1.1"),
            Service::Tagging => Protocol::Json("ResourceGroupsTaggingAPI_20170126", "1.1"),
            Service::Ssm => Protocol::Json("AmazonSSM", "1.1"),
            Service::Logs => Protocol::Json("Logs_20140328", "1.1"),
            Service::Ecr => Protocol::Json("AmazonEC2ContainerRegistry_V20150921", "1.1"),
            Service::Iam => Protocol::Form("2010-05-08"),
            Service::Sts => Protocol::Form("2011-06-15"),
            Service::Ec2 => Protocol::Form("2016-11-15"),
        }
    }
}

/// One line of a report, from which a person can make the call.
impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.service.signing_name(), self.operation, self.input)?;
        self.kept.map_or(Ok(()), |(name, pointer)| write!(f, " whose {pointer} is <{name}>"))
    }
}

/// What a side calls things, in the order in which it named them.
#[derive(Clone, Default)]
pub(in super::super) struct Names(Vec<(&'static str, String)>);

impl Names {
    /// Remembers what an answer calls the thing.
    pub(in super::super) fn learn(&mut self, step: &Move, answer: &Value) {
        let found = step.kept.and_then(|(name, pointer)| Some((name, answer.pointer(pointer)?.as_str()?.to_owned())));
        self.0.extend(found);
    }

    /// With the side's own names: of what was named so twice, the later one.
    fn told(&self, text: &str) -> String {
        self.0.iter().rev().fold(text.to_owned(), |text, (name, own)| text.replace(&format!("<{name}>"), own))
    }

    /// With the names that both sides share.
    pub(in super::super) fn shared(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, own)| text.replace(own, &format!("<{name}>")))
    }
}
