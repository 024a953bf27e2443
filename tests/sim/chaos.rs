//! What befalls the world: upheavals of the servers, of our machine, and people whom nobody expects.

use yorisoi::engine::{Engine, EngineError};

use crate::chance::Chance;
use crate::model::{Looks, Who};
use crate::people::Intent;
use crate::story::{DAY, HOUR, MINUTE};
use crate::world::{Saved, World};

impl World {
    /// Something befalls the world.
    pub fn chaos(&mut self, id: &str) {
        let mut chance = self.script.chance(id);
        match chance.weighted(&[20, 35, 20, 25, 8]) {
            0 => self.upset_mailbox(&mut chance),
            1 => self.upset_submission(&mut chance),
            2 if self.people.custom.restores => self.put_database_back(&mut chance),
            2 if self.people.custom.sets_clock => self.set_clock(&mut chance),
            2 | 4 => self.close_mailbox(&mut chance),
            _ => self.strangers(&mut chance),
        }
    }

    /// The mailbox cannot be reached for a while.
    fn close_mailbox(&mut self, chance: &mut Chance) {
        self.mailbox_down_until = self.now + chance.between(15 * MINUTE, 6 * HOUR);
        self.tell("the mailbox server goes away");
        self.look(self.now, 0);
    }

    fn upset_mailbox(&mut self, chance: &mut Chance) {
        let at = usize::from(chance.percent(25));
        let name = crate::mailbox::FOLDERS[at];
        let low_water = self.house.low_water(at);
        let idle = self.round.is_none();
        let folder = &mut self.mailbox.folders[at];
        let validity = folder.validity;
        let what = match chance.below(7) {
            0 => {
                folder.renumber();
                "gets another UIDVALIDITY"
            }
            1 if idle && folder.roll_back(low_water) => "counts its UIDs anew",
            2 => {
                folder.recreate();
                "is deleted and made anew"
            }
            3 => {
                folder.migrate(chance);
                self.model.moved = true;
                "moves to another server"
            }
            4 => {
                folder.back_up();
                "is saved"
            }
            5 if idle && folder.restore(low_water) => "is put back as it was saved",
            _ => {
                if let Some(typed) = self.mailbox.expunge(chance) {
                    self.tell(format!("#{typed} is deleted from the mailbox"));
                }
                return;
            }
        };
        if self.mailbox.folders[at].validity == validity {
            // An older copy of the database that is put in place by hand could not see it any more.
            self.saved = None;
        }
        self.tell(format!("{name} {what}"));
        self.look(self.now, at);
    }

    fn upset_submission(&mut self, chance: &mut Chance) {
        let until = self.now + chance.between(MINUTE, 3 * HOUR);
        let who = chance.below(self.people.all.len());
        let person = &self.people.all[who];
        let (name, address) = (person.name.clone(), person.addresses[0].clone());
        match chance.weighted(&[4, 1, 4, 2, 4, 3]) {
            0 => {
                self.server.down_until = until.max(self.server.down_until);
                self.tell("the submission server goes away");
            }
            1 => {
                self.server.down_until = self.now + 3 * DAY;
                self.model.outages.push((self.now, self.now + 3 * DAY));
                self.tell("the submission server goes away for three days");
            }
            2 => {
                self.server.locked = (until, chance.below(6));
                self.tell("the submission server refuses the account");
            }
            3 => {
                self.tell(format!("the mailbox of {name} is refused from now on"));
                self.server.refused.push(address);
            }
            4 => {
                self.server.grey.insert(address, self.now + chance.between(HOUR, 12 * HOUR));
                self.tell(format!("mail to {name} is put off for hours"));
            }
            _ => {
                self.server.slow.push(address);
                self.tell(format!("mail to {name} takes its time"));
            }
        }
    }

    fn set_clock(&mut self, chance: &mut Chance) {
        let skew = *chance.pick(&[HOUR, -HOUR, DAY, -DAY, 0]);
        self.tell(format!("the clock is set: wrong by {} hours", skew / HOUR));
        (self.skew, self.may_be_due) = (skew, true);
        self.model.walks.skews.push((self.now, skew));
        self.model.hurried = self.model.hurried.max(2 * skew.abs());
    }

    /// The operator saves the database, or puts back what was saved.
    fn put_database_back(&mut self, chance: &mut Chance) {
        let Some(saved) = self.saved.clone().filter(|_| chance.percent(60)) else {
            self.tell("the database is saved");
            self.house.back_up();
            let handed = self.mailbox.handed.clone();
            let (assigned, absences) = (self.assigned.len(), self.model.walks.written_down.len());
            self.saved = Some(Saved { handed, assigned, absences });
            return;
        };
        self.crash();
        self.tell("the older database is put back");
        self.house.restore(self.now + self.skew);
        // What was kept since must come again from the mailbox.
        self.model.walks.forgot(&saved.handed, self.now);
        self.mailbox.handed = saved.handed;
        self.mailbox.folders.iter_mut().for_each(|folder| folder.upheavals += 1);
        self.model.restored(self.now);
        // The operator orders again what she has ordered since.
        for (client, supporter, second) in self.assigned.clone().into_iter().skip(saved.assigned) {
            self.assign_now(client, supporter, second, false);
        }
        for (who, from, until) in self.model.walks.written_down.clone().into_iter().skip(saved.absences) {
            let name = self.people.all[who].name.clone();
            self.house.absence(&name, Some((from, until)), self.now + self.skew);
        }
    }

    /// Somebody who is not expected.
    fn strangers(&mut self, chance: &mut Chance) {
        let who = self.any_supporter(chance);
        let mine = |p: &crate::people::Person| p.inbox.iter().rfind(|s| s.looks == Looks::Alert).cloned();
        let to = mine(&self.people.all[who]);
        let others: Vec<Who> = self.people.supporters().into_iter().filter(|o| *o != who).collect();
        let other = others.first().and_then(|other| mine(&self.people.all[*other]));
        let client = chance.below(self.people.clients().len());
        let (who, intent) = match (chance.below(5), to, other) {
            (0, to, _) => (who, Intent::Stranger { to }),
            (1 | 2, Some(to), _) if self.people.custom.proofs => (who, Intent::Forged { to }),
            (3, _, Some(to)) => (who, Intent::OthersMail { to }),
            (4, ..) => (client, Intent::List),
            _ => (who, Intent::Stranger { to: None }),
        };
        let id = self.script.name("strange");
        self.write(&id, who, &intent);
    }

    /// A verb, and perhaps a store that refuses in the middle of it: then nothing has moved, and it is called again, or
    /// the process dies. `tables`: where it writes.
    pub fn engine_does<T>(
        &mut self,
        tables: &[&str],
        verb: impl FnOnce(&mut Engine) -> Result<T, EngineError>,
    ) -> Option<T> {
        let (now, steady) = (self.clock(), self.steady());
        self.house.engine().note_time(now, steady);
        let Some(mut chance) = self.faults().strike("store", 2) else {
            return Some(verb(self.house.engine()).expect("a verb"));
        };
        let place = *chance.pick(tables);
        self.house.refuse(place.split_once(' ').expect("a change and a table"), chance.below(3));
        let done = verb(self.house.engine());
        self.house.relent();
        if done.is_ok() {
            return done.ok();
        }
        self.tell(format!("the store refuses: {place}"));
        let within_apply = tables.contains(&"INSERT letters");
        if within_apply {
            self.crashes_within_apply += 1;
        }
        if chance.percent(50) && !(within_apply && self.crashes_within_apply > 2) {
            self.crash();
        }
        None
    }
}
