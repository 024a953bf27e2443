//! Text → octets, in every way that mailers are known to write it, rightly or wrongly.
//!
//! encoding_rs writes Shift_JIS, EUC-JP and the national sets; the seven-bit forms are made from those octets by the
//! arithmetic of their standards (RFC 1468, RFC 1843, RFC 1557), so that nothing here shares code with the reader.

use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, SHIFT_JIS};

/// How half-width kana are written in ISO-2022-JP, which has no place for them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kana {
    /// `ESC ( I` (cp50221).
    Escape,
    /// SO and SI (cp50222).
    Shift,
    /// Eight-bit octets (JIS8).
    EightBit,
}

/// How the escape sequences are treated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Escapes {
    /// As RFC 1468 wants.
    Whole,
    /// `ESC $ @` and `ESC ( J`, as before 1983.
    Old,
    /// No return to ASCII at the end of a line.
    Unclosed,
    /// The octet ESC itself was lost on the way.
    Lost,
}

/// An encoding, and what was done to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    Utf8,
    Utf8WithMark,
    Utf16Le,
    Utf16Be,
    Utf32Le,
    Utf32Be,
    ShiftJis,
    EucJp,
    Jis(Kana, Escapes),
    /// ISO-2022-JP with the IBM kanji as rows 115 to 119, first octet above 127.
    JisWithIbmRows,
    Gb18030,
    Hz,
    Big5,
    EucKr,
    Iso2022Kr,
    Latin1,
    Cp437,
    Cp850,
}

/// The octets of `text`, or `None` when the form cannot write it.
pub fn encode(text: &str, form: Form) -> Option<Vec<u8>> {
    Some(match form {
        Form::Utf8 => text.as_bytes().to_vec(),
        Form::Utf8WithMark => ["\u{feff}".as_bytes(), text.as_bytes()].concat(),
        Form::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Form::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        Form::Utf32Le => text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect(),
        Form::Utf32Be => text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect(),
        Form::ShiftJis => by(SHIFT_JIS, text)?,
        Form::EucJp => by(EUC_JP, text)?,
        Form::Jis(kana, escapes) => jis(text, kana, escapes, false)?,
        Form::JisWithIbmRows => jis(text, Kana::Escape, Escapes::Whole, true)?,
        Form::Gb18030 => by(GB18030, text)?,
        Form::Hz => shifted(&by(GBK, text)?, b"~{", b"~}")?,
        Form::Big5 => by(BIG5, text)?,
        Form::EucKr => by(EUC_KR, text)?,
        Form::Iso2022Kr => [b"\x1b$)C\n".to_vec(), shifted(&by(EUC_KR, text)?, b"\x0e", b"\x0f")?].concat(),
        Form::Latin1 => text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<_>>()?,
        Form::Cp437 => dos(text)?,
        Form::Cp850 => dos(text)?,
    })
}

fn by(encoding: &'static Encoding, text: &str) -> Option<Vec<u8>> {
    let (octets, _, lost) = encoding.encode(text);
    (!lost).then(|| octets.into_owned())
}

/// Octets 0x80 … of the code pages of DOS, as far as the texts here need them (0x80 is Ç, 0x81 ü, 0x82 é …).
fn dos(text: &str) -> Option<Vec<u8>> {
    const UPPER: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ";
    let one = |c: char| match UPPER.chars().position(|u| u == c) {
        Some(at) => u8::try_from(0x80 + at).ok(),
        None => c.is_ascii().then_some(c as u8),
    };
    text.chars().map(one).collect()
}

/// Runs of eight-bit pairs → seven bits between two marks, closed before a line ends.
fn shifted(octets: &[u8], open: &[u8], close: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut inside = false;
    for &b in octets {
        if (b >= 0x80) != inside {
            out.extend_from_slice(if inside { close } else { open });
            inside = !inside;
        }
        if (0x80..0xA1).contains(&b) {
            return None;
        }
        out.push(b & 0x7F);
    }
    if inside {
        out.extend_from_slice(close);
    }
    Some(out)
}

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Ascii,
    Kanji,
    Kana,
}

fn jis(text: &str, kana: Kana, escapes: Escapes, ibm_rows: bool) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut mode = Mode::Ascii;
    for c in text.chars() {
        let octets = by(SHIFT_JIS, &c.to_string())?;
        let (next, octets) = match *octets.as_slice() {
            [b] if b < 0x80 => (Mode::Ascii, vec![b]),
            [b] => (Mode::Kana, vec![if kana == Kana::EightBit { b } else { b & 0x7F }]),
            [lead, trail] => (Mode::Kanji, pair(lead, trail, ibm_rows)?),
            _ => return None,
        };
        let lazy = escapes == Escapes::Unclosed && c == '\n';
        if next != mode && !lazy {
            change(&mut out, mode, next, kana, escapes);
        }
        mode = next;
        out.extend(octets);
    }
    if mode != Mode::Ascii && escapes != Escapes::Unclosed {
        change(&mut out, mode, Mode::Ascii, kana, escapes);
    }
    if escapes == Escapes::Lost {
        out.retain(|b| *b != 0x1B);
    }
    Some(out)
}

fn change(out: &mut Vec<u8>, from: Mode, to: Mode, kana: Kana, escapes: Escapes) {
    if from == Mode::Kana && kana == Kana::Shift {
        out.push(0x0F);
    }
    let sequence: &[u8] = match (to, kana, escapes) {
        (Mode::Kana, Kana::Shift, _) if from == Mode::Kanji => b"\x1b(B\x0e",
        (Mode::Kana, Kana::Shift, _) => b"\x0e",
        (Mode::Kana, Kana::EightBit, _) if from == Mode::Kanji => b"\x1b(B",
        (Mode::Ascii, Kana::Shift | Kana::EightBit, _) | (Mode::Kana, Kana::EightBit, _)
            if from != Mode::Kanji =>
        {
            b""
        }
        (Mode::Kana, ..) => b"\x1b(I",
        (Mode::Ascii, _, Escapes::Old) => b"\x1b(J",
        (Mode::Ascii, ..) => b"\x1b(B",
        (Mode::Kanji, _, Escapes::Old) => b"\x1b$@",
        (Mode::Kanji, ..) => b"\x1b$B",
    };
    out.extend_from_slice(sequence);
}

/// JIS X 0208 octets of a pair of Shift_JIS; the IBM kanji as NEC selected them, or in rows of their own.
fn pair(lead: u8, trail: u8, ibm_rows: bool) -> Option<Vec<u8>> {
    let (lead, trail) = if lead >= 0xFA && !ibm_rows { nec_selected(lead, trail)? } else { (lead, trail) };
    let block = lead - if lead < 0xA0 { 0x81 } else { 0xC1 };
    let (row, cell) = match trail {
        0x9F.. => (block * 2 + 0x22, trail - 0x7E),
        0x80.. => (block * 2 + 0x21, trail - 0x20),
        _ => (block * 2 + 0x21, trail - 0x1F),
    };
    Some(vec![row, cell])
}

/// Shift_JIS FA5C–FC4B are the 360 kanji that NEC put at ED40–EEEC, in the same order.
fn nec_selected(lead: u8, trail: u8) -> Option<(u8, u8)> {
    let cell = u16::from(trail) - if trail > 0x7F { 0x41 } else { 0x40 };
    let index = (u16::from(lead - 0xFA) * 188 + cell).checked_sub(28).filter(|i| *i < 360)?;
    let (lead, cell) = (0xED + index / 188, 0x40 + index % 188);
    Some((u8::try_from(lead).ok()?, u8::try_from(if cell >= 0x7F { cell + 1 } else { cell }).ok()?))
}
