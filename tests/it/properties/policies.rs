//! Policies: order, grouping and spelling mean nothing.

use evenkeel::model::policy::{Permission, Policy};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde::Serialize;
use serde_json::{Value, json};

proptest! {
    #![proptest_config(super::times(1))]

    #[test]
    fn order_and_grouping_of_statements_mean_nothing(statements in vec(statement(), 0..4), seed in any::<u64>()) {
        let plain = document(statements.iter().map(Statement::as_one));
        let apart = document(statements.iter().rev().flat_map(Statement::apart));
        let twice = document(statements.iter().chain(&statements).map(|statement| statement.otherwise(seed)));
        let policy = Policy::read(&plain);
        prop_assert_eq!(&Policy::read(&apart), &policy);
        prop_assert_eq!(&Policy::read(&twice), &policy);
        prop_assert!(policy.covers(&Policy::read(&apart)) && policy.without(&policy).is_empty());
    }

    #[test]
    fn a_permission_says_what_its_statement_says(statements in vec(statement(), 1..4)) {
        let policy = Policy::read(&document(statements.iter().map(Statement::as_one)));
        let written = document(policy.permissions().iter().map(Permission::to_statement));
        prop_assert_eq!(Policy::read(&written), policy);
    }
}

#[derive(Clone, Debug)]
struct Statement {
    effect: &'static str,
    actions: Vec<&'static str>,
    resources: Vec<&'static str>,
    principal: Option<&'static str>,
    condition: Option<(&'static str, Vec<&'static str>)>,
    negated: bool,
}

fn statement() -> impl Strategy<Value = Statement> {
    (
        select(vec!["Allow", "Deny"]),
        subsequence(vec!["s3:GetObject", "ecr:GetAuthorizationToken", "kms:Decrypt", "logs:*"], 1..=4),
        subsequence(vec!["*", "arn:aws:s3:::bucket/*", "arn:aws:kms:eu-west-1:1:key/1"], 1..=3),
        option::of(select(vec!["ecs-tasks.amazonaws.com", "lambda.amazonaws.com"])),
        option::of((select(vec!["aws:SourceAccount", "kms:ViaService"]), subsequence(vec!["1", "2", "3"], 1..=3))),
        any::<bool>(),
    )
        .prop_map(|(effect, actions, resources, principal, condition, negated)| Statement {
            effect,
            actions,
            resources,
            principal,
            condition,
            negated,
        })
}

impl Statement {
    fn with(&self, actions: impl Serialize, resources: impl Serialize, values: impl Serialize) -> Value {
        let mut statement = json!({"Effect": self.effect, "Resource": json!(resources)});
        statement[if self.negated { "NotAction" } else { "Action" }] = json!(actions);
        if let Some(principal) = self.principal {
            statement["Principal"] = json!({"Service": principal});
        }
        if let Some((key, _)) = &self.condition {
            statement["Condition"] = json!({"StringEquals": {*key: json!(values)}});
        }
        statement
    }

    fn values(&self) -> Vec<&'static str> {
        self.condition.iter().flat_map(|(_, values)| values.clone()).collect()
    }

    fn as_one(&self) -> Value {
        self.with(&self.actions, &self.resources, self.values())
    }

    /// One statement for each action and resource, each a text and no list. What is negated only means something whole.
    fn apart(&self) -> Vec<Value> {
        let pairs =
            self.actions.iter().flat_map(|action| self.resources.iter().map(move |resource| (*action, *resource)));
        if self.negated {
            return self.resources.iter().map(|r| self.with(&self.actions, r, self.values())).collect();
        }
        pairs.map(|(action, resource)| self.with(action, resource, self.values())).collect()
    }

    /// Backwards, and actions in another case.
    fn otherwise(&self, seed: u64) -> Value {
        let recased =
            |action: &&str| if seed.is_multiple_of(2) { action.to_uppercase() } else { action.to_lowercase() };
        // What is negated is kept as one text, whose case IAM ignores too: but that is not looked into.
        let same = |action: &&str| (*action).to_owned();
        let backwards = self.actions.iter().rev();
        let actions: Vec<String> =
            if self.negated { backwards.map(same).collect() } else { backwards.map(recased).collect() };
        let (resources, values): (Vec<_>, Vec<_>) =
            (self.resources.iter().rev().collect(), self.values().into_iter().rev().collect());
        self.with(actions, resources, values)
    }
}

fn document(statements: impl Iterator<Item = Value>) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements.collect::<Vec<_>>()})
}
