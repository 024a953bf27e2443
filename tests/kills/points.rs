//! The forty steps by name and number, as a person counts them, and which of them leave an end unknown.

use std::fmt;

/// P01 to P40.
pub const STEPS: [&str; 40] = [
    "connect",
    "greeting",
    "login",
    "select",
    "search sent",
    "search read",
    "size fetch",
    "body, first octet",
    "body, middle (IMAP)",
    "body, end before tagged",
    "after tagged",
    "tx1 begin",
    "tx1 before commit",
    "tx1 after commit",
    "attempts commit",
    "parse",
    "DKIM, DNS",
    "plan done",
    "tx2 begin",
    "tx2 after effects",
    "tx2 before commit",
    "tx2 after commit",
    "claim commit",
    "connect (SMTP)",
    "TLS",
    "AUTH",
    "MAIL",
    "RCPT",
    "DATA, 354",
    "body, middle (SMTP)",
    "stage dot commit",
    "dot written",
    "reply, first octet",
    "250 read",
    "journal write",
    "journal fsync",
    "sent commit",
    "WAL checkpoint",
    "migration step",
    "backup before it",
];

/// Before a step or after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Before,
    After,
}

/// A death: before or after a step, the first time or a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kill {
    /// 1 to 40.
    pub step: usize,
    pub side: Side,
    /// From 1.
    pub time: u32,
}

impl Kill {
    pub fn new(step: usize, side: Side) -> Self {
        Self { step, side, time: 1 }
    }

    /// `P14:before`, as the program notes it.
    pub fn point(self) -> String {
        let side = if self.side == Side::Before { "before" } else { "after" };
        format!("P{:02}:{side}", self.step)
    }

    /// Whether the mail in hand may be accepted without anybody who remembers it: from the commit that allows the dot
    /// to the journal's first octet.
    pub fn leaves_an_end_unknown(self) -> bool {
        match self.step {
            31 => self.side == Side::After,
            32..=34 => true,
            35 => self.side == Side::Before,
            _ => false,
        }
    }

    /// Whether it only happens on a database of an older program.
    pub fn needs_an_older_database(self) -> bool {
        self.step >= 39
    }
}

impl fmt::Display for Kill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.point(), self.time)
    }
}
