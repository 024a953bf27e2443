//! The words inside the sentences: types of values and causes of failures, in both languages.

use crate::domain::locale::Locale;

/// Words that fill a gap and have a translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the table below is their explanation
pub enum Term {
    Text,
    Integer,
    List,
    MixedList,
    Float,
    Boolean,
    Time,
    Section,
    NotFound,
    NotPermitted,
    NotText,
    Directory,
    BelowAFile,
}

/// The word in one language.
pub(super) fn term(term: Term, locale: Locale) -> &'static str {
    let (ja, en) = match term {
        Term::Text => ("文字列", "a string"),
        Term::Integer => ("整数", "an integer"),
        Term::List => ("配列", "an array"),
        Term::MixedList => ("文字列以外を含む配列", "an array that holds more than strings"),
        Term::Float => ("小数", "a float"),
        Term::Boolean => ("真偽値", "a boolean"),
        Term::Time => ("日時", "a date or time"),
        Term::Section => ("見出し", "a section"),
        Term::NotFound => ("見つかりません", "not found"),
        Term::NotPermitted => ("権限がありません", "permission denied"),
        Term::NotText => ("UTF-8 の文字ではありません", "it is not UTF-8 text"),
        Term::Directory => ("ファイルではなくフォルダーです", "it is a directory"),
        Term::BelowAFile => ("途中の名前がフォルダーではありません", "a part of the path is no directory"),
    };
    match locale {
        Locale::Ja => ja,
        Locale::En => en,
    }
}
