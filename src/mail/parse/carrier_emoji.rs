//! The pictures of Japanese feature phones, which arrive as private-use characters → Unicode, or a geta mark `〓`.
//!
//! Shift_JIS F89F–F9FC of docomo decodes to U+E63E–U+E757, which is docomo's own Unicode assignment. Weather,
//! faces and hearts carry the mood of a day and are mapped; the rest is shown as present and unreadable. No
//! private-use character is shown as such.

/// The character to show for `c`; itself unless it is for private use.
pub fn shown(c: char) -> char {
    match c {
        '\u{e000}'..='\u{f8ff}' => docomo(c),
        '\u{f0000}'.. => '〓',
        c => c,
    }
}

fn docomo(c: char) -> char {
    match c {
        '\u{e63e}' => '☀',
        '\u{e63f}' => '☁',
        '\u{e640}' => '☔',
        '\u{e641}' => '⛄',
        '\u{e642}' => '⚡',
        '\u{e643}' => '🌀',
        '\u{e644}' => '🌁',
        '\u{e645}' => '🌂',
        '\u{e6ec}' => '❤',
        '\u{e6ed}' => '💓',
        '\u{e6ee}' => '💔',
        '\u{e6ef}' => '💕',
        '\u{e6f0}' => '😃',
        '\u{e6f1}' => '😠',
        '\u{e6f2}' => '😞',
        '\u{e6f3}' => '😖',
        '\u{e6f4}' => '😵',
        '\u{e6f5}' => '↗',
        '\u{e6f6}' => '🎵',
        '\u{e6f7}' => '♨',
        '\u{e6fb}' => '💡',
        '\u{e6fc}' => '💢',
        '\u{e6fd}' => '👊',
        '\u{e6fe}' => '💣',
        '\u{e6ff}' => '🎶',
        '\u{e700}' => '↘',
        '\u{e701}' => '💤',
        '\u{e702}' => '❗',
        '\u{e703}' => '⁉',
        '\u{e704}' => '‼',
        '\u{e705}' => '💥',
        '\u{e706}' => '💦',
        '\u{e707}' => '💧',
        '\u{e708}' => '💨',
        _ => '〓',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_use_never_passes() {
        let check = |input: &str, expected: &str| {
            assert_eq!(input.chars().map(shown).collect::<String>(), expected);
        };
        check("晴れ\u{e63e}", "晴れ☀");
        check("\u{e757}\u{f8ff}\u{fe331}", "〓〓〓");
        check("ふつう", "ふつう");
    }
}
