//! Why lines were removed: the rule, and what spoke for it.

use std::fmt;

/// One block of lines that was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Its first and its last line in the text, counted from one.
    pub lines: (usize, usize),
    /// Which rule removed it.
    pub rule: Rule,
    /// What spoke for it.
    pub evidence: Evidence,
}

/// What a removed block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A copy of the mail that we sent.
    Copy,
    /// A program's line above a quote: `On … wrote:`.
    Attribution,
    /// A program's copy of header fields above a quote, with its separator.
    HeaderBlock,
    /// `-----Original Message-----` and its kin, without header fields.
    Separator,
    /// A help desk's line above which an answer is written.
    ReplyAbove,
    /// A line that announces a forwarded mail.
    Forwarded,
    /// Lines with quote marks.
    Marked,
    /// Everything below an attribution, a header block or a separator, without marks.
    Tail,
    /// What a program writes under a mail: `iPhoneから送信`.
    Slogan,
    /// A signature.
    Signature,
    /// A company's words under a ruler.
    Footer,
}

impl Rule {
    /// The rule in one word, as `inspect --explain` shows it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Attribution => "attribution",
            Self::HeaderBlock => "header_block",
            Self::Separator => "separator",
            Self::ReplyAbove => "reply_above_line",
            Self::Forwarded => "forwarded",
            Self::Marked => "marked",
            Self::Tail => "tail",
            Self::Slogan => "slogan",
            Self::Signature => "signature",
            Self::Footer => "footer",
        }
    }
}

/// A set of observations; its words name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Evidence(u32);

macro_rules! observations {
    ($($bit:literal $name:ident $word:literal $doc:literal;)*) => {
        impl Evidence {
            $(#[doc = $doc] pub const $name: Self = Self(1 << $bit);)*
            const ALL: &'static [(Self, &'static str)] = &[$((Self::$name, $word)),*];
        }
    };
}

observations! {
    0 OUR_MAIL "our_mail" "The lines stand in the mail that we sent.";
    1 OUR_NAME "our_name" "Our address or our display name.";
    2 DATE "date" "A date.";
    3 TIME "time" "A time of day.";
    4 ADDRESS "address" "An address.";
    5 WROTE "wrote" "Words for \"wrote\", where programs put them.";
    6 OPENING "opening" "It begins as programs begin.";
    7 FROM "from" "A key of From.";
    8 SENT "sent" "A key of Date.";
    9 TO "to" "A key of To.";
    10 SUBJECT "subject" "A key of Subject.";
    11 SEPARATOR "separator" "A separator's words between dashes, or Outlook's ruler.";
    12 MARKS "marks" "Quote marks below it, or on the lines.";
    13 QUOTED_ABOVE "attribution_above" "An attribution, a header block or a separator above.";
    14 ANSWERS "answers" "The header says that the mail is an answer.";
    15 NESTED "nested" "Marks within marks.";
    16 MARKED_BLANKS "marked_blank_lines" "Marks on blank lines, as only programs put them.";
    17 DELIMITER "delimiter" "The conventional line above a signature.";
    18 RULER "ruler" "A decorated line.";
    19 CLOSING_RULER "closing_ruler" "A decorated line below, too.";
    20 MAIL_ADDRESS "mail_address" "A line with an address.";
    21 PHONE "phone" "A line with a telephone number.";
    22 LINK "link" "A line with a link.";
    23 POSTCODE "postcode" "A line with a postal address.";
    24 NAMES "names" "Lines that look like names.";
    25 AUTHOR "author" "The author's own address or name, from the header.";
    26 CLOSED_LIST "closed_list" "It stands in a closed list of what programs write.";
    28 COMMA "comma" "A comma between the date and the name.";
    27 SHORT "short" "A few lines, no sentence among the first.";
}

impl Evidence {
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// Both sets.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// This set, and the other if `holds`.
    pub fn and_if(self, holds: bool, other: Self) -> Self {
        if holds { self.and(other) } else { self }
    }

    /// Whether all of `other` is in this set.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// How many of `other` are in this set.
    pub fn count(self, other: Self) -> u32 {
        (self.0 & other.0).count_ones()
    }

    /// Each observation in one word.
    pub fn words(self) -> Vec<&'static str> {
        Self::ALL.iter().filter(|(one, _)| self.has(*one)).map(|(_, word)| *word).collect()
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().join(", "))
    }
}
