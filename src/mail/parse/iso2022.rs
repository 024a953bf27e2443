//! ISO-2022 (RFC 1468, 1554, 2237, 1557 and what Japanese mailers made of them) → text.
//!
//! Tolerant where encoding_rs, which follows the web, is strict: a missing return to ASCII ends at the line or at a
//! space, SO/SI and eight-bit octets are half-width kana, JIS X 0212 and the -2, -3 and -2004 designations are
//! read, and the rows that vendors added. Each run of one character set is handed to the encoding_rs decoder of the
//! EUC form of that set.

use encoding_rs::{EUC_JP, EUC_KR, Encoding, GBK, SHIFT_JIS};

use super::{carrier_emoji, jisx0213};

/// What the octets of the current run mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    Ascii,
    Kana,
    Jis0208,
    Jis0212,
    /// JIS X 0213, by plane.
    Jis0213(u8),
    Gb2312,
    /// A set that we do not have: a geta mark for each pair.
    Foreign,
    Ksc5601,
}

const ESC: u8 = 0x1B;

/// Whether an escape sequence of ISO-2022-JP and its kin occurs.
pub fn has_escapes(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|w| {
        matches!(w, [ESC, b'$', b'@' | b'A' | b'B' | b'('] | [ESC, b'(', b'B' | b'H' | b'I' | b'J'])
            || matches!(w, [ESC, b'$', b')' | b'*'])
    })
}

/// The text, and whether octets were met that mean nothing (they become U+FFFD).
pub fn decode(bytes: &[u8]) -> (String, bool) {
    let mut reader = Reader { bytes, at: 0, set: Set::Ascii, g1: Set::Kana, shifted: false, damaged: false };
    let mut out = String::with_capacity(bytes.len());
    while reader.at < bytes.len() {
        reader.step(&mut out);
    }
    (out, reader.damaged)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    set: Set,
    /// What SO shifts to: kana, unless the mail designates Korean (RFC 1557).
    g1: Set,
    shifted: bool,
    damaged: bool,
}

impl Reader<'_> {
    fn step(&mut self, out: &mut String) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if let Some(length) = self.escape(rest) {
            self.at += length;
            return;
        }
        match rest {
            [0x0E, ..] => self.shifted = true,
            [0x0F, ..] => self.shifted = false,
            [b, ..] if *b <= b' ' => {
                if *b == ESC {
                    self.damaged = true;
                } else {
                    out.push(char::from(*b));
                }
                (self.set, self.shifted) = (Set::Ascii, false);
            }
            _ => return self.run(rest, out),
        }
        self.at += 1;
    }

    /// Takes a designation; answers its length.
    fn escape(&mut self, rest: &[u8]) -> Option<usize> {
        let (set, length) = match rest {
            [ESC, b'$', b'(', b'D', ..] => (Set::Jis0212, 4),
            [ESC, b'$', b'(', b'C', ..] => (Set::Ksc5601, 4),
            [ESC, b'$', b'(', b'@' | b'B', ..] => (Set::Jis0208, 4),
            [ESC, b'$', b'(', b'O' | b'Q', ..] => (Set::Jis0213(1), 4),
            [ESC, b'$', b'(', b'P', ..] => (Set::Jis0213(2), 4),
            [ESC, b'$', b'(', _, ..] => (Set::Foreign, 4),
            [ESC, b'$', b')' | b'*', set, ..] => {
                self.g1 = match set {
                    b'C' => Set::Ksc5601,
                    b'A' => Set::Gb2312,
                    _ => Set::Foreign,
                };
                return Some(4);
            }
            [ESC, b'$', b'A', ..] => (Set::Gb2312, 3),
            [ESC, b'$', b'@' | b'B', ..] => (Set::Jis0208, 3),
            [ESC, b'(', b'I', ..] => (Set::Kana, 3),
            [ESC, b'(', b'B' | b'H' | b'J', ..] => (Set::Ascii, 3),
            [ESC, b'&', b'@', ..] => return Some(3),
            _ => return None,
        };
        (self.set, self.shifted) = (set, false);
        Some(length)
    }

    /// The octets up to the next control character or space, all of one set.
    fn run(&mut self, rest: &[u8], out: &mut String) {
        let set = if self.shifted { self.g1 } else { self.set };
        let until = |bad: &dyn Fn(u8) -> bool| rest.iter().position(|&b| bad(b)).unwrap_or(rest.len());
        if let [lead @ 0x93..=0x98, cell @ 0x21..=0x7E, ..] = rest
            && set == Set::Jis0208
        {
            self.at += 2;
            return self.ibm(*lead, *cell, out);
        }
        let eight_bit = rest.first().is_some_and(|b| *b >= 0x80);
        let length = if eight_bit { until(&|b| b < 0x80) } else { until(&|b| b <= b' ' || b >= 0x80) };
        let octets = rest.get(..length).unwrap_or_default();
        self.at += length;
        match set {
            _ if eight_bit => self.kana(octets, out),
            Set::Ascii => out.push_str(&String::from_utf8_lossy(octets)),
            Set::Kana => self.kana(octets, out),
            Set::Jis0208 => self.pairs(octets, EUC_JP, &[], out),
            Set::Jis0212 => self.pairs(octets, EUC_JP, &[0x8F], out),
            Set::Jis0213(plane) => self.jis0213(plane, octets, out),
            Set::Foreign => {
                self.damaged = true;
                out.extend(octets.chunks(2).map(|_| '〓'));
            }
            Set::Gb2312 => self.pairs(octets, GBK, &[], out),
            Set::Ksc5601 => self.pairs(octets, EUC_KR, &[], out),
        }
    }

    /// JIS X 0201 katakana, in seven or eight bits.
    fn kana(&mut self, octets: &[u8], out: &mut String) {
        for b in octets {
            match b & 0x7F {
                low @ 0x21..=0x5F => out.push(char::from_u32(0xFF40 + u32::from(low)).unwrap_or('\u{FFFD}')),
                _ => {
                    self.damaged = true;
                    out.push('\u{FFFD}');
                }
            }
        }
    }

    /// Two octets a character, decoded through the EUC form of the set. Rows 0x75–0x78 of JIS X 0208 are where au
    /// kept its pictures.
    fn pairs(&mut self, octets: &[u8], encoding: &'static Encoding, lead: &[u8], out: &mut String) {
        let euc = |pairs: &[u8]| -> Vec<u8> {
            pairs
                .chunks(2)
                .flat_map(|pair| lead.iter().copied().chain(pair.iter().map(|b| b | 0x80)))
                .collect()
        };
        // nearly always the whole run is good; only where it is not, each pair is looked at
        let whole = euc(octets);
        if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(&whole) {
            out.push_str(&text);
            return;
        }
        for pair in octets.chunks(2) {
            let euc = euc(pair);
            let (text, wrong) = encoding.decode_without_bom_handling(&euc);
            match pair {
                [row @ 0x75..=0x7E, cell] if wrong && encoding == EUC_JP && lead.is_empty() => {
                    let picture = carrier_emoji::of_au_rows(*row, *cell);
                    self.damaged |= picture.is_none();
                    out.push_str(picture.unwrap_or(carrier_emoji::GETA));
                }
                [_, _] if !wrong => out.push_str(&text),
                _ => {
                    self.damaged = true;
                    out.push('\u{FFFD}');
                }
            }
        }
    }

    /// The IBM kanji as rows 115 to 119, whose first octet lies above 127: Shift_JIS FA40–FC4B.
    fn ibm(&mut self, lead: u8, cell: u8, out: &mut String) {
        let (block, odd) = ((lead - 0x21) / 2, (lead - 0x21).is_multiple_of(2));
        let trail = match (odd, cell) {
            (true, ..0x60) => cell + 0x1F,
            (true, _) => cell + 0x20,
            (false, _) => cell + 0x7E,
        };
        let octets = [block + 0xC1, trail];
        let (text, wrong) = SHIFT_JIS.decode_without_bom_handling(&octets);
        self.damaged |= wrong;
        out.push_str(&text);
    }

    fn jis0213(&mut self, plane: u8, octets: &[u8], out: &mut String) {
        for pair in octets.chunks(2) {
            let found = match pair {
                [row, cell] => jisx0213::character(plane, *row, *cell),
                _ => None,
            };
            match found {
                Some(text) => out.push_str(text),
                None if plane == 1 => self.pairs(pair, EUC_JP, &[], out),
                None => {
                    self.damaged = true;
                    out.push('\u{FFFD}');
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kin_of_iso_2022_is_read() {
        let check = |input: &[u8], expected: &str, damaged: bool| {
            assert!(has_escapes(input) || input.iter().any(|b| *b == 0x0E || *b >= 0x80), "{input:?}");
            assert_eq!(decode(input), (expected.to_owned(), damaged), "{input:?}");
        };
        check(b"a \x1B$B$\"$$\x1B(B z", "a あい z", false);
        check(b"\x1B$@$\"$$\x1B(J!", "あい!", false);
        check(b"\x1B$B$\"$$\nnext line", "あい\nnext line", false);
        check(b"\x1B$B$\" <a@example.jp>", "あ <a@example.jp>", false);
        check(b"\x1B(I1:\x1B(B", "ｱｺ", false);
        check(b"\x0E1:\x0Fa", "ｱｺa", false);
        check(b"\xB1\xBAa", "ｱｺa", false);
        check(b"\x1B$B-!-j\x1B(B", "①㈱", false);
        check(b"\x1B$(D0!\x1B(B", "丂", false);
        check(b"\x1B$(Q$\"\x1B(B", "あ", false);
        check(b"\x1B$A0!\x1B(B", "啊", false);
        check(b"\x1B$)C\x0E0!\x0Fa", "가a", false);
        check(b"\x1B$BuA\x1B(B", "☀", false);
        check(b"\x1B$B~~\x1B(B", "〓", true);
        check(b"\x1B$B\x93\x3D\x1B(B", "纊", false);
        check(b"\x1B$(O.!\x1B(B", "俱", false);
        check(b"\x1B$(P!!\x1B(B", "𠂉", false);
        check(b"\x1B$)A\x0E=qLl\x0Fa", "今天a", false);
        check(b"\x1B$(Z0!\x1B(B", "〓", true);
        check(b"\x1B$B$\"$\x1B(B", "あ\u{FFFD}", true);
    }
}
