//! What stands in the program's memory stays there: values may be in it.

use rustix::process::{Resource, Rlimit, setrlimit};

/// However the program dies, no picture of its memory is left on a disk, nor of what it starts, such as an editor.
pub(super) fn leave_no_picture() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    // Less is always allowed; where the system knows no such limit, there is none to set.
    let _unknown = setrlimit(Resource::Core, none);
}
