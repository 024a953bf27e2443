//! Faults planted between the house and the world: a model that cannot fail proves nothing.

use yorisoi::mail::fetched::{FetchStep, Fetched};
use yorisoi::mail::submission::{Submission, SubmitOutcome};

use crate::model::Looks;
use crate::people::Person;
use crate::submission::{message_id_of, read};
use crate::world::World;

macro_rules! wrongs {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What is done wrong, once.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Wrong { $($(#[$doc])* $name,)* }
        impl Wrong {
            pub const ALL: [Self; [$(stringify!($name)),*].len()] = [$(Self::$name),*];
        }
    };
}

wrongs! {
    /// An alert goes to another supporter or client.
    Misdirected,
    /// A mail that was fetched is lost before it is kept.
    Dropped,
    /// A mail goes out with an octet changed the second time.
    Changed,
    /// A supporter's address stands at the end of an answer.
    Leaked,
    /// A mail is sent again although it was accepted.
    Repeated,
    /// Held words go out without a yes.
    Unasked,
    /// An acceptance is believed that never was.
    Believed,
    /// A kept mail is never understood.
    Forgotten,
    /// A mail's words come without the client's report.
    Shortened,
    /// A claimed mail is forgotten.
    Stuck,
    /// A robot gets an answer.
    Answered,
    /// The row of a mail that led to nothing is gone.
    Unlisted,
    /// The low-water mark falls.
    Lowered,
    /// A mail is attempted too often.
    Tried,
    /// Two mails with effects have one content.
    Doubled,
    /// A mail that was put off counts as refused.
    Despaired,
    /// A report forgets that its holder was reminded.
    RemindedAgain,
    /// A report waits again although it was answered.
    Reopened,
    /// A report forgets that its client was told.
    ToldAgain,
    /// The house forgets who sleeps when.
    Woken,
    /// The house believes that it told a client.
    Untold,
    /// A report counts as older than it is.
    Hasty,
    /// A report that waits loses who has it.
    Unheld,
    /// A crash loses a mail of ours.
    LostInCrash,
}

/// One fault, until it has happened.
pub struct Planted {
    pub wrong: Wrong,
    pub done: bool,
    seen: Vec<String>,
    dropped: Option<u32>,
}

impl Planted {
    pub fn new(wrong: Wrong) -> Self {
        Self { wrong, done: false, seen: Vec::new(), dropped: None }
    }

    pub fn before_keep(&mut self, step: &mut FetchStep) {
        let whole =
            |f: &Fetched| matches!(f, Fetched::Mail { raw, .. } if raw.windows(7).any(|w| w == b"dmarc=p"));
        if self.wrong == Wrong::Dropped {
            let dropped =
                |f: &Fetched| self.dropped.map_or_else(|| whole(f), |uid| whole(f) && f.uid() == uid);
            let Some(at) = step.fetched.iter().position(dropped) else { return };
            let uid = step.fetched[at].uid();
            // However often it is fetched: a mail that comes after all is taken.
            step.fetched[at] = Fetched::Expunged { uid };
            self.dropped = Some(uid);
            self.done = true;
        }
    }

    pub fn before_submit(&mut self, submission: &mut Submission, people: &[Person]) {
        let id = message_id_of(&submission.bytes);
        let again = self.seen.contains(&id);
        self.seen.push(id);
        let to = submission.envelope.forward_path.key();
        let looks = read(&submission.bytes, &to, 0).looks;
        let other = people.iter().find(|p| p.addresses[0] != to && p.is_supporter);
        match (self.wrong, looks, other) {
            (Wrong::Misdirected, Looks::Alert, Some(other)) if !self.done => {
                let address =
                    yorisoi::mail::address::Address::parse(&other.addresses[0]).expect("an address");
                submission.envelope.forward_path = address;
            }
            (Wrong::Changed, ..) if again => submission.bytes.extend_from_slice(b" \r\n"),
            (Wrong::Leaked, Looks::PassOn, Some(other)) if !self.done => {
                let text = String::from_utf8_lossy(&submission.bytes).into_owned();
                let field = format!("X-Reader: {}\r\nMIME-Version", other.addresses[0]);
                submission.bytes = text.replacen("MIME-Version", &field, 1).into_bytes();
            }
            (Wrong::Shortened, Looks::PassOn, _) if !self.done => {
                let text = read(&submission.bytes, &to, 0).news;
                let head = String::from_utf8_lossy(&submission.bytes).into_owned();
                let head = head.split("Content-T").next().unwrap_or_default().to_owned();
                let body = format!("{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n");
                submission.bytes = body.into_bytes();
            }
            _ => return,
        }
        self.done = true;
    }

    pub fn before_settle(&mut self, outcome: &mut SubmitOutcome) {
        match (self.wrong, &outcome) {
            (Wrong::Repeated, SubmitOutcome::Accepted { .. }) if !self.done => {
                let stage = yorisoi::mail::submission::Stage::Rcpt;
                *outcome = SubmitOutcome::Transient { stage, code: 450, status: None };
            }
            (Wrong::Believed, SubmitOutcome::Transient { .. }) if !self.done => {
                *outcome = SubmitOutcome::Accepted { reply: String::new() };
            }
            (Wrong::Despaired, SubmitOutcome::Transient { .. }) if !self.done => {
                let stage = yorisoi::mail::submission::Stage::Rcpt;
                *outcome = SubmitOutcome::Permanent { stage, code: 550, status: None };
            }
            _ => return,
        }
        self.done = true;
    }

    pub fn after_step(mut self, world: &mut World) -> Option<Self> {
        let sql = match self.wrong {
            Wrong::Unasked => {
                "UPDATE outbox SET state = 'queued', next_at = 0, confirmation = NULL WHERE state = 'held'"
            }
            Wrong::Forgotten => {
                // One mail, however often the server lists it anew.
                "UPDATE kept_mails SET state = 'discarded', reason = 'forgotten', ended_at = 0, octets = 1 WHERE state = 'kept' \
                 AND too_large = 0 AND id IN (SELECT mail_id FROM raw_mails \
                 WHERE instr(raw, CAST('dmarc=pass' AS BLOB)) > 0 AND instr(raw, CAST('In-Reply-To' AS BLOB)) = 0 \
                 AND instr(raw, CAST('List-Id' AS BLOB)) = 0 \
                 AND raw IN (SELECT raw FROM raw_mails JOIN kept_mails ON id = mail_id WHERE reason = 'forgotten' \
                 UNION ALL SELECT raw_mails.raw WHERE NOT EXISTS \
                 (SELECT 1 FROM kept_mails WHERE reason = 'forgotten')))"
            }
            Wrong::Stuck => {
                "UPDATE outbox SET state = 'claimed', stage = 'connect', next_at = NULL WHERE state = 'queued' \
                 AND next_at > 1796396400000"
            }
            Wrong::Answered => {
                "UPDATE outbox SET cause = (SELECT 'mail ' || id FROM kept_mails WHERE reason = 'automatic_reply') \
                 WHERE kind = 'alert' AND EXISTS (SELECT 1 FROM kept_mails WHERE reason = 'automatic_reply')"
            }
            Wrong::Unlisted => {
                "DELETE FROM kept_mails WHERE id IN (SELECT id FROM kept_mails m WHERE reason IN ('stranger', \
                 'list_mail', 'automatic_reply') AND state = 'discarded' AND EXISTS (SELECT 1 FROM epochs e \
                 WHERE e.id = m.epoch_id AND e.low_water > m.uid) LIMIT 1)"
            }
            Wrong::Lowered => "UPDATE epochs SET low_water = low_water - 2 WHERE low_water > 4",
            Wrong::Tried => "UPDATE kept_mails SET attempts = 4 WHERE state = 'applied'",
            Wrong::Doubled => {
                world.house.tamper("DROP INDEX IF EXISTS kept_mails_once");
                "UPDATE kept_mails SET digest = (SELECT min(digest) FROM kept_mails WHERE state = 'applied') \
                 WHERE state = 'applied' AND (SELECT count(*) FROM kept_mails WHERE state = 'applied') > 1"
            }
            Wrong::LostInCrash if world.crashes > 0 => {
                "DELETE FROM outbox WHERE id = (SELECT min(id) FROM outbox WHERE state = 'queued' AND kind = 'receipt')"
            }
            wrong => match of_waiting_reports(wrong) {
                Some(sql) => sql,
                None => return Some(self),
            },
        };
        if self.wrong == Wrong::Unlisted && !self.done {
            let raw =
                sql.replacen("DELETE FROM kept_mails WHERE id", "DELETE FROM raw_mails WHERE mail_id", 1);
            world.house.tamper(&raw);
        }
        if !self.done || matches!(self.wrong, Wrong::Forgotten | Wrong::Unheld) {
            self.done |= world.house.tamper(sql) > 0;
            if matches!(self.wrong, Wrong::Reopened | Wrong::Unheld) && self.done {
                rewrite_books(world);
            }
        }
        Some(self)
    }
}

/// The house's own books of who holds what say the same.
fn rewrite_books(world: &World) {
    world.house.tamper(
        "UPDATE holdings SET until_at = NULL WHERE id IN (SELECT max(h.id) FROM holdings h \
         JOIN daily_reports r ON r.id = h.report_id AND r.holder_id = h.supporter_id \
         WHERE r.state = 'waiting' GROUP BY r.id)",
    );
    world.house.tamper(
        "UPDATE holdings SET until_at = from_at WHERE until_at IS NULL AND EXISTS (SELECT 1 \
         FROM daily_reports r WHERE r.id = report_id AND r.holder_id IS NULL)",
    );
}

/// What is done wrong in a report that waits.
fn of_waiting_reports(wrong: Wrong) -> Option<&'static str> {
    Some(match wrong {
        Wrong::RemindedAgain => {
            "UPDATE daily_reports SET stage = 'alerted', walk_from_at = walk_from_at - 60000, step_at = 0 \
             WHERE state = 'waiting' AND stage = 'reminded'"
        }
        Wrong::Reopened => {
            "UPDATE daily_reports SET state = 'waiting', step_at = 0 WHERE state = 'answered' AND told_at IS NULL"
        }
        Wrong::ToldAgain => {
            "UPDATE daily_reports SET told_at = NULL, walk_from_at = walk_from_at - 60000, step_at = 0 \
             WHERE state = 'waiting' AND told_at IS NOT NULL"
        }
        Wrong::Woken => "UPDATE supporters SET quiet = '', zone = NULL WHERE 1",
        Wrong::Untold => {
            "UPDATE daily_reports SET told_at = opened_at WHERE state = 'waiting' AND told_at IS NULL"
        }
        Wrong::Hasty => {
            "UPDATE daily_reports SET walk_from_at = walk_from_at - 86400000, step_at = 0 \
             WHERE state = 'waiting' AND stage <> 'second'"
        }
        Wrong::Unheld => {
            "UPDATE daily_reports SET holder_id = NULL, step_at = NULL WHERE state = 'waiting' AND told_at IS NOT NULL"
        }
        _ => return None,
    })
}
