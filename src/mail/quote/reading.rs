//! Quotes of mails that we do not know. Only two shapes are cut, both of them to the end of the text and never all
//! of it: marked lines under a program's attribution, and everything under a complete header block. All else stays,
//! because letters begin with `>`, hold rows of dashes and quote other letters.

use super::stream::unmarked;
use super::{Cut, Fate, Known, attribution};

/// What becomes of each line.
pub(super) fn fates(lines: &[&str], known: Option<&Known>) -> Vec<Fate> {
    let mut fates = vec![Fate::New; lines.len()];
    let tail = attributed_tail(lines, known);
    let (start, below, reason) = match (tail, attribution::header_block(lines)) {
        (Some((start, _, _)), Some(header)) if header < start => (header, header, Cut::HeadedTail),
        (Some((start, block, reason)), _) => {
            fates[start..block].fill(Fate::Gone(reason));
            (start, block, Cut::MarkedTail)
        }
        (None, Some(header)) => (header, header, Cut::HeadedTail),
        (None, None) => return fates,
    };
    if lines[..start].iter().all(|l| l.trim().is_empty()) {
        return vec![Fate::New; lines.len()];
    }
    fates[below..].fill(Fate::Gone(reason));
    fates
}

/// Where the attribution of a marked tail begins, where the tail itself begins, and what the attribution is.
fn attributed_tail(lines: &[&str], known: Option<&Known>) -> Option<(usize, usize, Cut)> {
    let marked = |l: &&&str| l.trim_start().starts_with(['>', '＞']);
    let tail = lines.iter().rev().take_while(|l| l.trim().is_empty() || marked(l)).count();
    // The attribution may itself be marked: then the tail begins below the last line that is one.
    let top = lines.len() - tail;
    (top..lines.len().min(top + 4)).find_map(|block| {
        let words = lines[block..].iter().any(|l| !unmarked(l).is_empty());
        let (start, reason) = attribution::above(lines, block, known)?;
        words.then_some((start, block, reason))
    })
}
