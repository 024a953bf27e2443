//! "Did you mean …?": the known word that a mistyped one most resembles.

/// The known word nearest to `word`, when at most a third of its letters (at least two) differ.
pub(super) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let best = known.map(|candidate| (distance(word, candidate), candidate)).min_by_key(|(d, _)| *d)?;
    let allowed = (best.1.chars().count() / 3).clamp(2, 4);
    (best.0 <= allowed).then_some(best.1)
}

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_another_word_finds_none() {
        let known = ["host", "port", "password_file", "ca_file", "YORISOI__IMAP__PORT"];
        let check = |word: &str, expected: Option<&str>| {
            assert_eq!(nearest(word, known.iter().copied()), expected, "{word}");
        };
        check("prot", Some("port"));
        check("hots", Some("host"));
        check("password-file", Some("password_file"));
        check("passwordfile", Some("password_file"));
        check("YORISOI_IMAP__PORT", Some("YORISOI__IMAP__PORT"));
        check("YORISOI_IMAP_PORT", Some("YORISOI__IMAP__PORT"));
        check("colour", None);
        check("", None);
    }
}
