//! Words that a container's `linuxParameters` take (API model, the members'
//! "Valid values").
//!
//! Ledger: T23.

use serde_json::Value;

use super::at;
use crate::sandbox::ecs::fault;
use crate::sandbox::wire::AwsError;

const CAPABILITIES: [&str; 38] = [
    "ALL",
    "AUDIT_CONTROL",
    "AUDIT_WRITE",
    "BLOCK_SUSPEND",
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "IPC_OWNER",
    "KILL",
    "LEASE",
    "LINUX_IMMUTABLE",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_CHROOT",
    "SYS_MODULE",
    "SYS_NICE",
    "SYS_PACCT",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "SYSLOG",
    "WAKE_ALARM",
];
const MOUNT_OPTIONS: [&str; 39] = [
    "defaults",
    "ro",
    "rw",
    "suid",
    "nosuid",
    "dev",
    "nodev",
    "exec",
    "noexec",
    "sync",
    "async",
    "dirsync",
    "remount",
    "mand",
    "nomand",
    "atime",
    "noatime",
    "diratime",
    "nodiratime",
    "bind",
    "rbind",
    "unbindable",
    "runbindable",
    "private",
    "rprivate",
    "shared",
    "rshared",
    "slave",
    "rslave",
    "relatime",
    "norelatime",
    "strictatime",
    "nostrictatime",
    "mode",
    "uid",
    "gid",
    "nr_inodes",
    "nr_blocks",
    "mpol",
];

pub(super) fn check(content: &Value) -> Result<(), AwsError> {
    for list in ["add", "drop"] {
        let path = format!("containerDefinitions[].linuxParameters.capabilities.{list}[]");
        if let Some(other) = outside(content, &path, &CAPABILITIES) {
            return Err(fault::client(format!("Invalid capability: {other}")));
        }
    }
    match outside(content, "containerDefinitions[].linuxParameters.tmpfs[].mountOptions[]", &MOUNT_OPTIONS) {
        Some(other) => Err(fault::client(format!("Invalid mount option for tmpfs: {other}"))),
        None => Ok(()),
    }
}

/// The first text at the path that is none of the words. An option may have a
/// value behind it, as in `mode=1777`.
fn outside<'c>(content: &'c Value, path: &str, words: &[&str]) -> Option<&'c str> {
    let mut texts = at(content, path).into_iter().filter_map(Value::as_str);
    let is_known = |text: &str| {
        let name = text.split_once('=').map_or(text, |(name, _)| name);
        words.contains(&name)
    };
    texts.find(|text| !is_known(text))
}
