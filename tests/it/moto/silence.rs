//! An endpoint that accepts connections and never says anything.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use evenkeel::aws::{Aws, ConnectError, Settings};
use evenkeel::cloud::clock::Clock;
use evenkeel::cloud::fault::{Fault, FaultKind};
use evenkeel::model::id::Installation;
use evenkeel::model::time::Timestamp;

use super::lab::{REGION, in_real_time};
use super::wire;

#[test]
fn a_port_where_nobody_listens_is_unreachable_and_nothing_is_unclear_about_it() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let fault = refusal(port);
    assert_eq!(fault.kind, FaultKind::Unreachable, "{fault}");
    assert!(fault.to_string().contains("could not be sent") && !fault.advice().contains("its effect"), "{fault}");
}

#[test]
fn an_endpoint_that_never_answers_is_given_up() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.incoming().collect::<Vec<_>>());
    let fault = refusal(port);
    assert_eq!(fault.kind, FaultKind::Ambiguous, "{fault}");
    assert!(fault.to_string().contains("sts:GetCallerIdentity got no usable answer: timeout"), "{fault}");
    assert!(fault.to_string().contains("no answer within 5.0 s"), "{fault}");
    // A read has no effect.
    assert_eq!(fault.advice(), "run again");
}

/// What becomes of a connection to that port.
fn refusal(port: u16) -> Fault {
    let refusal = Arc::new(Mutex::new(None));
    let place = Arc::clone(&refusal);
    in_real_time(async move {
        // A fiftieth of a second, on a clock that makes five seconds of it.
        let settings = Settings {
            clock: Clock::starting_at(Timestamp::from_millis(0), 250),
            scale: 0.0,
            answer_within: Duration::from_secs(5),
            bulk_roles: true,
            installation: Installation::new("default"),
            region: Some(REGION.into()),
            values: std::sync::Arc::new(crate::support::values::Canaries::default()),
            stand_in: Some(wire::to(port, "123456789012")),
        };
        let error = Aws::connect(settings).await.err().expect("nobody answered");
        let ConnectError::Identity(fault) = error else { panic!("{error}") };
        *place.lock().unwrap() = Some(*fault);
    });
    refusal.lock().unwrap().take().unwrap()
}
