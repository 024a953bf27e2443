//! One master key, three keys derived from it (HMAC-SHA-256, RFC 2104), and what is minted with them.
//!
//! A Message-ID is derived from the cause of a mail, so that the same cause gives the same identifier again
//! after a crash or a restore.

use data_encoding::{BASE32_NOPAD, Encoding};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::token::{TOKEN_OCTETS, Token};
use crate::mail::message_id::MessageId;

/// The derived keys. No `Debug`: they must never be printed.
#[derive(Clone)]
pub struct Keys {
    /// Of the reply addresses, before the first renewal.
    root: [u8; 32],
    /// Those that are valid; the first one signs.
    tokens: Vec<[u8; 32]>,
    message_id: [u8; 32],
    journal: [u8; 32],
    question: [u8; 32],
}

/// HMAC-SHA-256 of `text` under `key`.
fn mac(key: &[u8], text: &[u8]) -> [u8; 32] {
    // Any key length is allowed by RFC 2104 §2; a longer one is hashed first.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    mac.update(text);
    mac.finalize().into_bytes().into()
}

fn base32_lower(octets: &[u8]) -> String {
    let alphabet: &Encoding = &BASE32_NOPAD;
    alphabet.encode(octets).to_ascii_lowercase()
}

impl Keys {
    /// Derives everything from 32 random octets.
    pub fn derive(master: &[u8; 32]) -> Self {
        let root = mac(master, b"yorisoi token 1");
        Self {
            root,
            tokens: vec![root],
            message_id: mac(master, b"yorisoi message-id 1"),
            journal: mac(master, b"yorisoi journal 1"),
            question: mac(master, b"yorisoi question 1"),
        }
    }

    /// Reply addresses are signed with another key since each of these renewals, newest first. The one before is valid
    /// as well, until the next.
    pub fn renewed(&mut self, salts: &[[u8; 32]]) {
        let renewed = salts.iter().map(|salt| mac(&self.root, salt));
        self.tokens = renewed.chain([self.root]).take(2).collect();
    }

    /// The Message-ID of the mail that has this effect key: `y1.` and 130 bits, at the service's domain.
    pub fn message_id(&self, effect_key: &str, domain: &str) -> Option<MessageId> {
        let text = base32_lower(&mac(&self.message_id, effect_key.as_bytes()));
        MessageId::parse(&format!("y1.{}@{domain}", text.get(..26)?))
    }

    /// Whether a Message-ID has the form of ours. It proves nothing: anybody can write one.
    pub fn has_our_form(id: &MessageId, domain: &str) -> bool {
        let at_home =
            |(left, right): (&str, &str)| left.starts_with("y1.") && right.eq_ignore_ascii_case(domain);
        id.as_str().rsplit_once('@').is_some_and(at_home)
    }

    /// The number of the question that a mail leads to, 48 bits: the same mail asks it again under the same number, and
    /// nobody can write two mails that ask under one.
    pub fn question(&self, digest: &[u8; 32]) -> u64 {
        let keyed = mac(&self.question, digest);
        keyed.iter().take(6).fold(0, |number, octet| number << 8 | u64::from(*octet))
    }

    /// The number of something that time alone asks for, 48 bits: the same, asked again, has the same number.
    pub fn numbered(&self, what: &str) -> u64 {
        let keyed = mac(&self.question, format!("numbered|{what}").as_bytes());
        keyed.iter().take(6).fold(0, |number, octet| number << 8 | u64::from(*octet))
    }

    /// A pseudonym for a recipient in the journal, which lies outside the database.
    pub fn journal_pseudonym(&self, address_key: &str) -> String {
        let text = base32_lower(&mac(&self.journal, address_key.as_bytes()));
        text.chars().take(16).collect()
    }

    /// What stands in the journal for the installation that it belongs to.
    pub fn journal_owner(&self) -> String {
        self.journal_pseudonym("owner of the journal")
    }

    /// The forty characters of a token: `a`–`z`, `2`–`7`.
    pub fn sign(&self, token: &Token) -> String {
        let claim = token.to_octets();
        let mut octets = claim.to_vec();
        let key = self.tokens.first().unwrap_or(&self.root);
        octets.extend(mac(key, &claim).iter().take(TOKEN_OCTETS - claim.len()));
        base32_lower(&octets)
    }

    /// Whether a text has the form of a token. It proves nothing.
    pub fn has_form_of_token(text: &str) -> bool {
        let octets = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes());
        octets.is_ok_and(|octets| octets.len() == TOKEN_OCTETS)
    }

    /// Reads a token in any case of letters. `None` when no valid key signed it.
    pub fn verify(&self, text: &str) -> Option<Token> {
        let octets = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()?;
        if octets.len() != TOKEN_OCTETS {
            return None;
        }
        let (claim, tag) = octets.split_at(Token::OCTETS);
        let signed = |key: &[u8; 32]| {
            let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
            mac.update(claim);
            mac.verify_truncated_left(tag).ok() // compares in constant time
        };
        self.tokens.iter().find_map(signed)?;
        Token::from_octets(claim.try_into().ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::Purpose;
    use super::*;
    use crate::domain::calendar::Day;

    fn token() -> Token {
        let day = Day::parse("2026-12-03").expect("a day");
        Token { purpose: Purpose::Answer, thread: 0x0102_0304_0506, principal: 0xfffe_fdfc, epoch: 3, day }
    }

    #[test]
    fn a_token_survives_gateways_that_change_case_and_nothing_else() {
        let keys = Keys::derive(&[7; 32]);
        let text = keys.sign(&token());
        assert_eq!(text.len(), 40);
        assert_eq!(keys.verify(&text), Some(token()));
        assert_eq!(keys.verify(&text.to_ascii_uppercase()), Some(token()));
        assert_eq!(Keys::derive(&[8; 32]).verify(&text), None);
        for at in 0..text.len() {
            let mut bad = text.clone().into_bytes();
            bad[at] = if bad[at] == b'a' { b'b' } else { b'a' };
            assert_eq!(keys.verify(&String::from_utf8(bad).expect("ascii")), None, "changed at {at}");
        }
        assert_eq!(keys.verify(&text[..39]), None);
        assert_eq!(keys.verify(""), None);
    }

    #[test]
    fn after_a_renewal_the_key_before_is_valid_and_no_older_one() {
        let mut keys = Keys::derive(&[7; 32]);
        let mut texts = vec![keys.sign(&token())];
        for salts in [&[[1; 32]][..], &[[2; 32], [1; 32]]] {
            keys.renewed(salts);
            texts.push(keys.sign(&token()));
        }
        let valid = |text: &String| keys.verify(text).is_some();
        assert_eq!(texts.iter().map(valid).collect::<Vec<_>>(), [false, true, true]);
        // who knows the salts and not the master key signs nothing
        let mut others = Keys::derive(&[8; 32]);
        others.renewed(&[[2; 32], [1; 32]]);
        assert_eq!(keys.verify(&others.sign(&token())), None);
    }

    #[test]
    fn one_cause_has_one_message_id() {
        let keys = Keys::derive(&[7; 32]);
        let id = |cause| keys.message_id(cause, "example.jp");
        assert_eq!(id("alert|1"), id("alert|1"));
        assert_ne!(id("alert|1"), id("alert|2"));
        assert!(id("alert|1").is_some_and(|i| i.as_str().starts_with("y1.") && i.as_str().len() == 40));
    }

    #[test]
    fn mails_whose_digests_begin_alike_are_asked_about_under_two_numbers() {
        let keys = Keys::derive(&[7; 32]);
        let (one, mut other) = ([1; 32], [1; 32]);
        other[31] = 2;
        assert_ne!(keys.question(&one), keys.question(&other));
        assert_eq!(keys.question(&one), Keys::derive(&[7; 32]).question(&one), "the same after a restore");
        assert!(keys.question(&one) < 1 << 48);
    }
}
