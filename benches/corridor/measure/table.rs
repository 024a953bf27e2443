//! What was measured, with medians, spread, ratios and aims, for people and for programs.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::Arguments;

/// What a line must reach: at least, or at most, this figure; or at least this part of its anchor.
#[derive(Clone, Copy, Debug)]
enum Aim {
    AtLeast(f64),
    AtMost(f64),
    OfAnchor(f64),
}

const AIMS: [(&str, Aim); 8] = [
    ("keep, warm", Aim::AtLeast(15_000.0)),
    ("apply", Aim::AtLeast(4_000.0)),
    ("submit, 1 connection", Aim::OfAnchor(0.9)),
    ("submit, 8 connections", Aim::OfAnchor(0.9)),
    ("drain, 1 connection", Aim::AtLeast(700.0)),
    ("drain, 8 connections", Aim::AtLeast(2_000.0)),
    ("memory of the corridor", Aim::AtMost(64.0)),
    ("latency, announced at once", Aim::AtMost(50.0)),
];

#[derive(Clone, Debug)]
pub struct Line {
    pub name: String,
    pub unit: &'static str,
    pub samples: Vec<f64>,
    against: Option<&'static str>,
}

impl Line {
    /// The value below which `part` of the samples lie.
    fn quantile(&self, part: f64) -> f64 {
        let mut sorted = self.samples.clone();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len() - 1;
        sorted[(part * last as f64).round() as usize]
    }

    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }
}

#[derive(Debug)]
pub struct Table {
    mails: usize,
    repetitions: usize,
    pub lines: Vec<Line>,
    pub skipped: Vec<(String, String)>,
}

impl Table {
    pub fn new(arguments: &Arguments) -> Self {
        let Arguments { mails, repetitions, .. } = *arguments;
        Self { mails, repetitions, lines: Vec::new(), skipped: Vec::new() }
    }

    pub fn add(&mut self, name: &str, unit: &'static str, against: Option<&'static str>, sample: f64) {
        match self.lines.iter_mut().find(|line| line.name == name) {
            Some(line) => line.samples.push(sample),
            None => self.lines.push(Line { name: name.to_owned(), unit, samples: vec![sample], against }),
        }
    }

    pub fn latencies(&mut self, name: &str, took: &[Duration]) {
        took.iter().for_each(|one| self.add(name, "ms", None, one.as_secs_f64() * 1000.0));
    }

    /// A line that could not be measured, said once.
    pub fn skip(&mut self, name: &str, why: &str) {
        let skipped = (name.to_owned(), why.to_owned());
        if !self.skipped.contains(&skipped) {
            self.skipped.push(skipped);
        }
    }

    /// The median of the ratios to the anchor, turn by turn.
    fn ratio(&self, line: &Line) -> Option<f64> {
        let anchor = self.lines.iter().find(|l| Some(l.name.as_str()) == line.against)?;
        let samples = line.samples.iter().zip(&anchor.samples).map(|(ours, theirs)| ours / theirs).collect();
        Some(Line { samples, ..line.clone() }.median())
    }

    fn aim(&self, line: &Line) -> Option<(String, bool)> {
        let (_, aim) = AIMS.iter().find(|(name, _)| *name == line.name)?;
        Some(match aim {
            Aim::AtLeast(least) => (format!("≥ {}", figure(*least)), line.median() >= *least),
            Aim::AtMost(most) => (format!("≤ {}", figure(*most)), line.median() <= *most),
            Aim::OfAnchor(part) => {
                (format!("≥ {part} of smtp-source"), self.ratio(line).is_some_and(|r| r >= *part))
            }
        })
    }

    pub fn json(&self) -> String {
        let lines = self.lines.iter().map(|line| {
            let aim = self.aim(line);
            json!({
                "name": line.name, "unit": line.unit, "median": line.median(), "min": line.quantile(0.0),
                "p95": line.quantile(0.95), "max": line.quantile(1.0), "samples": line.samples,
                "against": line.against, "ratio": self.ratio(line),
                "aim": aim.as_ref().map(|(text, _)| text.as_str()), "reached": aim.as_ref().map(|(_, r)| *r),
            })
        });
        let skipped = self.skipped.iter().map(|(name, why)| json!({ "name": name, "why": why }));
        let all = json!({
            "mails": self.mails, "repetitions": self.repetitions, "machine": machine(),
            "lines": lines.collect::<Vec<Value>>(), "skipped": skipped.collect::<Vec<Value>>(),
        });
        serde_json::to_string_pretty(&all).unwrap()
    }

    fn rows(&self) -> Vec<[String; 6]> {
        let row = |line: &Line| {
            let spread = match line.unit {
                "ms" => format!("p95 {}, max {}", figure(line.quantile(0.95)), figure(line.quantile(1.0))),
                _ => format!("{}–{}", figure(line.quantile(0.0)), figure(line.quantile(1.0))),
            };
            let ratio = self.ratio(line).zip(line.against);
            let ratio = ratio.map_or_else(String::new, |(ratio, anchor)| format!("{ratio:.2} of {anchor}"));
            let (aim, reached) = self.aim(line).map_or_else(Default::default, |(aim, reached)| {
                (aim, if reached { "yes" } else { "no" }.to_owned())
            });
            [
                line.name.clone(),
                format!("{} {}", figure(line.median()), line.unit),
                spread,
                ratio,
                aim,
                reached,
            ]
        };
        self.lines.iter().map(row).collect()
    }

    pub fn markdown(&self) -> String {
        let mut text = format!("{}\n\n", self.head());
        text.push_str(
            "| line | median | spread | ratio | aim | reached |\n| --- | --: | --- | --- | --- | --- |\n",
        );
        for row in self.rows() {
            let _ = writeln!(text, "| {} |", row.join(" | "));
        }
        for (name, why) in &self.skipped {
            let _ = writeln!(text, "\nNot measured: {name} ({why}).");
        }
        text
    }

    pub fn text(&self) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_header(["", "median", "spread", "ratio", "aim", "reached"]);
        table.add_rows(self.rows());
        let skipped = self.skipped.iter().map(|(name, why)| format!("\nnot measured: {name} ({why})"));
        format!("{}\n{table}{}", self.head(), skipped.collect::<String>())
    }

    fn head(&self) -> String {
        format!("{} mails, {} turns; {}", self.mails, self.repetitions, machine())
    }
}

/// Processor, cores, system, load and day: what figures depend on.
fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let cores = info.lines().filter(|line| line.starts_with("processor")).count();
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or_default();
    let kernel = read("/proc/sys/kernel/osrelease");
    let kernel = kernel.trim().split('-').next().unwrap_or_default();
    let day = jiff::Zoned::now().date();
    format!(
        "{} ({cores} cores), Linux {kernel}, load at the end {load}, {day}",
        model.unwrap_or("unknown processor")
    )
}

/// Thousands with a comma; small figures with one decimal.
fn figure(value: f64) -> String {
    if value < 1_000.0 {
        return if value < 100.0 { format!("{value:.1}") } else { format!("{value:.0}") };
    }
    let whole = format!("{value:.0}");
    let (front, back) = whole.split_at(whole.len() - 3);
    if front.len() > 3 {
        let (first, middle) = front.split_at(front.len() - 3);
        return format!("{first},{middle},{back}");
    }
    format!("{front},{back}")
}
