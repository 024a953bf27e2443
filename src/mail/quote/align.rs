//! Where in the mail that we sent each sign of an answer comes from.
//!
//! A run begins where six signs in a row agree (found through a table, so the work stays near linear), or where a
//! line goes on exactly where the copy before it ended, or where a marked line is one whole line of ours. It goes on
//! as long as the signs agree, over single signs that a charset could not carry, and, when it began with its line,
//! over line ends: the last words of a sentence must not take the first words of the next line with them.

use std::collections::HashMap;

use super::stream::{Line, Stream};

/// Signs that must agree before a run is begun anywhere.
const SEED: usize = 6;
/// Most places of one seed that are looked at.
const PLACES: usize = 8;
/// Most signs of ours that may be missing or replaced within a run at one place.
const SKIP: usize = 4;

/// For each sign of `theirs`, the sign of `ours` that it copies.
pub(super) fn align(ours: &Stream, theirs: &Stream) -> Vec<Option<usize>> {
    let mut aligner = Aligner::new(ours, theirs);
    for line in &theirs.lines {
        while aligner.at < line.to {
            let at = aligner.at;
            let starts = at == line.from;
            match aligner.best_run(line.to, starts && (line.marked || line.to - at >= SEED)) {
                Some(run) => {
                    let last = run.last().map_or(at, |(theirs, _)| theirs + 1);
                    let to = if starts { whole_lines(&theirs.lines, line.to, last) } else { line.to };
                    aligner.take(&run[..run.partition_point(|(theirs, _)| *theirs < to)]);
                }
                None => aligner.at += 1,
            }
        }
        if line.from < line.to
            && let Some(last) = aligner.origin[line.to - 1]
        {
            aligner.after_line = last + 1;
        }
    }
    aligner.origin
}

/// The end of the last line that a run up to `end` covers, which is `line_end` at least: a line of which only the beginning
/// agrees may agree as a whole with another of ours.
fn whole_lines(lines: &[Line], line_end: usize, end: usize) -> usize {
    let covered = &lines[..lines.partition_point(|line| line.to <= end)];
    covered.last().map_or(line_end, |line| line.to.max(line_end))
}

/// One run: pairs of (sign of theirs, sign of ours).
type Run = Vec<(usize, usize)>;

struct Aligner {
    ours: Vec<char>,
    theirs: Vec<char>,
    seeds: HashMap<[char; SEED], Vec<usize>>,
    lines: HashMap<Vec<char>, usize>,
    origin: Vec<Option<usize>>,
    /// The next sign of theirs to be placed.
    at: usize,
    /// Where in ours the last run ended.
    after_run: usize,
    /// Where in ours the last line ended that a run reached the end of.
    after_line: usize,
}

impl Aligner {
    fn new(ours: &Stream, theirs: &Stream) -> Self {
        let mut lines = HashMap::new();
        let chars = ours.chars();
        for line in ours.lines.iter().filter(|l| !l.is_blank()) {
            lines.entry(chars[line.from..line.to].to_vec()).or_insert(line.from);
        }
        let mut seeds: HashMap<[char; SEED], Vec<usize>> = HashMap::new();
        for (at, seed) in chars.windows(SEED).enumerate() {
            if let Ok(seed) = <[char; SEED]>::try_from(seed) {
                let places = seeds.entry(seed).or_default();
                if places.len() < PLACES {
                    places.push(at);
                }
            }
        }
        let origin = vec![None; theirs.signs.len()];
        let theirs = theirs.chars();
        Self { ours: chars, theirs, seeds, lines, origin, at: 0, after_run: 0, after_line: 0 }
    }

    /// The longest run from here; `line_end` is where the line of theirs ends. `whole`: the line may be one of ours,
    /// however many of ours begin like it.
    fn best_run(&self, line_end: usize, whole: bool) -> Option<Run> {
        let rest = line_end - self.at;
        let enough = |run: &Run| run.len() >= SEED.min(rest);
        let mut best: Option<Run> = None;
        let mut consider = |run: Run| {
            if enough(&run) && best.as_ref().is_none_or(|b| run.len() > b.len()) {
                best = Some(run);
            }
        };
        consider(self.run_from(self.after_run));
        consider(self.run_from(self.after_line));
        let seed = self.theirs.get(self.at..self.at + SEED).and_then(|s| <[char; SEED]>::try_from(s).ok());
        for &place in seed.and_then(|s| self.seeds.get(&s)).into_iter().flatten() {
            consider(self.run_from(place));
        }
        if whole && let Some(&place) = self.lines.get(&self.theirs[self.at..line_end]) {
            consider(self.run_from(place));
        }
        best
    }

    fn take(&mut self, run: &[(usize, usize)]) {
        for &(theirs, ours) in run {
            self.origin[theirs] = Some(ours);
            self.at = theirs + 1;
            self.after_run = ours + 1;
        }
    }

    fn run_from(&self, place: usize) -> Run {
        let mut run = Vec::new();
        let (mut theirs, mut ours) = (self.at, place);
        while theirs < self.theirs.len() && ours < self.ours.len() {
            if self.theirs[theirs] == self.ours[ours] {
                run.push((theirs, ours));
                (theirs, ours) = (theirs + 1, ours + 1);
                continue;
            }
            let Some((lost, missing)) = self.bridge(theirs, ours).filter(|_| !run.is_empty()) else { break };
            run.extend((0..lost).map(|n| (theirs + n, ours + n.min(missing - 1))));
            (theirs, ours) = (theirs + lost, ours + missing);
        }
        run
    }

    /// A place where a charset lost something: so many signs of theirs stand in for so many of ours. What stands in
    /// must be a stand-in and nothing a person would write, and the rows must agree again behind it.
    fn bridge(&self, theirs: usize, ours: usize) -> Option<(usize, usize)> {
        let stand_ins = self.theirs[theirs..].iter().take(SKIP).take_while(|c| is_stand_in(**c)).count();
        let agrees = |lost: usize, missing: usize| {
            let a = self.theirs.get(theirs + lost..theirs + lost + SKIP);
            a.is_some() && a == self.ours.get(ours + missing..ours + missing + SKIP)
        };
        (1..=SKIP).flat_map(|m| (0..=stand_ins).rev().map(move |l| (l, m))).find(|&(l, m)| agrees(l, m))
    }
}

/// What programs write for a character that their charset does not have.
fn is_stand_in(c: char) -> bool {
    matches!(c, '?' | '〓' | '\u{FFFD}' | '□')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(ours: &str, theirs: &str) -> Vec<Option<usize>> {
        align(&Stream::new(ours, false), &Stream::new(theirs, true))
    }

    #[test]
    fn copies_are_found_however_they_are_broken() {
        let check = |ours: &str, theirs: &str, copied: bool| {
            let got = origins(ours, theirs);
            assert_eq!(got.iter().all(Option::is_some), copied, "{theirs}: {got:?}");
        };
        let ours = "はるさんから\nきょうは散歩に行きました。①番の道です。\nはい\n";
        check(ours, "> はるさんから\n> きょうは散歩に行き\n> ました。①番の\n> 道です。\n> はい", true);
        check(ours, "はるさんからきょうは散歩に行きました。1番の道です。はい", true);
        check(ours, "> きょうは散歩に行きました。?番の道です。", true);
        check(ours, "> きょうは散歩に行きました。番の道です。", true);
        check(ours, "> はい", true);
        check(ours, "はい", false);
        check(ours, "> きょうは散歩に行きました。よ番の道です。", false);
        check(ours, "きのうは散歩に行きません", false);
    }

    #[test]
    fn a_line_that_begins_as_two_of_ours_is_a_copy_of_the_one_that_it_is() {
        let ours = "これまでのやりとり\n12月2日水曜日 なつさん\n朝から歩きました。\n12月2日水曜日 お返事\nよかったです。\n";
        let theirs = "これまでのやりとり\n12月2日水曜日 お返事\nよかったです。\n";
        let got = origins(ours, theirs);
        assert!(got.iter().all(Option::is_some));
        let jumps: Vec<usize> = (1..got.len()).filter(|n| got[*n] != got[n - 1].map(|at| at + 1)).collect();
        assert_eq!(jumps, [Stream::new(theirs, true).lines[1].from], "between two lines: {got:?}");
    }

    #[test]
    fn a_line_that_begins_like_many_others_is_found_as_a_whole() {
        let ours: String = (0..20).map(|n| format!("きょうは歩いて{n}番の駅へ。\nそれから\n")).collect();
        let got = origins(&ours, "私です。\nきょうは歩いて17番の駅へ。\n");
        let whole = got.windows(2).filter(|pair| pair[0].is_some() && pair[1] == pair[0].map(|at| at + 1));
        assert_eq!(whole.count(), Stream::new("きょうは歩いて17番の駅へ。", true).signs.len() - 1, "{got:?}");
    }

    #[test]
    fn hostile_repetition_stays_quick() {
        let ours = "あ".repeat(30_000);
        let theirs = "あああああああい".repeat(10_000);
        assert!(origins(&ours, &theirs).len() == 80_000);
    }
}
