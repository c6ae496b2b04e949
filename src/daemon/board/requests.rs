//! The requests to AWS among the numbers: read from where they are counted, when someone asks.

use std::collections::BTreeMap;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;

use crate::cloud::traffic::{Request, Traffic};

#[derive(Debug)]
pub(super) struct Requests(pub(super) Traffic);

impl Collector for Requests {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let requests = self.0.requests();
        let mut sums: BTreeMap<(&str, &str, &str), u64> = BTreeMap::new();
        let mut throttled: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for (Request { operation, code, throttled: slow }, count) in &requests {
            let (service, operation) = operation.split_once(':').unwrap_or(("other", operation));
            *sums.entry((service, operation, code)).or_default() += count;
            if *slow {
                *throttled.entry((service, operation)).or_default() += count;
            }
        }
        let help = "Requests to AWS, every attempt counted";
        let mut family = encoder.encode_descriptor("evenkeel_aws_requests", help, None, MetricType::Counter)?;
        for ((service, operation, code), count) in sums {
            let labels = [("service", service), ("operation", operation), ("code", code)];
            ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
        }
        let help = "Requests that AWS answered with a request to slow down";
        let mut family = encoder.encode_descriptor("evenkeel_aws_throttled", help, None, MetricType::Counter)?;
        for ((service, operation), count) in throttled {
            let labels = [("service", service), ("operation", operation)];
            ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
