//! Mistakes of the operator, as values: where, which key, what is wrong, what to write instead.
//!
//! The words themselves are in `sentences`; a [`ConfigError`] holds a [`Code`] and what fills its gaps, so that
//! one list of mistakes can be shown in either language; `show` draws them. Spans are byte offsets into the file's
//! text, which is kept for the carets (as a secret: it may hold a password).

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use super::code::Code;
use super::gaps;
use super::terms::Term;
use crate::domain::locale::Locale;
use crate::secret::Secret;

/// Every mistake that one run found, in the order of the file, then of the environment.
#[derive(Clone, Debug)]
pub struct ConfigErrors {
    /// The configuration file, as it was named.
    pub file: PathBuf,
    /// Its text; empty when it could not be read.
    pub text: Secret,
    /// Byte offsets into the text of what is never shown: passwords, and whatever may be one.
    pub hidden: Box<[Range<usize>]>,
    /// The environment variables whose values may be shown, with their values.
    pub variables: BTreeMap<String, String>,
    /// The language in which `Display` speaks: that of the file, where it could be read.
    pub locale: Locale,
    /// At least one.
    pub errors: Vec<ConfigError>,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Where it was made.
    pub place: Place,
    /// `section.key`; empty when the mistake is not about one key.
    pub key: String,
    /// What is wrong.
    pub code: Code,
    /// What fills the gaps `{0}`, `{1}` … of the sentences.
    pub arguments: Vec<Argument>,
}

/// What fills a gap of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// As it was written, or a name.
    Text(String),
    /// A word with a translation.
    Term(Term),
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        Self::Text(shown(text))
    }
}

impl From<String> for Argument {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Term> for Argument {
    fn from(term: Term) -> Self {
        Self::Term(term)
    }
}

/// The common causes in the operator's language, the others as the system says them.
impl From<&std::io::Error> for Argument {
    fn from(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::Term(Term::NotFound),
            std::io::ErrorKind::PermissionDenied => Self::Term(Term::NotPermitted),
            std::io::ErrorKind::InvalidData => Self::Term(Term::NotText),
            std::io::ErrorKind::IsADirectory => Self::Term(Term::Directory),
            std::io::ErrorKind::NotADirectory => Self::Term(Term::BelowAFile),
            _ => Self::from(error.to_string()),
        }
    }
}

/// What may stand in a terminal: control characters escaped, the rest of a very long text cut.
fn shown(text: &str) -> String {
    let escaped = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    let mut out: String = text.chars().take(200).map(escaped).collect();
    if text.chars().nth(200).is_some() {
        out.push('…');
    }
    out
}

/// Where a value was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the configuration file; `None` when no line can be named.
    File(Option<Spot>),
    /// In an environment variable of this name.
    Variable(String),
}

/// A part of one line of the configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Byte offsets into the text.
    pub span: Range<usize>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Spot {
    /// The spot that `span` covers in `text`.
    pub fn new(text: &str, span: Range<usize>) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.matches('\n').count() + 1;
        let column = before.get(line_start..).unwrap_or("").chars().count() + 1;
        Self { span, line, column }
    }
}

impl ConfigError {
    /// What is wrong, as a sentence.
    pub fn what(&self, locale: Locale) -> String {
        gaps::what(self.code, locale, &self.arguments)
    }

    /// What to write instead, as a sentence.
    pub fn remedy(&self, locale: Locale) -> String {
        gaps::remedy(self.code, locale, &self.arguments)
    }

    /// `file:line:column`, or the name of the environment variable.
    pub fn location(&self, file: &std::path::Path, locale: Locale) -> String {
        match (&self.place, locale) {
            (Place::File(Some(spot)), _) => format!("{}:{}:{}", file.display(), spot.line, spot.column),
            (Place::File(None), _) => file.display().to_string(),
            (Place::Variable(name), Locale::Ja) => format!("環境変数 {name}"),
            (Place::Variable(name), Locale::En) => format!("environment variable {name}"),
        }
    }
}

impl std::error::Error for ConfigErrors {}
