//! JIS X 0213:2004 by row and cell → text, for ISO-2022-JP-3 and -2004.
//!
//! `characters.txt` has one line for each row that JIS X 0208 lacks or has otherwise: plane, row in seven bits, its
//! 94 characters (some are two code points), a geta mark where there is none. It lists what Python's codec
//! `iso2022_jp_2004` decodes each pair to, which is the standard's own table.

use std::collections::HashMap;
use std::sync::LazyLock;

const CHARACTERS: &str = include_str!("jisx0213/characters.txt");

static ROWS: LazyLock<HashMap<(u8, u8), Vec<&'static str>>> = LazyLock::new(|| {
    let row = |line: &'static str| {
        let (plane, rest) = line.split_once(' ')?;
        let (row, characters) = rest.split_once(' ')?;
        let key = (plane.parse().ok()?, u8::from_str_radix(row, 16).ok()?);
        Some((key, characters.split(' ').collect()))
    };
    CHARACTERS.lines().filter_map(row).collect()
});

/// The character at a row and cell in seven bits; `None` where the table says nothing.
pub fn character(plane: u8, row: u8, cell: u8) -> Option<&'static str> {
    let characters = ROWS.get(&(plane, row))?;
    let found = characters.get(usize::from(cell.checked_sub(0x21)?)).copied();
    found.filter(|c| *c != "〓" || (plane, row, cell) == (1, 0x22, 0x2E))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_beyond_jis_x_0208_are_known() {
        let check = |plane, row, cell, expected| assert_eq!(character(plane, row, cell), expected);
        check(1, 0x2D, 0x21, Some("①"));
        check(1, 0x22, 0x2E, Some("〓"));
        check(1, 0x24, 0x77, Some("か\u{309a}"));
        check(2, 0x22, 0x21, None);
        check(2, 0x21, 0x21, Some("𠂉"));
        check(1, 0x30, 0x21, None);
        check(3, 0x21, 0x21, None);
        assert!(ROWS.values().all(|row| row.len() == 94));
    }
}
