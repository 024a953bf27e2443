//! format=flowed (RFC 3676) → the paragraphs that the writer typed.

/// Joins flowed lines of equal quote depth; undoes space-stuffing. The signature line `-- ` never flows. With
/// `del_sp` the space that marked the flow is removed, as Japanese text needs.
pub fn unwrap(text: &str, del_sp: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut flowing_at: Option<usize> = None;
    for line in text.lines() {
        let depth = line.bytes().take_while(|&b| b == b'>').count();
        let body = line.get(depth..).unwrap_or_default();
        let body = body.strip_prefix(' ').unwrap_or(body);
        let signature = body == "-- ";
        if flowing_at != Some(depth) || signature {
            if flowing_at.is_some() {
                out.push('\n');
            }
            out.extend(std::iter::repeat_n('>', depth));
            if depth > 0 && !body.is_empty() {
                out.push(' ');
            }
        }
        let flows = body.ends_with(' ') && !signature;
        out.push_str(if flows && del_sp { body.get(..body.len() - 1).unwrap_or_default() } else { body });
        flowing_at = flows.then_some(depth);
        if !flows {
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flowed_lines_become_paragraphs() {
        let check = |input: &str, del_sp: bool, expected: &str| {
            assert_eq!(unwrap(input, del_sp), expected, "{input:?}");
        };
        check("one \ntwo\nthree\n", false, "one two\nthree\n");
        check("今日は \n晴れ\n", true, "今日は晴れ\n");
        check("> a \n> b\n>> c\nd\n", false, "> a b\n>> c\nd\n");
        check("> a \nb\n", false, "> a \nb\n");
        check(" >not a quote\n From here\n", false, ">not a quote\nFrom here\n");
        check("text \n-- \nHaru\n", false, "text \n-- \nHaru\n");
        check(">\n", false, ">\n");
        check("ends \n", false, "ends ");
    }
}
