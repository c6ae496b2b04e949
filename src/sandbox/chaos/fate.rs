//! What can become of one call.
//!
//! Ledger: W6.

/// What becomes of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes through.
    Pass,
    /// The caller may not do that.
    Denied,
    /// The caller's credentials have expired.
    Expired,
    /// AWS says that there is no such thing.
    NotFound,
    /// It goes through, and the answer says of one thing that it failed, where it is about a batch.
    OneFails,
    /// It goes through, and the answer forgets one thing, where it is about several of ECS.
    OneForgotten,
    /// It goes through, and the answer names services by ARNs of the old form, which lack the cluster.
    ShortArns,
    /// It goes through, and the answer is a page of at most two, where there are pages.
    SmallPage,
    /// It is answered as the same question was less than 30 seconds ago, where
    /// it is a read that was asked before; else it goes through.
    Stale,
    /// AWS has an internal error, before it did anything.
    ServerError,
    /// AWS asks to slow down.
    Throttled,
    /// It never arrives, and that is noticed: a timeout.
    Lost,
    /// It takes effect, and the answer never arrives.
    ReplyLost,
    /// It takes effect, and the answer is waited for in vain: no error either.
    NeverAnswers,
    /// The process dies before it is sent.
    CrashBefore,
    /// The process dies after it took effect.
    CrashAfter,
}

impl Fate {
    /// Does only the answer say whether it can come about?
    pub(super) fn is_of_the_answer(self) -> bool {
        matches!(self, Self::OneFails | Self::OneForgotten | Self::ShortArns)
    }

    /// As people read it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Pass => "undisturbed",
            Self::Denied => "access denied",
            Self::Expired => "credentials expired",
            Self::NotFound => "not found",
            Self::OneFails => "one thing of a batch failed",
            Self::OneForgotten => "one thing of a batch forgotten",
            Self::ShortArns => "ARNs of the old form",
            Self::SmallPage => "a page of two",
            Self::Stale => "a stale answer",
            Self::ServerError => "internal error",
            Self::Throttled => "throttled",
            Self::Lost => "request lost",
            Self::ReplyLost => "applied, reply lost",
            Self::NeverAnswers => "applied, never answered",
            Self::CrashBefore => "crash before the call",
            Self::CrashAfter => "crash after the call",
        }
    }
}
