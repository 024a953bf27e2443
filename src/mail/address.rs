//! Addresses as people really have them: `addr-spec` of RFC 5322 §3.4.1, plus the local parts that Japanese
//! carriers handed out against the grammar (`foo..bar@docomo.ne.jp`, `foo.@ezweb.ne.jp`).
//!
//! [`Address::parse`] is the one gate: what it lets through can stand in an SMTP command and in a header field
//! without further care, because it holds no control character, no space outside quotes and no angle bracket.

use std::fmt;

/// An addr-spec: local part and domain.
///
/// Two addresses are equal when [`Address::key`] is: ASCII case and needless quotes do not distinguish people.
#[derive(Clone, Debug)]
pub struct Address {
    local: String,
    domain: String,
}

/// Why a text is not an address that mail can be sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// No `@`.
    #[error("no @ in it")]
    NoAt,
    /// The part before `@` is empty, over 64 octets, or holds a character that mail does not allow there.
    #[error("the part before the @ is not allowed")]
    Local,
    /// The part after `@` is not a domain name with a dot.
    #[error("the part after the @ is not a domain name")]
    Domain,
}

impl Address {
    /// Parses an addr-spec. The local part is 1–64 octets of atext and dots in any position, or a quoted-string
    /// (kept without its quotes); the domain is turned into A-labels (RFC 5891) and must have a dot.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        Self::read(text, 64, is_atext, named_domain)
    }

    /// An addr-spec as mails bear it: `parse`, and local parts of other scripts (RFC 6532 §3.2) or beyond the limit,
    /// and domains that are none for us: a host without a dot, with an underscore, an address literal.
    /// It says who wrote; whether mail can be sent there is for `parse` to say.
    pub fn received(text: &str) -> Result<Self, AddressError> {
        Self::read(text, 254, |c| is_atext(c) || is_foreign(c), any_domain)
    }

    fn read(
        text: &str,
        longest: usize,
        bare: fn(char) -> bool,
        read_domain: fn(&str) -> Option<String>,
    ) -> Result<Self, AddressError> {
        let (local, domain) = text.trim().rsplit_once('@').ok_or(AddressError::NoAt)?;
        let local = match local.strip_prefix('"').and_then(|l| l.strip_suffix('"')) {
            Some(quoted) => unquote(quoted).ok_or(AddressError::Local)?,
            None if local.chars().all(|c| bare(c) || c == '.') => local.to_owned(),
            None => return Err(AddressError::Local),
        };
        if local.is_empty() || local.len() > longest {
            return Err(AddressError::Local);
        }
        let domain = read_domain(domain).ok_or(AddressError::Domain)?;
        Ok(Self { local, domain })
    }

    /// The local part, without quotes.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The domain, in A-labels and lower case.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The form in which addresses are compared and stored for look-up.
    pub fn key(&self) -> String {
        format!("{}@{}", self.local.to_ascii_lowercase(), self.domain)
    }

    /// The addr-spec as it goes on the wire. Dots in odd places stay bare, as the carriers that handed such
    /// addresses out expect; everything else that is not a dot-atom is quoted.
    pub fn wire(&self) -> String {
        if self.local.chars().all(|c| is_atext(c) || is_foreign(c) || c == '.') {
            format!("{}@{}", self.local, self.domain)
        } else {
            let escaped = self.local.replace('\\', "\\\\").replace('"', "\\\"");
            format!("\"{escaped}\"@{}", self.domain)
        }
    }
}

/// In A-labels; a name with a dot.
fn named_domain(domain: &str) -> Option<String> {
    let domain = idna::domain_to_ascii_strict(domain).ok()?;
    let labels = domain.split('.').all(|l| !l.is_empty() && l.len() <= 63);
    (domain.contains('.') && labels && domain.len() <= 253).then_some(domain)
}

/// As it stands in mails: a domain of other scripts has its own letters, and none that only look like those of another
/// name (`ｅxample.jp`, a soft hyphen), which IDNA would map to it (RFC 5891 §5.2, UTS #46).
fn any_domain(domain: &str) -> Option<String> {
    let literal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-');
    let host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let hosts = || domain.len() <= 253 && domain.split('.').all(|l| !l.is_empty() && l.chars().all(host));
    let inner = domain.strip_prefix('[').and_then(|d| d.strip_suffix(']'));
    let other = inner.is_some_and(|d| !d.is_empty() && d.chars().all(literal)) || hosts();
    let itself =
        |named: &String| domain.is_ascii() || idna::domain_to_unicode(named).0 == domain.to_lowercase();
    named_domain(domain).filter(itself).or_else(|| other.then(|| domain.to_ascii_lowercase()))
}

fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
}

/// Letters and digits of other scripts; no signs, so that a full-width `＠` or a space stays outside.
fn is_foreign(c: char) -> bool {
    !c.is_ascii() && c.is_alphanumeric()
}

/// The content of a quoted-string with its escapes undone; printable ASCII only.
fn unquote(quoted: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        let c = match c {
            '\\' => chars.next()?,
            '"' => return None,
            other => other,
        };
        if !(c == ' ' || c.is_ascii_graphic()) || c == '<' || c == '>' {
            return None;
        }
        out.push(c);
    }
    Some(out)
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Address {}

/// Displays the wire form. For people's eyes and for files, never for a log line.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.wire())
    }
}

/// A mailbox in the sense of RFC 5322 §3.4: an optional display name and an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// The display name, decoded, without control characters.
    pub name: Option<String>,
    /// The addr-spec.
    pub address: Address,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_as_people_have_them() {
        let check = |input: &str, expected: Result<&str, AddressError>| {
            let got = Address::parse(input).map(|a| a.wire());
            assert_eq!(got, expected.map(str::to_owned), "{input}");
        };
        check("haru@example.jp", Ok("haru@example.jp"));
        check(" Haru@EXAMPLE.jp ", Ok("Haru@example.jp"));
        check("foo..bar@docomo.ne.jp", Ok("foo..bar@docomo.ne.jp"));
        check("\"foo..bar\"@docomo.ne.jp", Ok("foo..bar@docomo.ne.jp"));
        check("foo.@ezweb.ne.jp", Ok("foo.@ezweb.ne.jp"));
        check("\"a b\"@example.jp", Ok("\"a b\"@example.jp"));
        check("はる@example.jp", Err(AddressError::Local));
        check("haru@例え.jp", Ok("haru@xn--r8jz45g.jp"));
        check("haru", Err(AddressError::NoAt));
        check("haru@localhost", Err(AddressError::Domain));
        check("@example.jp", Err(AddressError::Local));
        check("a\r\nRCPT TO:<evil@example.org", Err(AddressError::Local));
        check("a b@example.jp", Err(AddressError::Local));
        check("a@b@example.jp", Err(AddressError::Local));
        check("a>@example.jp", Err(AddressError::Local));
    }

    #[test]
    fn what_wrote_to_us_is_an_address_even_where_we_could_not_answer() {
        let check = |input: &str, expected: Option<&str>| {
            let got = Address::received(input).ok().map(|a| a.wire());
            assert_eq!(got.as_deref(), expected, "{input}");
        };
        check("はる@example.jp", Some("はる@example.jp"));
        check("root@localhost", Some("root@localhost"));
        check("haru@my_host.example.jp", Some("haru@my_host.example.jp"));
        check("haru@[192.0.2.1]", Some("haru@[192.0.2.1]"));
        check("haru＠x@example.jp", None);
        check("haru@", None);
        check("haru@a..b", None);
        check("haru@a b.example.jp", None);
        check("haru@example.jp>", None);
        check("haru@例え.jp", Some("haru@xn--r8jz45g.jp"));
        check("haru@ÄRGER.example.jp", Some("haru@xn--rger-koa.example.jp"));
        check("haru@ｅxample.jp", None);
        check("haru@example。jp", None);
        check("haru@exam\u{ad}ple.jp", None);
    }

    #[test]
    fn case_and_needless_quotes_do_not_make_another_person() {
        let key = |s: &str| Address::parse(s).map(|a| a.key());
        assert_eq!(key("\"A..b\"@Docomo.ne.jp"), key("a..B@docomo.ne.jp"));
        assert_ne!(key("ab@example.jp"), key("a.b@example.jp"));
    }
}
