//! Systems Manager.

use super::{After, Known, always};

pub(super) const KNOWN: &[Known] = &[
    Known {
        row: "M110",
        operation: "GetParameters",
        member: "Parameters[].Selector",
        sandbox: ":*",
        moto: "-",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M110",
        operation: "GetParameter",
        member: "Parameter.Selector",
        sandbox: ":*",
        moto: "-",
        after: After::Same,
        when: always,
    },
    Known::member("M114", "DescribeParameters", "Parameters[].LastModifiedUser", ["-", "N/A"]),
    Known {
        row: "M111",
        operation: "PutParameter",
        member: "error",
        sandbox: "HierarchyTypeMismatchException: *",
        moto: "-",
        after: After::Apart,
        when: always,
    },
    Known {
        row: "M112",
        operation: "PutParameter",
        member: "error",
        sandbox: "ValidationException: A parameter type is required*",
        moto: "-",
        after: After::Apart,
        when: always,
    },
];
