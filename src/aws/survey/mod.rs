//! Answers the questions of a preflight: reads alone, one call or two a question.

mod around;
mod iam;
mod members;
mod network;
mod secrets;

use std::collections::BTreeSet;

use super::Aws;
use super::look::all;
use crate::cloud::Survey;
use crate::model::survey::{Answer, Question};

/// One survey.
struct Surveyor<'a> {
    aws: &'a Aws,
}

impl Survey for Aws {
    async fn survey(&self, asked: &BTreeSet<Question>) -> Vec<(Question, Answer)> {
        let surveyor = Surveyor { aws: self };
        let answers = asked.iter().map(|question| async {
            let answer = surveyor.answer(question).await;
            (question.clone(), answer)
        });
        all(answers.collect()).await
    }
}

impl Surveyor<'_> {
    async fn answer(&self, question: &Question) -> Answer {
        match question {
            Question::Cluster(name) => Answer::Cluster(self.cluster(name).await),
            Question::Subnet(id) => Answer::Subnet(self.subnet(id).await),
            Question::Group(id) => Answer::Group(self.group(id).await),
            Question::Vpc(id) => Answer::Vpc(self.vpc(id).await),
            Question::Secret(id) => Answer::Secret(Box::new(self.aws.describe_secret(id).await)),
            Question::Versions(secret) => Answer::Versions(self.versions(secret).await),
            Question::ResourcePolicy(secret) => Answer::ResourcePolicy(self.aws.resource_policy(secret).await),
            Question::Content(reading) => Answer::Content(self.content(reading).await),
            Question::Parameter(name, region) => Answer::Parameter(self.parameter(name, region).await),
            Question::Key(id, region) => Answer::Key(self.key(id, region).await),
            Question::Role(arn) => Answer::Role(Box::new(self.role(arn).await)),
            Question::Permission(attempt) => Answer::Permission(self.permission(attempt).await),
            Question::Image(image) => Answer::Image(self.image(image).await),
            Question::Caches(region) => Answer::Caches(self.caches(region).await),
            Question::LogGroup(region, name) => Answer::LogGroup(self.log_group(region, name).await),
        }
    }
}
