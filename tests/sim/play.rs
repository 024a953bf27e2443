//! One run: what it is made of, what it came to, the story that plays it again, and how a story is made shorter.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::rc::Rc;

use crate::planted::{Planted, Wrong};
use crate::script::{Mode, Script};
use crate::story::{Story, moment};
use crate::world::World;

/// What makes a run what it is.
#[derive(Clone)]
pub struct Play {
    pub seed: u64,
    pub mode: Mode,
    pub wrong: Option<Wrong>,
    /// What alone may happen, by name; everything when `None`.
    pub only: Option<BTreeSet<String>>,
    /// When it fails, its files stay.
    pub keep: bool,
}

/// What a run came to.
#[derive(Clone, Default)]
pub struct Played {
    pub broken: Vec<String>,
    pub tale: String,
    pub happened: Vec<(i64, String)>,
    pub listing: Vec<String>,
    pub typed: usize,
    pub steps: usize,
    pub transmissions: usize,
    pub crashes: usize,
    pub planted: bool,
    /// What the model looked at in reports that wait, and what it let pass, by name.
    pub counts: BTreeMap<&'static str, usize>,
}

impl Play {
    pub fn of(seed: u64) -> Self {
        Self { seed, mode: Mode::Whole, wrong: None, only: None, keep: false }
    }

    /// The file that plays it again: names, each with the time, then the tale for whoever reads it.
    pub fn story(&self, played: &Played) -> String {
        let mut out = String::from("# play it again: YORISOI_SIM_STORY=this-file cargo test --test sim\n");
        out.push_str(&format!("seed {}\nfaults {:?}\n", self.seed, self.mode));
        if let Some(wrong) = self.wrong {
            out.push_str(&format!("planted {wrong:?}\n"));
        }
        for (at, name) in &played.happened {
            out.push_str(&format!("happens {name}  # {}\n", moment(*at)));
        }
        for line in played.tale.lines() {
            out.push_str(&format!("# {line}\n"));
        }
        for sentence in &played.broken {
            out.push_str(&format!("# broken: {sentence}\n"));
        }
        out
    }

    /// From such a file.
    pub fn from_story(text: &str) -> Option<Self> {
        let lines = text.lines().map(|line| line.split("  # ").next().unwrap_or_default());
        let told: Vec<(&str, &str)> =
            lines.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(' ')).collect();
        let one = |key: &str| told.iter().find(|(k, _)| *k == key).map(|(_, value)| *value);
        let mode = [Mode::Whole, Mode::Calm, Mode::Crashes];
        Some(Self {
            seed: one("seed")?.parse().ok()?,
            mode: mode.into_iter().find(|mode| one("faults") == Some(&format!("{mode:?}")))?,
            wrong: match one("planted") {
                Some(word) => Some(Wrong::ALL.into_iter().find(|w| format!("{w:?}") == word)?),
                None => None,
            },
            // Whoever names nothing means everything.
            only: Some(told.iter().filter(|(k, _)| *k == "happens").map(|(_, v)| (*v).to_owned()).collect())
                .filter(|only: &BTreeSet<String>| !only.is_empty()),
            keep: false,
        })
    }
}

/// Plays.
pub fn play(play: &Play) -> Played {
    let story = Rc::new(RefCell::new(Story::default()));
    let shared = Rc::clone(&story);
    let run = AssertUnwindSafe(move || {
        let mut world = World::new(Script::new(play.seed, play.mode, play.only.clone()), shared);
        world.planted = play.wrong.map(Planted::new);
        world.run();
        let mut played = Played {
            happened: std::mem::take(&mut world.script.happened),
            typed: world.model.typed.len(),
            steps: world.steps,
            transmissions: world.server.log.len(),
            crashes: world.crashes,
            planted: world.planted.as_ref().is_some_and(|p| p.done),
            counts: std::mem::take(&mut world.model.walks.counts),
            listing: if play.mode == Mode::Whole { Vec::new() } else { world.listing() },
            ..Played::default()
        };
        std::mem::swap(&mut played.broken, &mut world.model.broken);
        if !played.broken.is_empty() && play.keep {
            let files = world.house.keep_files();
            world.tell(format!("the files are in {}", files.display()));
        }
        played
    });
    let mut played = catch_unwind(run).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
        Played { broken: vec![format!("a panic: {}", text.unwrap_or_default())], ..Played::default() }
    });
    played.tale = story.borrow().to_string();
    played
}

/// A sentence without the names, numbers and words of its run.
fn form(sentence: &str) -> String {
    let plain =
        |word: &&str| !word.starts_with("zx") && word.bytes().all(|b| b.is_ascii_lowercase() || b == b',');
    sentence.split_whitespace().filter(plain).collect::<Vec<_>>().join(" ")
}

/// The same failure from fewer happenings: leaves out what it can, in halves, then in smaller parts, and plays at most
/// so many times.
pub fn shrink(whole: &Play, played: &Played, most: usize) -> (Play, Played) {
    let Some(sentence) = played.broken.first().map(|s| form(s)) else {
        return (whole.clone(), played.clone());
    };
    let (mut best, mut names) = (played.clone(), names_of(played));
    let (mut size, mut left) = (names.len().div_ceil(2).max(1), most);
    'smaller: loop {
        let mut from = 0;
        while from < names.len() {
            if left == 0 {
                break 'smaller;
            }
            left -= 1;
            let to = (from + size).min(names.len());
            let fewer: Vec<String> = [&names[..from], &names[to..]].concat();
            let only = Some(fewer.iter().cloned().collect());
            let tried = play(&Play { only, ..whole.clone() });
            if tried.broken.first().map(|s| form(s)).as_ref() == Some(&sentence) {
                // What hung on what was left out did not happen either.
                (names, best) = (names_of(&tried), tried);
            } else {
                from = to;
            }
        }
        if size == 1 {
            break;
        }
        size = size.div_ceil(2);
    }
    let only = Some(names.into_iter().collect());
    (Play { only, ..whole.clone() }, best)
}

fn names_of(played: &Played) -> Vec<String> {
    played.happened.iter().map(|(_, name)| name.clone()).collect()
}

/// Writes the story where builds leave their things.
pub fn leave(play: &Play, played: &Played) -> PathBuf {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("seed-{}.story", play.seed));
    std::fs::write(&file, play.story(played)).expect("the story is written");
    file
}
