//! The conditions among the numbers: read from the last status, when someone asks.

use std::collections::BTreeMap;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use tokio::sync::watch;

use super::Said;
use crate::status::condition::ConditionType;
use crate::status::detail::Detail;
use crate::status::unwanted::Unwanted;

#[derive(Debug)]
pub(super) struct Conditions(pub(super) watch::Receiver<Said>);

impl Collector for Conditions {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let Some(report) = self.0.borrow().status.clone() else { return Ok(()) };
        let help = "Resources of the manifests, and what is in force of them";
        let mut family = encoder.encode_descriptor("evenkeel_resource_info", help, None, MetricType::Gauge)?;
        for status in &report.resources {
            let suspended = status.condition(ConditionType::Suspended).is_some();
            let labels = [
                ("kind", status.resource.kind.as_str()),
                ("name", status.resource.name.as_str()),
                ("revision", status.detail.as_ref().and_then(Detail::revision).unwrap_or_default()),
                ("suspended", if suspended { "true" } else { "false" }),
            ];
            ConstGauge::new(1_i64).encode(family.encode_family(&labels)?)?;
        }
        let mut unwanted: BTreeMap<(&str, &str), i64> = BTreeMap::new();
        for Unwanted { resource, reason, message: _, heir: _ } in &report.unwanted {
            *unwanted.entry((resource.kind.as_str(), reason)).or_default() += 1;
        }
        let help = "What is in no manifest any more and still there, by why";
        let mut family = encoder.encode_descriptor("evenkeel_unwanted", help, None, MetricType::Gauge)?;
        for ((kind, reason), count) in unwanted {
            ConstGauge::new(count).encode(family.encode_family(&[("kind", kind), ("reason", reason)])?)?;
        }
        let help = "Conditions that are there, with their status";
        let mut family = encoder.encode_descriptor("evenkeel_resource_condition", help, None, MetricType::Gauge)?;
        for status in &report.resources {
            for condition in &status.conditions {
                let (kind, truth) = (condition.kind.to_string(), condition.status.to_string());
                let labels = [
                    ("kind", status.resource.kind.as_str()),
                    ("name", status.resource.name.as_str()),
                    ("type", kind.as_str()),
                    ("status", truth.as_str()),
                    ("reason", condition.reason.as_str()),
                ];
                ConstGauge::new(1_i64).encode(family.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}
