//! The demo's pages: sentences, and mails as a person sees them. A light frame on a terminal, plain lines elsewhere.

use std::io::{self, IsTerminal as _, Write as _};

use super::cast::Cast;
use crate::mail::message::Message;

/// Standard output.
pub(super) struct Screen {
    framed: bool,
}

impl Screen {
    /// Looks whether anybody watches.
    pub(super) fn new() -> Self {
        Self { framed: io::stdout().is_terminal() }
    }

    /// Lines. A reader that went away is no failure.
    pub(super) fn say(&self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match writeln!(out, "{text}").and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// What happens next.
    pub(super) fn title(&self, text: &str) -> io::Result<()> {
        self.say(&format!("\n== {text}"))
    }

    /// A mail.
    pub(super) fn mail(&self, cast: &Cast, mail: &Message) -> io::Result<()> {
        let author = mail.from.first().map_or_else(String::new, |from| match &from.name {
            Some(name) => format!("{name} <{}>", from.address.wire()),
            None => from.address.wire(),
        });
        let to: Vec<String> = mail.to_and_cc.iter().map(|address| masked(&address.wire())).collect();
        let mut lines = vec![
            format!("{}: {author}", cast.say("差出人", "From")),
            format!("{}: {}", cast.say("あて先", "To"), to.join(", ")),
            format!("{}: {}", cast.say("件名", "Subject"), mail.subject),
            String::new(),
        ];
        lines.extend(mail.text.trim_end().lines().map(str::to_owned));
        let (above, side, below) = if self.framed {
            ("╭──────────\n", "│ ", "╰──────────")
        } else {
            ("", "", "")
        };
        let body: String =
            lines.iter().map(|line| format!("{side}{line}").trim_end().to_owned() + "\n").collect();
        self.say(format!("{above}{body}{below}").trim_end())
    }
}

/// A token in an address is long and says nothing to people.
fn masked(address: &str) -> String {
    match (address.split_once('+'), address.rsplit_once('@')) {
        (Some((base, _)), Some((_, domain))) => format!("{base}+…@{domain}"),
        _ => address.to_owned(),
    }
}
