//! Text and environment → values of the right type, each with its place; everything else → mistakes.
//!
//! `toml` walks the file, because only it knows where each key stands. The environment is read through the same
//! list of keys. What passes here cannot fail in the merge.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::code::Code;
use super::error::{Argument, ConfigError, Place, Spot};
use super::nearest::nearest;
use super::terms::Term;
use super::written::{KEYS, Kind, example_of, is_section, kind_of};
use super::{hide, syntax};

/// A value of the right type.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    List(Vec<String>),
    Boolean(bool),
}

/// What file and environment say, and where.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// `section.key` → value and place, as the file says.
    pub file: BTreeMap<String, (Value, Place)>,
    /// `section.key` → value and place, as the environment says.
    pub environment: BTreeMap<String, (Value, Place)>,
    /// Where the sections stand that the file has.
    pub sections: BTreeMap<String, Place>,
    /// Keys that were written with a wrong value: they are not missing.
    pub refused: Vec<String>,
    /// Where the items of arrays stand in the file.
    pub items: BTreeMap<String, Vec<Place>>,
    /// Values in the file that are never shown.
    pub hidden: Vec<Range<usize>>,
    /// Variables whose values may be shown.
    pub variables: BTreeMap<String, String>,
    /// What was wrong.
    pub errors: Vec<ConfigError>,
}

impl Sources {
    /// Where the effective value of `key` was written; else its section, else the file.
    pub(super) fn place(&self, key: &str) -> Place {
        let written = self.environment.get(key).or_else(|| self.file.get(key)).map(|(_, place)| place);
        let section = || key.split('.').next().and_then(|section| self.sections.get(section));
        written.or_else(section).cloned().unwrap_or(Place::File(None))
    }

    /// Where the `n`th item of the effective value of `key` was written.
    pub(super) fn place_of_item(&self, key: &str, n: usize) -> Place {
        let item = self.items.get(key).and_then(|items| items.get(n));
        item.filter(|_| !self.environment.contains_key(key)).cloned().unwrap_or_else(|| self.place(key))
    }

    fn error(&mut self, place: Place, key: &str, code: Code, arguments: Vec<Argument>) {
        self.errors.push(ConfigError { place, key: key.to_owned(), code, arguments });
    }

    /// Reads the file's text. After a syntax error the rest of the tree is a guess: nothing else is reported.
    pub(super) fn read_file(&mut self, text: &str) -> bool {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut told = None;
        for error in &errors {
            let spot = error.span().map(|span| Spot::new(text, span));
            let line = spot.as_ref().map(|spot| spot.line);
            // what the parser stumbles over next on the same line is noise
            if line.is_some() && told == line {
                continue;
            }
            told = line;
            let rest = spot.as_ref().and_then(|spot| text.get(spot.span.start..)).unwrap_or_default();
            let code = syntax::code(error.message(), rest);
            self.hidden.extend(spot.as_ref().and_then(|spot| hide::by_guess(text, spot.span.start)));
            self.error(Place::File(spot), "", code, vec![error.message().into()]);
        }
        if !errors.is_empty() {
            return false;
        }
        self.hidden = hide::by_keys(table.get_ref());
        for (name, value) in table.get_ref() {
            let place = place_of(text, name.span());
            let section = name.get_ref().as_ref();
            match value.get_ref() {
                DeValue::Table(keys) if is_section(section) => self.read_section(text, section, place, keys),
                other if !is_section(section) => {
                    let near = self.unknown_section(place.clone(), section, other);
                    // what stands below a mistyped section is checked as if it were the right one
                    if let (Some(near), DeValue::Table(keys)) = (near, other)
                        && !table.get_ref().contains_key(near)
                    {
                        self.read_section(text, near, place, keys);
                    }
                }
                other => {
                    let found = term_of(other).into();
                    self.refused.push(section.to_owned());
                    self.error(place, section, Code::NotASection, vec![found, section.into()]);
                }
            }
        }
        true
    }

    fn read_section(&mut self, text: &str, section: &str, place: Place, keys: &DeTable<'_>) {
        self.sections.insert(section.to_owned(), place);
        for (name, value) in keys {
            let place = place_of(text, name.span());
            let name = name.get_ref().as_ref();
            let key = format!("{section}.{name}");
            let Some(kind) = kind_of(section, name) else {
                self.unknown_key(place, section, name);
                continue;
            };
            let place = place_of(text, value.span());
            if let DeValue::Array(items) = value.get_ref() {
                let items = items.iter().map(|item| place_of(text, item.span()));
                self.items.insert(key.clone(), items.collect());
            }
            match typed(kind, value.get_ref()) {
                Ok(value) => {
                    self.file.insert(key, (value, place));
                }
                Err(found) => {
                    // of a list with something else in it, that item is shown
                    let items = value.get_ref().as_array().filter(|_| kind == Kind::List);
                    let odd = items.and_then(|items| items.iter().find(|item| !item.get_ref().is_str()));
                    if let Some(odd) = odd {
                        let place = place_of(text, odd.span());
                        self.not_wanted(place, &key, Term::Text, term_of(odd.get_ref()));
                        continue;
                    }
                    self.wrong_type(place, &key, kind, found);
                }
            }
        }
    }

    /// Answers the section that was probably meant.
    fn unknown_section(&mut self, place: Place, section: &str, value: &DeValue<'_>) -> Option<&'static str> {
        // a key above the first section is most often one whose section was forgotten
        let homes: Vec<&str> = if value.is_table() { Vec::new() } else { homes(section) };
        let near = nearest(section, KEYS.iter().map(|(section, _, _)| *section));
        let (code, second) = match (homes.is_empty(), near) {
            (false, _) => (Code::KeyOutsideSection, bracketed(&homes)),
            (true, Some(near)) => (Code::UnknownSectionLike, near.to_owned()),
            (true, None) => (Code::UnknownSection, String::new()),
        };
        self.refused.extend(homes.iter().map(|home| format!("{home}.{section}")));
        self.error(place, section, code, vec![section.into(), second.into()]);
        near
    }

    fn unknown_key(&mut self, place: Place, section: &str, name: &str) {
        let known = || KEYS.iter().filter(|(s, _, _)| *s == section).map(|(_, key, _)| *key);
        let homes = homes(name);
        let (code, second) = match nearest(name, known()) {
            _ if !homes.is_empty() => {
                self.refused.extend(homes.iter().map(|home| format!("{home}.{name}")));
                (Code::KeyOfOtherSection, bracketed(&homes))
            }
            Some(near) => {
                self.refused.push(format!("{section}.{near}"));
                (Code::UnknownKeyLike, near.to_owned())
            }
            None => (Code::UnknownKey, known().collect::<Vec<_>>().join(", ")),
        };
        self.error(place, &format!("{section}.{name}"), code, vec![section.into(), second.into()]);
    }

    fn wrong_type(&mut self, place: Place, key: &str, kind: Kind, found: Term) {
        let wanted = match kind {
            Kind::Text => Term::Text,
            Kind::Integer => Term::Integer,
            Kind::List => Term::List,
            Kind::Boolean => Term::Boolean,
        };
        self.not_wanted(place, key, wanted, found);
    }

    fn not_wanted(&mut self, place: Place, key: &str, wanted: Term, found: Term) {
        let (section, name) = key.split_once('.').unwrap_or(("", key));
        let value = example_of(section, name);
        let example = match &place {
            Place::Variable(variable) => format!("{variable}={}", value.trim_matches('"')),
            Place::File(_) => format!("{name} = {value}"),
        };
        self.refused.push(key.to_owned());
        self.error(place, key, Code::WrongType, vec![wanted.into(), found.into(), example.into()]);
    }

    /// Reads every variable whose name begins with YORISOI, in the order of the names.
    pub(super) fn read_environment(&mut self, variables: &BTreeMap<String, String>) {
        for (variable, value) in variables {
            let ours = variable.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("YORISOI"));
            if !ours || READ_ELSEWHERE.contains(&variable.as_str()) {
                continue;
            }
            let place = Place::Variable(variable.clone());
            let known = KEYS.iter().find(|(section, key, _)| *variable == variable_of(section, key));
            let Some((section, key, kind)) = known else {
                self.unknown_variable(place, variable, value);
                continue;
            };
            if !hide::is_secret(key) {
                self.variables.insert(variable.clone(), value.clone());
            }
            let key = format!("{section}.{key}");
            match typed_text(*kind, value) {
                Some(value) => {
                    self.environment.insert(key, (value, place));
                }
                None => self.wrong_type(place, &key, *kind, Term::Text),
            }
        }
    }

    fn unknown_variable(&mut self, place: Place, variable: &str, value: &str) {
        let known: Vec<String> = KEYS.iter().map(|(section, key, _)| variable_of(section, key)).collect();
        let bare = |name: &str| name.replace(['_', '-', '.'], "").to_ascii_uppercase();
        let plain = |name: &str| {
            let known = KEYS.iter().find(|(section, key, _)| variable_of(section, key) == name);
            known.is_some_and(|(_, key, _)| !hide::is_secret(key)) && !hide::is_suspect(variable)
        };
        let joints = known.iter().find(|name| bare(name) == bare(variable));
        let near = nearest(&variable.to_ascii_uppercase(), known.iter().map(String::as_str));
        let shows_value = joints.map(String::as_str).or(near).is_some_and(plain);
        let (code, arguments) = match (joints, near) {
            (Some(name), _) if variable.to_ascii_uppercase() != *name => {
                (Code::VariableUnderscores, vec![name.as_str().into()])
            }
            (_, Some(near)) => (Code::UnknownVariableLike, vec![near.into()]),
            (_, None) => (Code::UnknownVariable, Vec::new()),
        };
        if shows_value {
            self.variables.insert(variable.to_owned(), value.to_owned());
        }
        self.error(place, "", code, arguments);
    }
}

/// The sections that have a key of this name.
pub(super) fn homes(name: &str) -> Vec<&'static str> {
    KEYS.iter().filter(|(_, key, _)| *key == name).map(|(section, _, _)| *section).collect()
}

/// `[imap] / [smtp]`
fn bracketed(sections: &[&str]) -> String {
    sections.iter().map(|section| format!("[{section}]")).collect::<Vec<_>>().join(" / ")
}

/// Variables that begin with YORISOI and are no part of the configuration: the number of seeds of the simulator.
const READ_ELSEWHERE: &[&str] = &["YORISOI_SIM_SEEDS"];

fn variable_of(section: &str, key: &str) -> String {
    format!("YORISOI__{}__{}", section.to_ascii_uppercase(), key.to_ascii_uppercase())
}

fn place_of(text: &str, span: Range<usize>) -> Place {
    Place::File(Some(Spot::new(text, span)))
}

fn typed(kind: Kind, value: &DeValue<'_>) -> Result<Value, Term> {
    let wrong = || term_of(value);
    match (kind, value) {
        (Kind::Text, DeValue::String(text)) => Ok(Value::Text(text.to_string())),
        (Kind::Integer, DeValue::Integer(number)) => {
            i64::from_str_radix(number.as_str(), number.radix()).map(Value::Integer).map_err(|_| wrong())
        }
        (Kind::List, DeValue::Array(items)) => {
            let words = items.iter().map(|item| item.get_ref().as_str().map(str::to_owned));
            words.collect::<Option<Vec<_>>>().map(Value::List).ok_or_else(wrong)
        }
        (Kind::Boolean, DeValue::Boolean(value)) => Ok(Value::Boolean(*value)),
        _ => Err(wrong()),
    }
}

/// From an environment variable. A list is words between commas; an empty variable is an empty list.
fn typed_text(kind: Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Text => Some(Value::Text(text.to_owned())),
        Kind::Integer => text.trim().parse().ok().map(Value::Integer),
        Kind::Boolean => text.trim().parse().ok().map(Value::Boolean),
        Kind::List => {
            let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
            Some(Value::List(words.map(str::to_owned).collect()))
        }
    }
}

fn term_of(value: &DeValue<'_>) -> Term {
    match value {
        DeValue::String(_) => Term::Text,
        DeValue::Integer(_) => Term::Integer,
        DeValue::Float(_) => Term::Float,
        DeValue::Boolean(_) => Term::Boolean,
        DeValue::Datetime(_) => Term::Time,
        DeValue::Array(items) if items.iter().any(|item| !item.get_ref().is_str()) => Term::MixedList,
        DeValue::Array(_) => Term::List,
        DeValue::Table(_) => Term::Section,
    }
}
