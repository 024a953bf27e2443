//! A run with crashes and the same run without: in the end the house must know the same, except for times and for what
//! went out without an answer (I17 of the design).

use crate::house::House;
use crate::planted::Wrong;
use crate::play::{Play, Played, play};
use crate::script::Mode;
use crate::submission::read;
use crate::world::World;

impl World {
    /// What the house knows in the end. A word stands under the name of what made somebody type it: its number says only
    /// who typed first.
    pub fn listing(&self) -> Vec<String> {
        let mut words: Vec<(&String, String)> = Vec::new();
        for typed in &self.model.typed {
            let all = typed.words.iter().chain(&typed.subject_words);
            words.extend(all.enumerate().map(|(n, word)| (word, format!("[{} {n}]", typed.id))));
        }
        let named = |line: String| words.iter().fold(line, |line, (word, name)| line.replace(*word, name));
        let mut listing: Vec<String> = self.house.listing().into_iter().map(named).collect();
        listing.sort();
        listing
    }
}

impl House {
    /// What the house knows in the end, without times and numbers.
    pub fn listing(&self) -> Vec<String> {
        let mut listing = self.find(
            "SELECT 'kept: ' || state || ' ' || reason || ' ' || count(*) FROM kept_mails \
             WHERE state NOT IN ('duplicate', 'skipped') GROUP BY state, reason",
        );
        listing.extend(self.find(
            "SELECT 'letter: ' || c.name || ' ' || r.day || ' ' || l.kind || ' ' || l.proof || ' ' || l.shown \
             FROM letters l JOIN clients c ON c.id = l.client_id JOIN daily_reports r ON r.id = l.daily_report_id",
        ));
        listing.extend(self.find(
            "SELECT 'report: ' || c.name || ' ' || r.day || ' ' || r.state || ' ' || coalesce(s.name, '-') \
             FROM daily_reports r JOIN clients c ON c.id = r.client_id LEFT JOIN supporters s ON s.id = r.holder_id",
        ));
        // A mail that was taken although nobody heard of it counts as accepted, and the office hears of the doubt.
        let sql = "SELECT kind || ' ' || replace(replace(state, 'unresolved', 'accepted'), 'unknown', 'accepted') \
             || ' ' || forward_path, bytes FROM outbox JOIN outbox_octets ON outbox_id = id WHERE NOT (kind = 'office' AND cause LIKE 'row %')";
        for (head, bytes) in self.rows_with_bytes(sql) {
            let text = read(&bytes, "", 0).news;
            let is_canary = |word: &&str| word.starts_with("zx");
            let words: Vec<&str> =
                text.split(|c: char| !c.is_ascii_alphanumeric()).filter(is_canary).collect();
            listing.push(format!("outbox: {head} {}", words.join(" ")));
        }
        listing
    }
}

/// Plays a seed without faults and with crashes alone; what differs is broken.
pub fn compare(seed: u64, wrong: Option<Wrong>) -> Played {
    let calm = play(&Play { mode: Mode::Calm, ..Play::of(seed) });
    let mut crashed = play(&Play { mode: Mode::Crashes, wrong, ..Play::of(seed) });
    crashed.broken.extend(calm.broken.iter().map(|sentence| format!("without any fault: {sentence}")));
    let mut left = crashed.listing.clone();
    for line in calm.listing {
        match left.iter().position(|other| *other == line) {
            Some(at) => drop(left.remove(at)),
            None => crashed.broken.push(format!("only without crashes: {line}")),
        }
    }
    crashed.broken.extend(left.iter().map(|line| format!("only with crashes: {line}")));
    crashed
}
