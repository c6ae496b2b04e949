//! An endpoint that accepts connections and never says anything.

use std::error::Error as _;
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use evenkeel::aws::{Aws, Settings};
use evenkeel::cloud::clock::Clock;
use evenkeel::model::time::Timestamp;

use super::lab::{REGION, in_real_time};
use super::wire::Wire;

#[test]
fn an_endpoint_that_never_answers_is_given_up() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.incoming().collect::<Vec<_>>());
    in_real_time(async move {
        // A fiftieth of a second, on a clock that makes five seconds of it.
        let settings = Settings {
            clock: Clock::starting_at(Timestamp::from_millis(0), 250),
            scale: 0.0,
            answer_within: Duration::from_secs(5),
            bulk_roles: true,
            region: Some(REGION.into()),
            stand_in: Some(Wire::to(port, "123456789012")),
        };
        let error = Aws::connect(settings).await.err().expect("nobody answered");
        let fault = error.source().unwrap().to_string();
        assert!(fault.contains("sts:GetCallerIdentity") && fault.contains("no answer within 5.0 s"), "{fault}");
    });
}
