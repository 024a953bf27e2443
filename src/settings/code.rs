//! What can be wrong with a configuration: one name for each kind of mistake and of warning.

/// What is wrong, or what the operator should know. The rows of `sentences::SENTENCES` stand in the same order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // each one is explained by its row of sentences, in two languages
pub enum Code {
    FileUnreadable,
    Syntax,
    QuotesMissing,
    QuoteOpen,
    BracketOpen,
    EqualsMissing,
    WrittenTwice,
    UnknownSection,
    UnknownSectionLike,
    KeyOutsideSection,
    UnknownKey,
    UnknownKeyLike,
    KeyOfOtherSection,
    NotASection,
    WrongType,
    Missing,
    NotAChoice,
    NotAChoiceLike,
    Empty,
    EmptyRequired,
    ControlCharacter,
    AddressWithoutAt,
    AddressLocalPart,
    AddressDomain,
    LocalPartTooLong,
    OperatorIsService,
    BadZone,
    BadTimeOfDay,
    BadSpan,
    BadPart,
    PartsOutOfOrder,
    BadLength,
    BadPort,
    BadSize,
    BadCount,
    JunkIsFolder,
    BadHost,
    DataDirNotADirectory,
    PlainOutside,
    LoginMissing,
    PasswordMissing,
    PasswordWithoutUsername,
    SeveralPasswords,
    SecretUnreadable,
    SecretEmpty,
    CommandUnstarted,
    CommandFailed,
    CommandSlow,
    CredentialName,
    NoCredentialsDirectory,
    CaFileUnreadable,
    CaFileWithoutCertificate,
    NoTrustedServers,
    SignaturesNotBuilt,
    BadDnsServer,
    BadCurrency,
    UnknownVariable,
    UnknownVariableLike,
    VariableUnderscores,
    WarnPlainPassword,
    WarnOpenFile,
    WarnTrustUnused,
}

/// What is wrong, and what to write instead.
pub(super) struct Sentence {
    pub(super) code: Code,
    pub(super) ja: [&'static str; 2],
    pub(super) en: [&'static str; 2],
}

/// One of them.
pub(super) const fn row(code: Code, ja: [&'static str; 2], en: [&'static str; 2]) -> Sentence {
    Sentence { code, ja, en }
}

#[cfg(test)]
mod tests {
    use super::super::sentences::SENTENCES;
    use super::*;

    #[test]
    fn every_code_has_its_row_and_both_languages_fill_the_same_gaps() {
        for (n, sentence) in SENTENCES.iter().enumerate() {
            assert_eq!(sentence.code as usize, n, "{:?} is out of order", sentence.code);
            let gaps = |half: [&str; 2]| {
                (0..4).map(|n| half.concat().contains(&format!("{{{n}}}"))).collect::<Vec<_>>()
            };
            assert_eq!(gaps(sentence.ja), gaps(sentence.en), "{:?}", sentence.code);
        }
        assert_eq!(SENTENCES.len(), Code::WarnTrustUnused as usize + 1);
    }
}
