//! File and environment → [`Settings`], or every mistake in them.
//!
//! 1. `source` reads both and sorts out what has no place or the wrong type.
//! 2. `config` lays the environment over the file.
//! 3. `resolve` checks each value and fills in what was not said.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use config::{Config, ValueKind};

use super::code::Code;
use super::error::{Argument, ConfigError, ConfigErrors, Place};
use super::resolve::Resolver;
use super::source::{Sources, Value};
use super::written::Written;
use super::{Settings, error};
use crate::domain::locale::Locale;
use crate::secret::Secret;

/// Reads the configuration file at `path` and the variables of `env` (`YORISOI__IMAP__PORT=143` overrides `port`
/// below `[imap]`), and resolves them. Relative paths in the file begin at its directory. Reads password files
/// and runs password commands (at most 10 s each).
///
/// # Errors
/// Every mistake that could be found in one run; after a mistake of syntax, which makes the rest of the file a
/// guess, only those of syntax and of the environment.
pub fn load(path: &Path, env: impl Iterator<Item = (String, String)>) -> Result<Settings, ConfigErrors> {
    let environment: BTreeMap<String, String> = env.collect();
    let mut sources = Sources::default();
    let text = std::fs::read_to_string(path);
    let is_whole = match &text {
        Ok(text) => sources.read_file(text),
        Err(error) => {
            let arguments = vec![Argument::from(error)];
            sources.errors.push(mistake(Place::File(None), Code::FileUnreadable, arguments));
            false
        }
    };
    sources.read_environment(&environment);
    let locale = locale_of(&sources, text.as_deref().unwrap_or_default());
    let mut errors = std::mem::take(&mut sources.errors);
    let mut settings = None;
    if is_whole {
        let mut resolver = Resolver {
            sources: &sources,
            base: path.parent().unwrap_or(Path::new("")),
            environment: &environment,
            errors: Vec::new(),
            warnings: Vec::new(),
        };
        match merged(&sources) {
            Ok(written) => settings = resolver.settings(written),
            // not reached: every value that came this far has its key's type
            Err(_) => errors.push(mistake(Place::File(None), Code::Syntax, vec!["merge".into()])),
        }
        errors.append(&mut resolver.errors);
        let warnings = resolver.warnings;
        if let Some(settings) = &mut settings {
            settings.warnings = warnings.iter().map(|warning| sentence(warning, path, locale)).collect();
        }
    }
    match settings {
        Some(settings) if errors.is_empty() => Ok(settings),
        _ => {
            errors.sort_by_key(|error| order(&error.place));
            let text = Secret::new(text.unwrap_or_default());
            let Sources { hidden, variables, .. } = sources;
            let (file, hidden) = (PathBuf::from(path), hidden.into_boxed_slice());
            Err(ConfigErrors { file, text, hidden, variables, locale, errors })
        }
    }
}

fn mistake(place: Place, code: Code, arguments: Vec<Argument>) -> ConfigError {
    ConfigError { place, key: String::new(), code, arguments }
}

/// The order in which mistakes are told: the file from top to bottom, what is missing in it, the environment.
fn order(place: &Place) -> (u8, usize) {
    match place {
        Place::File(Some(spot)) => (0, spot.span.start),
        Place::File(None) => (1, 0),
        Place::Variable(_) => (2, 0),
    }
}

/// The language to complain in: what the operator asked for, if that much can be read.
fn locale_of(sources: &Sources, text: &str) -> Locale {
    let key = "service.locale";
    let written = sources.environment.get(key).or_else(|| sources.file.get(key));
    let word = match written {
        Some((Value::Text(word), _)) => Some(word.as_str()),
        // in a file that is no TOML, the line that would say it
        None if sources.file.is_empty() => text.lines().find_map(|line| {
            let value = line.trim_start().strip_prefix("locale")?.trim_start().strip_prefix('=')?;
            value.trim_start().strip_prefix(['"', '\''])?.split(['"', '\'']).next()
        }),
        _ => None,
    };
    word.and_then(Locale::from_word).unwrap_or(Locale::Ja)
}

/// The environment over the file.
fn merged(sources: &Sources) -> Result<Written, config::ConfigError> {
    let mut builder = Config::builder();
    for (key, (value, _)) in &sources.file {
        builder = builder.set_default(key, kind(value))?;
    }
    for (key, (value, _)) in &sources.environment {
        builder = builder.set_override(key, kind(value))?;
    }
    builder.build()?.try_deserialize()
}

fn kind(value: &Value) -> ValueKind {
    match value {
        Value::Text(text) => ValueKind::String(text.clone()),
        Value::Integer(number) => ValueKind::I64(*number),
        Value::Boolean(value) => ValueKind::Boolean(*value),
        Value::List(words) => {
            let words = words.iter().map(|word| config::Value::new(None, ValueKind::String(word.clone())));
            ValueKind::Array(words.collect())
        }
    }
}

fn sentence(warning: &error::ConfigError, file: &Path, locale: Locale) -> String {
    let place = warning.location(file, locale);
    let (what, remedy) = (warning.what(locale), warning.remedy(locale));
    match locale {
        Locale::Ja => format!("{place}: {}: {what}。{remedy}", warning.key),
        Locale::En => format!("{place}: {}: {what}; {remedy}", warning.key),
    }
}
