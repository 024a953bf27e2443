//! The addresses that mail to the service comes to, and where a token stands in them.

use super::{Addressing, Service};
use crate::mail::address::Address;

/// What stands before a token at a domain of replies.
const BEFORE_TOKEN: &str = "r.";

impl Service {
    /// Whether mail to this address comes to the service: its own, or its own with a tag (RFC 5233), or one of the
    /// domain of replies.
    pub fn receives_at(&self, address: &Address) -> bool {
        let (local, own) = (address.local().to_ascii_lowercase(), self.address.local().to_ascii_lowercase());
        let behind = local.strip_prefix(&own);
        let tagged = behind.is_some_and(|b| b.is_empty() || b.starts_with('+'));
        (tagged && address.domain() == self.address.domain())
            || (self.catches(address) && local.starts_with(BEFORE_TOKEN))
    }

    fn catches(&self, address: &Address) -> bool {
        matches!(&self.addressing, Addressing::CatchAll(domain) if domain == address.domain())
    }

    /// The address that a reply with this token comes to; `None` where no address can hold one.
    pub fn reply_address(&self, token: &str) -> Option<String> {
        match &self.addressing {
            Addressing::Plus => Some(format!("{}+{token}@{}", self.address.local(), self.address.domain())),
            Addressing::CatchAll(domain) => Some(format!("{BEFORE_TOKEN}{token}@{domain}")),
            Addressing::MessageId => None,
        }
    }

    /// Where the token would stand in an address that mail came to, if it is one of ours. Tokens in plus-addresses are
    /// read in every mode: mails from before a change of mode are answered too.
    pub fn token_in<'a>(&self, address: &'a Address) -> Option<&'a str> {
        let local = address.local();
        if let (true, Some((before, token))) =
            (self.catches(address), local.split_at_checked(BEFORE_TOKEN.len()))
            && before.eq_ignore_ascii_case(BEFORE_TOKEN)
        {
            return Some(token);
        }
        let (base, tag) = local.rsplit_once('+')?;
        let ours =
            base.eq_ignore_ascii_case(self.address.local()) && address.domain() == self.address.domain();
        ours.then_some(tag)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{GOOD, good, mistakes};
    use super::*;

    #[test]
    fn a_reply_comes_back_to_the_address_that_it_was_given() {
        let token = "aecgeqqtgjtoxwhr2gjqaco6iehii5t3zovyuxpf";
        let check = |written: &str, reply: Option<&str>| {
            let text = GOOD.replace("\"data\"", &format!("\"data\"\naddressing = \"{written}\""));
            let service = good(&text, &[]).service;
            let own = service.address.clone();
            let (local, domain) = (own.local(), own.domain());
            let reply = reply.map(|reply| reply.replace("LOCAL", local).replace("DOMAIN", domain));
            assert_eq!(service.reply_address(token), reply, "{written}");
            let of = |text: &str| Address::parse(text).unwrap();
            for text in reply.iter().flat_map(|reply| [reply.clone(), reply.to_uppercase()]) {
                let address = of(&text);
                let found = service.token_in(&address).map(str::to_ascii_lowercase);
                assert_eq!((found.as_deref(), service.receives_at(&address)), (Some(token), true), "{text}");
            }
            // of before a change of the mode
            assert_eq!(service.token_in(&of(&format!("{local}+{token}@{domain}"))), Some(token));
            assert_eq!(service.token_in(&own), None);
            for other in [
                "r@re.example.net",
                "x.y@re.example.net",
                "r.a@example.net",
                "some+body@example.net",
                "r@example.com",
            ] {
                let other = of(other);
                assert_eq!(
                    (service.token_in(&other), service.receives_at(&other)),
                    (None, false),
                    "{other:?}"
                );
            }
        };
        check("plus", Some("LOCAL+TOKEN@DOMAIN".replace("TOKEN", token).as_str()));
        check("message-id", None);
        check("@Re.Example.NET", Some("r.TOKEN@re.example.net".replace("TOKEN", token).as_str()));
    }

    #[test]
    fn a_domain_of_replies_is_a_domain() {
        for written in ["@", "@localhost", "@re example.net", "@@example.net", "@r.example.net,"] {
            let text = GOOD.replace("\"data\"", &format!("\"data\"\naddressing = \"{written}\""));
            let said = mistakes(&text, &[]);
            let [said] = said.as_slice() else { panic!("{written}: {said:?}") };
            assert_eq!(said, "6 service.addressing AddressDomain");
        }
    }
}
