//! What the daemon does: one small thing after the other, in any order; it may die between any two of them, and the
//! store may refuse within any of them.

use yorisoi::engine::Settlement;
use yorisoi::mail::fetched::Fetched;
use yorisoi::mail::submission::{Stage, SubmitOutcome};

use crate::mailbox::Heard;
use crate::script::{Faults, Mode};
use crate::story::{HOUR, MINUTE, SECOND};
use crate::submission::{End, Next, Sending, read};
use crate::world::{World, is_on};

/// Submissions at once.
const WORKERS: usize = 3;

impl World {
    /// The daemon does what there is to do, in any order.
    pub fn work(&mut self) {
        while self.model.broken.is_empty() {
            let mut ready: Vec<usize> = Vec::new();
            ready.extend(self.round.is_some().then_some(0));
            ready.extend(self.kept.then_some(1));
            ready.extend((self.may_be_due && self.sending.len() < WORKERS).then_some(2));
            ready.extend(
                (0..self.sending.len()).filter(|n| self.sending[*n].ready_at <= self.now).map(|n| n + 3),
            );
            if ready.is_empty() {
                let Some(at) = self.sending.iter().map(|s| s.ready_at).min() else { return };
                self.now = self.now.max(at);
                self.happen();
                continue;
            }
            match *self.script.draw("order").pick(&ready) {
                0 => self.fetch(),
                1 => self.apply(),
                2 => self.claim(),
                n => self.submit(n - 3),
            }
            self.after_step();
        }
    }

    fn after_step(&mut self) {
        self.steps += 1;
        if let Some(planted) = self.planted.take() {
            self.planted = planted.after_step(self);
        }
        let whole = self.steps.is_multiple_of(8);
        let broken = self.house.check(whole);
        self.model.broken.extend(broken);
        if self.is_whole() {
            let pause = if self.faults().strikes("pause", 3) { 2 * HOUR } else { SECOND };
            self.now += self.script.draw("time").between(0, pause);
        }
        self.happen();
        let often = if self.script.mode == Mode::Crashes { 4 } else { 1 };
        if self.faults().strikes("crash", often) {
            self.crash();
        }
    }

    fn fetch(&mut self) {
        let Some(mut round) = self.round.take() else { return };
        let plan = self.plan.take();
        if self.now < self.mailbox_down_until && self.is_whole() {
            self.has_failed_to_read();
            return self.look(self.mailbox_down_until.min(self.now + 10 * MINUTE), round.aim());
        }
        let mut faults = Faults { on: is_on(self.now), now: self.now, script: &mut self.script };
        match round.step(&mut self.mailbox, plan.as_ref(), &mut faults) {
            Heard::Lost(way, after) => {
                self.has_failed_to_read();
                self.tell(format!("the line to the mailbox is lost: {way}"));
                let wait = after + self.script.draw("again").between(SECOND, 10 * MINUTE);
                self.look(self.now + wait, round.aim());
            }
            Heard::Done => {
                if round.folder == 0 {
                    self.has_read();
                }
                self.round = round.next();
            }
            Heard::Nothing => (self.round, self.plan) = (Some(round), plan),
            Heard::Tell(mut step) => {
                if let Some(planted) = &mut self.planted {
                    planted.before_keep(&mut step);
                }
                for fetched in &step.fetched {
                    if let Fetched::Unfetchable { uid } = fetched {
                        self.story.borrow_mut().tell(self.now, format!("UID {uid} cannot be fetched"));
                    }
                }
                let now = self.clock();
                let tables = ["INSERT kept_mails", "INSERT raw_mails", "INSERT epochs", "UPDATE epochs"];
                match self.engine_does(&tables, |engine| engine.keep(&step, now)) {
                    Some(plan) => {
                        self.mailbox.kept(round.folder, &step.fetched);
                        self.model.known.clone_from(&self.mailbox.handed);
                        let mail = |f: &Fetched| matches!(f, Fetched::Mail { .. } | Fetched::TooLarge { .. });
                        self.kept |= step.fetched.iter().any(mail);
                        (self.round, self.plan) = (Some(round), Some(plan));
                    }
                    // What has no row will be listed again.
                    None => self.look(self.now + MINUTE, round.aim()),
                }
            }
        }
    }

    fn apply(&mut self) {
        let now = self.clock();
        let tables = [
            "INSERT letters",
            "INSERT outbox",
            "INSERT daily_reports",
            "UPDATE daily_reports",
            "UPDATE kept_mails",
        ];
        if let Some(applied) = self.engine_does(&tables, |engine| engine.apply(now)) {
            self.kept = applied.mails > 0;
            if !self.kept {
                self.took_in();
            }
        }
        self.may_be_due = true;
    }

    fn claim(&mut self) {
        let (room, now) = (WORKERS - self.sending.len(), self.clock());
        let Some(due) = self.engine_does(&["UPDATE outbox"], |engine| engine.due(now, room)) else { return };
        self.may_be_due = !due.is_empty();
        for mut submission in due {
            if let Some(planted) = &mut self.planted {
                planted.before_submit(&mut submission, &self.people.all);
            }
            let at_once = !self.is_whole();
            let mut faults = Faults { on: is_on(self.now), now: self.now, script: &mut self.script };
            let sending = self.server.begin(submission, at_once, &mut faults);
            self.seen(&sending, false);
            self.sending.push(sending);
        }
    }

    /// Whether it counted; `None` when the store refused.
    fn settle(&mut self, settlement: &Settlement) -> Option<bool> {
        let (now, settlements) = (self.clock(), std::slice::from_ref(settlement));
        let tables = ["UPDATE outbox", "INSERT outbox", "UPDATE health"];
        self.engine_does(&tables, |engine| engine.settle(settlements, now)).map(|counted| counted == [true])
    }

    fn submit(&mut self, n: usize) {
        let mut sending = self.sending.remove(n);
        let (outbox_id, attempt) = (sending.submission.outbox_id, sending.submission.attempt);
        match sending.step(&mut self.server, self.now) {
            Next::AskDot => {
                let crashes = self.crashes;
                match self.settle(&Settlement::BeforeDot { outbox_id, attempt }) {
                    Some(true) => {
                        sending.dot_allowed(&mut self.server);
                        self.sending.push(sending);
                    }
                    Some(false) => {
                        self.model.broken.push("a claim became void while it was worked on".to_owned());
                    }
                    None if self.crashes > crashes => self.drop_line(&sending),
                    None => self.sending.push(sending),
                }
            }
            Next::Wait { accepted } => {
                if accepted {
                    self.seen(&sending, true);
                }
                self.sending.push(sending);
            }
            Next::Ended(outcome) => self.outcome(&sending, outcome),
        }
    }

    fn outcome(&mut self, sending: &Sending, mut outcome: SubmitOutcome) {
        let (outbox_id, attempt) = (sending.submission.outbox_id, sending.submission.attempt);
        let id = self.server.log[sending.at].message_id.clone();
        if !matches!(outcome, SubmitOutcome::Accepted { .. }) {
            let lost =
                if self.server.log[sending.at].end == End::Accepted { ", and it was taken" } else { "" };
            self.tell(format!("<{}> {outcome:?}{lost}", short(&id)));
        }
        if self.faults().strikes("outcome", 2) {
            // The outcome is here, and nobody hears of it.
            self.drop_line(sending);
            return self.crash();
        }
        // The journal knows of it before the store, which may refuse.
        let accepted = matches!(outcome, SubmitOutcome::Accepted { .. });
        if let Some(planted) = &mut self.planted {
            planted.before_settle(&mut outcome);
        }
        let refused = matches!(outcome, SubmitOutcome::Permanent { stage, .. } if stage >= Stage::Rcpt);
        let lost = outcome == SubmitOutcome::Unknown;
        self.model.ended(&id, false, false, accepted);
        let settlement = Settlement::Ended { outbox_id, attempt, outcome };
        let settled = loop {
            let crashes = self.crashes;
            match self.settle(&settlement) {
                Some(settled) => break settled,
                None if self.crashes > crashes => {
                    return if accepted {
                        self.server.log[sending.at].told = true
                    } else {
                        self.drop_line(sending)
                    };
                }
                None => {}
            }
        };
        if !settled {
            self.model.broken.push("an outcome did not count".to_owned());
        }
        self.server.log[sending.at].told = true;
        self.model.ended(&id, refused, lost, false);
        self.may_be_due = true;
    }

    /// A transmission whose end nobody learns.
    fn drop_line(&mut self, sending: &Sending) {
        let log = &mut self.server.log[sending.at];
        if log.end == End::Open {
            log.end = End::Lost;
        }
        let (id, lost) = (log.message_id.clone(), log.dot_allowed);
        self.model.ended(&id, false, lost, false);
    }

    /// A mail is offered to the server; when the server takes it, its reader gets it.
    fn seen(&mut self, sending: &Sending, accepted: bool) {
        let transaction = &self.server.log[sending.at];
        let sent = read(&transaction.bytes, &transaction.to, self.now);
        if !accepted {
            return self.model.transmitted(&sent, &transaction.bytes);
        }
        let reader = self.people.all.iter().position(|p| p.addresses[0] == sent.to);
        let name = reader.map_or(sent.to.as_str(), |who| &self.people.all[who].name);
        let line = format!("<{}> {:?} reaches {name}: {}", short(&sent.message_id), sent.looks, sent.subject);
        self.story.borrow_mut().tell(self.now, line);
        if self.with_mails {
            self.tell(format!("Reply-To: {}\n{}\n", sent.reply_to.as_deref().unwrap_or_default(), sent.text));
        }
        if let Some(who) = reader {
            self.read(who, &sent);
        }
        self.model.accepted(sent);
    }

    /// The process dies and is started again.
    pub fn crash(&mut self) {
        self.crashes += 1;
        self.went_blind();
        for mut sending in std::mem::take(&mut self.sending) {
            if self.script.mode == Mode::Crashes && sending.is_before_dot() {
                // What was allowed is done: no mail comes later than it would without a crash.
                sending.step(&mut self.server, self.now);
                self.seen(&sending, true);
            }
            self.drop_line(&sending);
        }
        let mut chance = self.script.draw("dying");
        let within_apply = self.kept && self.crashes_within_apply < 2 && chance.percent(50);
        self.crashes_within_apply += usize::from(within_apply);
        self.tell(if within_apply { "the process dies within apply" } else { "the process dies" });
        if self.is_whole() {
            self.now += chance.between(SECOND, MINUTE);
        }
        self.house.crash(within_apply, self.now + self.skew);
        (self.round, self.plan, self.kept, self.may_be_due) = (None, None, true, true);
        (0..2).for_each(|folder| self.look(self.now, folder));
    }
}

/// Enough of a Message-ID to find it in a story.
fn short(id: &str) -> &str {
    id.get(3..9).unwrap_or(id)
}
