//! A sandbox on a port, whose journal outlives every program that asks it.

use std::net::SocketAddr;
use std::process::Command;
use std::thread::JoinHandle;

use evenkeel::sandbox::{Millis, Sandbox, Service, Socket, World, stopped_clock};
use serde_json::json;
use tokio::sync::oneshot;

use super::corpus::{Account as _, CLUSTER};
use super::sandbox::{Sandboxed, answer};
use crate::moto::lab::now;
use crate::sandbox::support::{ACCOUNT, REGION};
use crate::support::program::evenkeel;

/// Served until it is dropped.
pub(super) struct Served {
    sandbox: Sandbox,
    address: SocketAddr,
    end: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Served {
    pub(super) fn new() -> Self {
        // The program keeps real time, and nothing is to be overdue for it.
        let at = Millis(now().as_millis());
        let sandbox = Sandbox::new(World::new(ACCOUNT, REGION, 7, at), stopped_clock(at));
        let door = sandbox.http_client();
        let (tell, listening) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let socket = Socket::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
                tell.send(socket.address()).unwrap();
                let stopped = async {
                    let _told = stopped.await;
                };
                socket.serve(door, stopped).await;
            });
        });
        let served = Self { sandbox, address: listening.recv().unwrap(), end: Some((stop, thread)) };
        served.ecs("CreateCluster", &json!({"clusterName": CLUSTER}));
        served
    }

    pub(super) fn program(&self) -> Command {
        let mut command = evenkeel(&[]);
        command
            .env("AWS_ENDPOINT_URL", format!("http://{}", self.address))
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", "sandbox")
            .env("AWS_SECRET_ACCESS_KEY", "sandbox")
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        command
    }

    /// How often this was asked.
    pub(super) fn calls(&self, operation: &str) -> usize {
        self.sandbox.with_world(|world| world.journal.calls().filter(|call| call.operation == operation).count())
    }
}

impl Sandboxed for Served {
    fn call(&self, service: Service, operation: &str, body: String) -> String {
        answer(&self.sandbox, service, operation, body)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let Some((stop, thread)) = self.end.take() else { return };
        let _told = stop.send(());
        let _ended = thread.join();
    }
}
