//! Authentication-Results (RFC 8601) into what the receiving server says about a mail's author.
//!
//! Fields are prepended on the way, so of all fields of a trusted server only the topmost counts: a forged one lies
//! below it. Within it dmarc is read first, and only for the From domain that we see ourselves; else an aligned dkim.
//! What does not parse, names no trusted server or speaks of another domain proves nothing. Comments are removed by
//! the grammar (nested, quoted, escaped), never by a pattern: `dkim=fail (dmarc=pass)` is a failure.

use super::address::Address;

/// What the trusted server says about the author.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The From domain vouches for the mail.
    Pass,
    /// dmarc failed, or is about another author.
    Fail,
    /// Nothing that could be relied on.
    None,
}

/// The word in the trusted list for Exchange Online, which omits its authserv-id.
const OMITTED: &str = "microsoft";

/// The verdict about `from`. `fields`: the values of Authentication-Results, unfolded, topmost first.
/// `trusted_authserv_ids`: lower case (RFC 8601 §2.5); "microsoft" stands for a field without any.
pub fn verdict(fields: &[&str], trusted_authserv_ids: &[String], from: &Address) -> Verdict {
    let trusted = |id: &str| trusted_authserv_ids.iter().any(|t| !t.is_empty() && t.eq_ignore_ascii_case(id));
    for field in fields {
        let mut scanner = Scanner::new(field);
        let Some(server) = scanner.server() else { continue };
        let ours = match server {
            Server::Named(id) => id != OMITTED && trusted(&id),
            Server::Omitted => trusted(OMITTED),
        };
        if ours {
            return scanner.results().map_or(Verdict::None, |results| judge(&results, from.domain()));
        }
    }
    Verdict::None
}

fn judge(results: &[MethodResult], domain: &str) -> Verdict {
    let dmarc = || results.iter().filter(|r| r.method == "dmarc");
    let related = |d: &str| {
        let below =
            |a: &str, b: &str| a.strip_suffix(b).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        below(d, domain) || below(domain, d)
    };
    // The server saw another author: what it read is not the From that we read.
    if dmarc().any(|r| r.result == "fail" || r.all("header.from", |d| !related(d))) {
        return Verdict::Fail;
    }
    let proven = dmarc().any(|r| r.result == "pass" && r.all("header.from", |d| d == domain));
    let signed = || results.iter().any(|r| r.method == "dkim" && r.result == "pass" && r.aligned(domain));
    if proven || signed() { Verdict::Pass } else { Verdict::None }
}

/// One resinfo (RFC 8601 §2.2): `dkim=pass header.d=example.jp`. Everything is in lower case.
#[derive(Debug, PartialEq, Eq)]
struct MethodResult {
    method: String,
    result: String,
    properties: Vec<(String, String)>,
}

impl MethodResult {
    /// Whether the property is there and holds for `condition` each time it is; a value is cut down to its domain.
    fn all(&self, property: &str, condition: impl Fn(&str) -> bool) -> bool {
        let mut values = self.properties.iter().filter(|(p, _)| p == property).peekable();
        values.peek().is_some() && values.all(|(_, v)| domain_of(v).is_some_and(|d| condition(&d)))
    }

    /// Whether the signing domain is `domain` or a parent of it that one organisation can own.
    fn aligned(&self, domain: &str) -> bool {
        let property =
            if self.properties.iter().any(|(p, _)| p == "header.d") { "header.d" } else { "header.i" };
        self.all(property, |signer| {
            signer == domain || (domain.ends_with(&format!(".{signer}")) && !is_shared(signer))
        })
    }
}

/// The domain of `example.jp`, `@example.jp` or `haru@example.jp`, in A-labels and lower case.
fn domain_of(value: &str) -> Option<String> {
    let domain = value.rsplit('@').next().unwrap_or(value);
    idna::domain_to_ascii_strict(domain).ok().filter(|d| d.contains('.'))
}

/// Whether a domain is one under which strangers live side by side: a single label, or two of the kind of `co.jp`.
fn is_shared(domain: &str) -> bool {
    const SECOND: [&str; 16] = [
        "ac", "ad", "co", "com", "ed", "edu", "go", "gov", "gr", "lg", "mil", "ne", "net", "or", "org", "me",
    ];
    match domain.split('.').collect::<Vec<_>>()[..] {
        [second, top] => top.len() == 2 && SECOND.contains(&second),
        [_] | [] => true,
        _ => false,
    }
}

/// Who wrote the field.
#[derive(Debug, PartialEq, Eq)]
enum Server {
    /// The authserv-id, lower case.
    Named(String),
    /// The field begins with a result.
    Omitted,
}

/// Walks over one field value.
struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    fn new(field: &'a str) -> Self {
        Self { rest: field }
    }

    /// The authserv-id with its version, up to and including the first `;`.
    fn server(&mut self) -> Option<Server> {
        let start = self.rest;
        let id = self.word(false)?;
        self.white()?;
        match self.rest.chars().next() {
            Some('=' | '/') => {
                self.rest = start;
                return Some(Server::Omitted);
            }
            // RFC 8601 §2.2: an absent version is 1, and there is no other.
            Some('1') => {
                self.rest = &self.rest[1..];
                self.white()?;
            }
            _ => {}
        }
        match self.rest.strip_prefix(';') {
            Some(rest) => self.rest = rest,
            None if self.rest.is_empty() => {}
            None => return None,
        }
        (!id.is_empty()).then(|| Server::Named(id.to_ascii_lowercase()))
    }

    /// All results, or nothing when any of them breaks the grammar.
    fn results(&mut self) -> Option<Vec<MethodResult>> {
        let mut results = Vec::new();
        loop {
            self.white()?;
            if self.rest.is_empty() {
                return Some(results);
            }
            if let Some(rest) = self.rest.strip_prefix(';') {
                self.rest = rest;
                continue;
            }
            let Some((method, result)) = self.pair()? else { continue };
            let mut properties = Vec::new();
            while self.more()? {
                properties.extend(self.pair()?);
            }
            let result = result.to_ascii_lowercase();
            results.push(MethodResult { method, result, properties });
        }
    }

    /// Whether another pair follows before the next `;`.
    fn more(&mut self) -> Option<bool> {
        self.white()?;
        Some(!self.rest.is_empty() && !self.rest.starts_with(';'))
    }

    /// `key = value`; the inner `None` is a lone word such as the `none` of "no results".
    fn pair(&mut self) -> Option<Option<(String, String)>> {
        let mut key = self.word(false)?.to_ascii_lowercase();
        self.white()?;
        while let Some(c @ ('.' | '/')) = self.rest.chars().next() {
            self.rest = &self.rest[1..];
            self.white()?;
            let next = self.word(false)?;
            match c {
                '.' => key = format!("{key}.{}", next.to_ascii_lowercase()),
                // A version other than 1 is another method.
                _ if next == "1" => {}
                _ => key = format!("{key}/{next}"),
            }
            self.white()?;
        }
        if key.is_empty() {
            return None;
        }
        let Some(rest) = self.rest.strip_prefix('=') else { return Some(None) };
        self.rest = rest;
        self.white()?;
        let value = self.word(true)?;
        Some(Some((key, value)))
    }

    /// A token, quoted strings in it decoded. A value may hold `=`, `/` and dots around what the grammar allows.
    fn word(&mut self, value: bool) -> Option<String> {
        self.white()?;
        let mut out = String::new();
        while let Some(c) = self.rest.chars().next() {
            match c {
                '"' => out.push_str(&self.quoted()?),
                ' ' | '\t' | '\r' | '\n' | ';' | '(' => break,
                '=' | '/' if !value => break,
                ')' => return None,
                c => {
                    out.push(c);
                    self.rest = &self.rest[c.len_utf8()..];
                }
            }
        }
        Some(out)
    }

    /// A quoted-string (RFC 5322 §3.2.4), the rest standing on its opening quote.
    fn quoted(&mut self) -> Option<String> {
        let mut out = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((i, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = &self.rest[i + 1..];
                    return Some(out);
                }
                '\\' => out.push(chars.next()?.1),
                c => out.push(c),
            }
        }
        None
    }

    /// Skips white space and comments (CFWS). `None`: a comment never ends.
    fn white(&mut self) -> Option<()> {
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
            if !self.rest.starts_with('(') {
                return Some(());
            }
            let mut depth = 0_u32;
            let mut chars = self.rest.char_indices();
            let end = loop {
                match chars.next()? {
                    (_, '\\') => drop(chars.next()?),
                    (_, '(') => depth += 1,
                    (i, ')') => {
                        depth -= 1;
                        if depth == 0 {
                            break i;
                        }
                    }
                    _ => {}
                }
            };
            self.rest = &self.rest[end + 1..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn trusted() -> Vec<String> {
        vec!["mx.example.net".to_owned()]
    }

    fn ask(fields: &[&str], ids: &[String]) -> Verdict {
        verdict(fields, ids, &Address::parse("haru@example.jp").unwrap())
    }

    #[test]
    fn one_field_is_read_by_the_grammar() {
        let check =
            |field: &str, expected: Verdict| assert_eq!(ask(&[field], &trusted()), expected, "{field}");
        let (pass, fail, none) = (Verdict::Pass, Verdict::Fail, Verdict::None);
        check("mx.example.net; dmarc=pass header.from=example.jp", pass);
        check("MX.Example.NET; DMARC=PASS Header.From=Example.JP", pass);
        check("mx.example.net 1; dmarc=pass header.from=example.jp", pass);
        check("\"mx.example.net\"; dmarc=pass header.from=example.jp", pass);
        check("(c) mx.example.net (d) ;\r\n dmarc = pass (p=none dis=none) header.from = example.jp", pass);
        check("mx.example.net; dmarc/1=pass header . from=example.jp", pass);
        check("mx.example.net; dmarc=pass header.from=\"example.jp\"", pass);
        check("mx.example.net; dmarc=pass header.from=haru@example.jp", pass);
        check("mx.example.net; spf=pass smtp.mailfrom=example.jp; dmarc=pass header.from=example.jp;", pass);
        check("mx.example.net; dmarc=fail header.from=example.jp", fail);
        check("mx.example.net; dmarc=fail", fail);
        check("mx.example.net; dmarc=pass header.from=example.jp; dmarc=fail header.from=example.jp", fail);
        check("mx.example.net; dkim=pass header.d=example.jp; dmarc=fail header.from=example.jp", fail);
        check("mx.example.net; dmarc=pass header.from=example.org", fail);
        check("mx.example.net; dmarc=none header.from=ample.jp", fail);
        check("mx.example.net; dmarc=pass header.from=mail.example.jp", none);
        check("mx.example.net; dmarc=pass header.from=example.jp header.from=example.org", none);
        check("mx.example.net; dmarc=pass", none);
        check("mx.example.net; dmarc=bestguesspass header.from=example.jp", none);
        check("mx.example.net; dmarc=temperror header.from=example.jp", none);
        check("mx.example.net; dmarc/2=pass header.from=example.jp", none);
        check("mx.example.net 2; dmarc=pass header.from=example.jp", none);
        check("mx.example.net; none", none);
        check("mx.example.net", none);
        check("mx.example.net;", none);
        check("", none);
        check(";", none);
        check("; dmarc=pass header.from=example.jp", none);
        check("mx.example.net; dmarc=ｐａｓｓ header.from=example.jp", none);
        check("mx.example.net； dmarc=pass header.from=example.jp", none);
        check("mx.example.net dmarc=pass header.from=example.jp", none);
        check("spf=pass; mx.example.net; dmarc=pass header.from=example.jp", none);
    }

    #[test]
    fn comments_and_quotes_hide_what_stands_in_them() {
        let check =
            |field: &str, expected: Verdict| assert_eq!(ask(&[field], &trusted()), expected, "{field}");
        check("mx.example.net; spf=none (dmarc=pass header.from=example.jp)", Verdict::None);
        check("mx.example.net; spf=none (a (b; dmarc=pass header.from=example.jp) c)", Verdict::None);
        check(r"mx.example.net; spf=none (a \) ; dmarc=pass header.from=example.jp)", Verdict::None);
        check(r#"mx.example.net; spf=none reason="; dmarc=pass header.from=example.jp""#, Verdict::None);
        check(r#"mx.example.net; spf=none reason="\"; dmarc=pass header.from=example.jp""#, Verdict::None);
        check("mx.example.net; dmarc=pass header.from=example.jp (never closed", Verdict::None);
        check("mx.example.net; dmarc=pass header.from=\"example.jp", Verdict::None);
        check("mx.example.net; spf=pass smtp.mailfrom=a) ; dmarc=pass header.from=example.jp", Verdict::None);
        check("mx.example.net; dmarc=(pass)fail header.from=example.jp", Verdict::Fail);
        check("(mx.example.net); dmarc=pass header.from=example.jp", Verdict::None);
    }

    #[test]
    fn a_signature_counts_when_it_is_the_authors() {
        let check = |properties: &str, from: &str, expected: Verdict| {
            let field = format!("mx.example.net; dkim=pass (2048-bit key) {properties}");
            let from = Address::parse(from).unwrap();
            assert_eq!(verdict(&[&field], &trusted(), &from), expected, "{field}");
        };
        check("header.d=example.jp header.s=a header.b=\"ab+/=\"", "haru@example.jp", Verdict::Pass);
        check("header.d=example.jp header.b=ab+/=", "haru@example.jp", Verdict::Pass);
        check("header.i=@example.jp", "haru@example.jp", Verdict::Pass);
        check("header.i=haru@example.jp", "haru@example.jp", Verdict::Pass);
        check("header.d=example.jp", "haru@mail.example.jp", Verdict::Pass);
        check("header.d=例え.jp", "haru@xn--r8jz45g.jp", Verdict::Pass);
        check("header.d=example.ne.jp", "haru@a.example.ne.jp", Verdict::Pass);
        check("header.d=mail.example.jp", "haru@example.jp", Verdict::None);
        check("header.d=ample.jp", "haru@example.jp", Verdict::None);
        check("header.d=ne.jp", "haru@example.ne.jp", Verdict::None);
        check("header.d=jp", "haru@example.jp", Verdict::None);
        check("header.d=example.org header.i=@example.jp", "haru@example.jp", Verdict::None);
        check("header.d=example.jp header.d=example.org", "haru@example.jp", Verdict::None);
        check("smtp.mailfrom=example.jp", "haru@example.jp", Verdict::None);
        check("", "haru@example.jp", Verdict::None);
        let two =
            "mx.example.net; dkim=pass header.d=sender.example; dkim=pass header.d=example.jp; dmarc=none";
        assert_eq!(ask(&[two], &trusted()), Verdict::Pass);
        let fail = "mx.example.net; dkim=fail (dkim=pass) header.d=example.jp";
        assert_eq!(ask(&[fail], &trusted()), Verdict::None);
    }

    #[test]
    fn only_the_topmost_field_of_a_trusted_server_counts() {
        let ok = "mx.example.net; dmarc=pass header.from=example.jp";
        let bad = "mx.example.net; dmarc=fail header.from=example.jp";
        let silent = "mx.example.net; none";
        let broken = "mx.example.net; dmarc=pass header.from=example.jp (";
        let other = "evil.example; dmarc=pass header.from=example.jp";
        let check =
            |fields: &[&str], expected: Verdict| assert_eq!(ask(fields, &trusted()), expected, "{fields:?}");
        check(&[], Verdict::None);
        check(&[ok, bad], Verdict::Pass);
        check(&[bad, ok], Verdict::Fail);
        check(&[silent, ok], Verdict::None);
        check(&[broken, ok], Verdict::None);
        check(&[other, ok], Verdict::Pass);
        check(&[other, bad], Verdict::Fail);
        check(&[other], Verdict::None);
        assert_eq!(ask(&[ok], &[]), Verdict::None);
        assert_eq!(ask(&[ok], &[String::new()]), Verdict::None);
    }

    #[test]
    fn exchange_online_names_no_server() {
        let ids = vec!["microsoft".to_owned()];
        let field = "spf=pass (sender IP is 192.0.2.1)\r\n smtp.mailfrom=example.jp; dkim=pass (signature was\r\n \
                     verified) header.d=example.jp;dmarc=pass action=none header.from=example.jp;compauth=pass \
                     reason=100";
        assert_eq!(ask(&[field], &ids), Verdict::Pass);
        assert_eq!(ask(&[field], &trusted()), Verdict::None);
        let named = "microsoft; dmarc=pass header.from=example.jp";
        assert_eq!(ask(&[named], &ids), Verdict::None);
        assert_eq!(ask(&[named, field], &ids), Verdict::Pass);
    }

    proptest! {
        #[test]
        fn no_field_makes_the_reader_stumble(field in any::<String>(), tail in "[-a-z.=;()\"\\\\ /1é]{0,80}") {
            ask(&[&field], &trusted());
            ask(&[&format!("mx.example.net; {tail}")], &["mx.example.net".to_owned(), "microsoft".to_owned()]);
            ask(&[&tail], &["microsoft".to_owned()]);
        }
    }
}
