//! Forged mails made anew: the same attack with other octets around it.

use crate::chance::Chance;

/// What a forger sends: his own part of a mail, below what the receiving server writes above it.
#[derive(Clone)]
pub struct Forgery {
    /// What the receiving server truthfully says.
    pub results: String,
    /// His part.
    pub raw: Vec<u8>,
    /// The octets at its beginning without which the server would have said something else.
    pub fixed: usize,
}

/// `times` other forms of it. Each has words of its own, so that none is the copy of another.
pub fn mutated(forgery: &Forgery, times: usize, chance: &mut Chance) -> Vec<Vec<u8>> {
    (0..times)
        .map(|n| {
            let (fixed, rest) = forgery.raw.split_at(forgery.fixed);
            let mut rest = rest.to_vec();
            for _ in 0..=chance.below(3) {
                rest = once(&rest, chance);
            }
            rest.extend(format!("\r\n{n} {:x}\r\n", chance.bits()).bytes());
            [fixed, &rest].concat()
        })
        .collect()
}

fn once(mail: &[u8], chance: &mut Chance) -> Vec<u8> {
    let end = mail.windows(4).position(|w| w == b"\r\n\r\n").map_or(mail.len(), |at| at + 2);
    let (header, body) = mail.split_at(end);
    let header = match chance.below(10) {
        0 | 1 => flipped(header, chance),
        2 => cased(header, chance),
        3 => inserted(header, b"\r\n ", b" ", chance),
        4 => inserted(header, b" (a (b) \\) c) ", b" ", chance),
        5 => inserted(header, b"\t", b":", chance),
        6 => inserted(header, b"\"", b" <", chance),
        7 => by_fields(header, chance, |fields, at, other| fields.swap(at, other)),
        8 => by_fields(header, chance, |fields, at, other| {
            let field = fields[at].clone();
            fields.insert(other, field);
        }),
        _ => by_fields(header, chance, |fields, at, _| drop(fields.remove(at))),
    };
    let body = if chance.below(4) == 0 { flipped(body, chance) } else { body.to_vec() };
    [header, body].concat()
}

/// One octet is another.
fn flipped(octets: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut out = octets.to_vec();
    let octet = u8::try_from(chance.below(256)).unwrap_or(b'x');
    if let Some(there) = out.get_mut(chance.below(octets.len())) {
        *there = octet;
    }
    out
}

fn cased(octets: &[u8], chance: &mut Chance) -> Vec<u8> {
    let turn = |b: &u8| if chance.below(4) == 0 && b.is_ascii_alphabetic() { b ^ 0x20 } else { *b };
    octets.iter().map(turn).collect()
}

/// Something stands behind one of the places where `behind` begins.
fn inserted(octets: &[u8], what: &[u8], behind: &[u8], chance: &mut Chance) -> Vec<u8> {
    let places: Vec<usize> =
        (0..octets.len()).filter(|&at| octets[at..].starts_with(behind)).map(|at| at + 1).collect();
    let at = places.get(chance.below(places.len())).copied().unwrap_or(octets.len());
    [&octets[..at], what, &octets[at..]].concat()
}

fn by_fields(
    header: &[u8],
    chance: &mut Chance,
    change: impl Fn(&mut Vec<Vec<u8>>, usize, usize),
) -> Vec<u8> {
    let mut fields: Vec<Vec<u8>> = Vec::new();
    for line in header.split_inclusive(|&b| b == b'\n') {
        match fields.last_mut() {
            Some(last) if line.starts_with(b" ") || line.starts_with(b"\t") => last.extend_from_slice(line),
            _ => fields.push(line.to_vec()),
        }
    }
    if !fields.is_empty() {
        let (at, other) = (chance.below(fields.len()), chance.below(fields.len()));
        change(&mut fields, at, other);
    }
    fields.concat()
}
