//! The one way from the database to an operator's eyes: JSON for programs, a page for people.
//!
//! Whatever a listing shows enters here, and no address leaves in full unless `--show-addresses` says so; a new column
//! or field cannot forget it. At a terminal the soft columns of a table give way, by display width and between whole
//! characters; into a pipe, and in JSON, everything is whole.

use std::io::IsTerminal as _;

use clap::Args;
use comfy_table::presets::NOTHING;
use comfy_table::{ColumnConstraint, ContentArrangement, Row, Table};
use csv::{Terminator, WriterBuilder};
use serde::Serialize;
use serde_json::Value;
use terminal_size::{Width, terminal_size_of};

use super::{put, say_whole};
use crate::clock::{Timestamp, Zone};
use crate::mail::masked::masked;

/// What every listing can be asked for.
#[derive(Args, Clone, Copy)]
pub(super) struct Form {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Show addresses in full; without this only the first character and the domain: h…@example.jp
    #[arg(long)]
    show_addresses: bool,
}

impl Form {
    /// Of what shows no address, whatever is asked for.
    pub(super) fn of(json: bool) -> Self {
        Self { json, show_addresses: false }
    }

    /// Prints `value` as JSON, or what `lay_out` makes of it.
    pub(super) fn print(self, value: &impl Serialize, lay_out: impl FnOnce(&mut Page)) -> anyhow::Result<()> {
        if self.json {
            let mut value = serde_json::to_value(value)?;
            if !self.show_addresses {
                mask_all(&mut value);
            }
            return say_whole(&serde_json::to_string_pretty(&value)?);
        }
        let mut page = Page { masks: !self.show_addresses, width: terminal_width(), text: String::new() };
        lay_out(&mut page);
        say_whole(page.text.trim_end())
    }

    /// Prints rows for a spreadsheet.
    pub(super) fn print_csv<const N: usize>(
        self,
        head: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) -> anyhow::Result<()> {
        put(&self.csv(head, rows)?)
    }

    /// RFC 4180, in UTF-8 with the mark by which Excel knows it from Shift_JIS.
    fn csv<const N: usize>(
        self,
        head: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) -> anyhow::Result<Vec<u8>> {
        let marked = Vec::from("\u{feff}");
        let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(marked);
        writer.write_record(head)?;
        for row in rows {
            writer.write_record(row.map(|cell| harmless(&self.seen(&cell))))?;
        }
        Ok(writer.into_inner()?)
    }

    fn seen(self, text: &str) -> String {
        if self.show_addresses { text.to_owned() } else { masked(text) }
    }
}

/// A spreadsheet takes a cell that begins so for a formula, full-width signs too; behind an apostrophe it is words.
fn harmless(cell: &str) -> String {
    const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    let cell = cell.replace(char::is_control, " ");
    if cell.trim_start().starts_with(FORMULA) { format!("'{cell}") } else { cell }
}

/// `None` where nobody sits at a terminal. One that does not tell its size has the usual one.
fn terminal_width() -> Option<u16> {
    const USUAL: u16 = 80;
    let stdout = std::io::stdout();
    let told = terminal_size_of(&stdout).map(|(Width(columns), _)| columns);
    stdout.is_terminal().then(|| told.unwrap_or(USUAL))
}

fn mask_all(value: &mut Value) {
    match value {
        Value::String(text) => *text = masked(text),
        Value::Array(values) => values.iter_mut().for_each(mask_all),
        Value::Object(fields) => fields.values_mut().for_each(mask_all),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A column of a table.
#[derive(Clone, Copy)]
pub(super) enum Column {
    /// Always whole: numbers, states, times.
    Stiff(&'static str),
    /// Shortened where the terminal is too narrow: names, words, addresses.
    Soft(&'static str),
}

/// Text for people, in the making.
pub(super) struct Page {
    masks: bool,
    /// Columns of the terminal; `None` where there is none.
    width: Option<u16>,
    text: String,
}

impl Page {
    /// A page that shows everything.
    pub(super) fn whole() -> Self {
        Self { masks: false, width: None, text: String::new() }
    }

    /// A page as a terminal of this width has it.
    #[cfg(test)]
    pub(super) fn of_width(width: u16) -> Self {
        Self { masks: true, width: Some(width), text: String::new() }
    }

    /// What was put on it.
    pub(super) fn text(self) -> String {
        self.text
    }

    fn seen(&self, text: &str) -> String {
        if self.masks { masked(text) } else { text.to_owned() }
    }

    /// One line.
    pub(super) fn line(&mut self, text: &str) {
        self.words("", text);
        if text.is_empty() {
            self.text.push('\n');
        }
    }

    /// Several lines, each behind `indent`. They are looked at together: an address may run over a line's end.
    pub(super) fn words(&mut self, indent: &str, text: &str) {
        for line in self.seen(text).lines() {
            self.text.push_str(format!("{indent}{line}").trim_end());
            self.text.push('\n');
        }
    }

    /// A table, one line for each row.
    pub(super) fn table<const N: usize>(
        &mut self,
        columns: [Column; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) {
        let mut table = Table::new();
        let head = columns.map(|(Column::Stiff(name) | Column::Soft(name))| name);
        table.load_style(NOTHING).set_header(one_line(head)).set_truncation_indicator("…");
        for row in rows {
            table.add_row(one_line(row.map(|cell| self.seen(&cell).replace(char::is_control, " "))));
        }
        if let Some(width) = self.width {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
            for (shown, column) in table.column_iter_mut().zip(columns) {
                if matches!(column, Column::Stiff(_)) {
                    shown.set_constraint(ColumnConstraint::ContentWidth);
                }
            }
        }
        self.text.push_str(&table.trim_fmt());
        self.text.push('\n');
    }
}

fn one_line<const N: usize>(cells: [impl ToString; N]) -> Row {
    let mut row = Row::from(cells);
    row.max_height(1);
    row
}

/// A time for people: to the minute, in the service's zone.
pub(super) fn minute(time: &str, zone: &Zone) -> String {
    Timestamp::parse(time).map_or_else(|| time.to_owned(), |at| at.minute_in(zone))
}

#[cfg(test)]
pub(super) mod tests {
    use super::Column::{Soft, Stiff};
    use super::*;

    fn page(masks: bool, width: Option<u16>) -> Page {
        Page { masks, width, text: String::new() }
    }

    /// As terminals count: a full-width character takes two columns, half-width katakana one.
    pub(in crate::cli) fn columns(text: &str) -> usize {
        let narrow = |c: &char| *c < '\u{1100}' || *c == '…' || ('\u{ff61}'..='\u{ff9f}').contains(c);
        text.chars().map(|c| if narrow(&c) { 1 } else { 2 }).sum()
    }

    /// At which column `word` begins in each line that has it.
    fn column_of(text: &str, word: &str) -> Vec<usize> {
        text.lines().filter_map(|line| line.find(word).map(|at| columns(&line[..at]))).collect()
    }

    fn people(page: &mut Page, names: &[&str]) {
        let rows = names.iter().map(|name| ["1", *name, "active", "haru@example.jp"].map(str::to_owned));
        page.table([Stiff("id"), Soft("name"), Stiff("state"), Soft("addresses")], rows);
    }

    #[test]
    fn full_width_names_stand_in_line() {
        let mut page = page(false, None);
        people(&mut page, &["はる", "Ann", "ﾊﾙｺ", "佐々木 健太郎"]);
        let text = page.text();
        assert_eq!(column_of(&text, "active"), [20; 4], "{text}");
        assert_eq!(column_of(&text, "state"), [20], "{text}");
    }

    #[test]
    fn at_a_narrow_terminal_names_are_cut_between_characters() {
        let long = "佐々木".repeat(20);
        // か and a combining mark: one character to its reader
        let marks = "か\u{3099}".repeat(30);
        for width in [40, 41, 60, 61, 80, 81] {
            let mut page = page(false, Some(width));
            people(&mut page, &[&long, "はる", &marks]);
            let text = page.text();
            assert_eq!(text.lines().count(), 4, "{width}:\n{text}");
            for line in text.lines() {
                let marks = line.matches('\u{3099}').count();
                assert!(columns(line) - 2 * marks <= usize::from(width), "{width}:\n{text}");
            }
            assert!(text.contains("佐々") && text.contains('…') && text.contains("はる"), "{width}:\n{text}");
            assert!(!text.contains("か…") && !text.contains("か "), "{width}:\n{text}");
            assert!(column_of(&text, "active").iter().all(|at| *at > 0), "{width}:\n{text}");
            assert_eq!(text.matches("active").count(), 3, "a stiff column was cut at {width}:\n{text}");
        }
    }

    #[test]
    fn into_a_pipe_everything_is_whole() {
        let long = "佐々木".repeat(50);
        let mut page = page(false, None);
        people(&mut page, &[&long]);
        assert!(page.text().contains(&long));
    }

    #[test]
    fn no_way_onto_the_page_passes_by_the_mask() {
        let mut shown = page(true, Some(100));
        shown.line("from haru@example.jp");
        shown.words("   ", "write to haru\n@example.jp");
        people(&mut shown, &["haru@example.jp"]);
        let text = shown.text();
        assert!(!text.contains("haru"), "{text}");
        assert_eq!(text.matches("@example.jp").count(), 4, "{text}");
        let mut value = serde_json::json!({"a": ["haru@example.jp", 1], "b": {"c": "to haru@example.jp"}});
        mask_all(&mut value);
        assert_eq!(value, serde_json::json!({"a": ["h…@example.jp", 1], "b": {"c": "to h…@example.jp"}}));
    }

    #[test]
    fn a_line_break_in_a_cell_breaks_no_table() {
        let mut page = page(false, None);
        people(&mut page, &["はる\nなつ"]);
        assert_eq!(page.text().lines().count(), 2);
    }

    #[test]
    fn a_line_of_csv_is_whole_and_nothing_in_it_is_a_formula() {
        let check = |shows: bool, name: &str, expected: &str| {
            let form = Form { json: false, show_addresses: shows };
            let octets = form.csv(["name", "n"], [[name.to_owned(), "1".to_owned()]]).expect("csv");
            let text = String::from_utf8(octets).expect("UTF-8");
            assert_eq!(text, format!("\u{feff}name,n\r\n{expected},1\r\n"));
        };
        check(false, "はる", "はる");
        // RFC 4180 §2.6, §2.7
        check(false, "はる, なつ", "\"はる, なつ\"");
        check(false, "はる\"姉\"", "\"はる\"\"姉\"\"\"");
        check(false, "はる\r\nなつ", "はる  なつ");
        check(false, "=1+1", "'=1+1");
        check(false, "+81", "'+81");
        check(false, "-1", "'-1");
        check(false, "@SUM(A1)", "'@SUM(A1)");
        check(false, "\t=1", "' =1");
        check(false, "＝１", "'＝１");
        check(false, "a=1", "a=1");
        check(false, "haru@example.jp", "h…@example.jp");
        check(true, "haru@example.jp", "haru@example.jp");
    }
}
