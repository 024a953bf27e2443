//! What the attributes of an element say about how it is shown: not at all, with its spaces, without a margin.

use super::tokens::attribute;

/// Most octets of a style that are read.
const LIMIT: usize = 4096;

/// Further to the left or above than any screen.
const FAR_OFF: f32 = -500.0;

/// How white space in the source is shown (CSS Text 3 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// Lines and spaces as they stand.
    Kept,
    /// Lines as they stand, spaces as one.
    LinesKept,
    /// No-break spaces as one ordinary space: between the number of a Word list and its item.
    Tight,
}

/// Hidden by attribute or inline style. A font size of zero hides only on inline elements: mail builders set it on
/// the table around everything and give the size back inside.
pub fn hidden(name: &str, attributes: &str) -> bool {
    if attribute(attributes, "hidden").is_some() {
        return true;
    }
    let style = declarations(attributes);
    let clipped = || style.iter().any(|(p, v)| p.starts_with("overflow") && v == "hidden");
    style.iter().any(|(property, value)| match property.as_str() {
        "display" => value == "none",
        "visibility" => value == "hidden",
        "mso-hide" => value == "all",
        "font-size" if matches!(name, "span" | "font") => number(value) == Some(0.0),
        "max-height" | "opacity" => number(value) == Some(0.0),
        "height" | "width" => number(value) == Some(0.0) && clipped(),
        "left" | "top" | "text-indent" | "margin-left" | "margin-top" => {
            number(value).is_some_and(|n| n <= FAR_OFF)
        }
        "clip" => value.starts_with("rect(0") || value.starts_with("rect(1px"),
        _ => false,
    })
}

/// How the white space of the element is shown, if not as usual.
pub fn space(attributes: &str) -> Option<Space> {
    declarations(attributes).iter().find_map(|(property, value)| match (property.as_str(), value.as_str()) {
        ("white-space", "pre" | "pre-wrap" | "break-spaces") => Some(Space::Kept),
        ("white-space", "pre-line") => Some(Space::LinesKept),
        ("mso-list", "ignore") => Some(Space::Tight),
        _ => None,
    })
}

/// A paragraph without a gap above and below: Word's own, and those whose style says so.
pub fn stands_close(attributes: &str) -> bool {
    if attribute(attributes, "class").is_some_and(|class| class.starts_with("Mso")) {
        return true;
    }
    let (mut above, mut below) = (false, false);
    for (property, value) in declarations(attributes) {
        let sides: Vec<bool> =
            value.split(' ').map(|side| number(side).is_some_and(|n| n.abs() < 1.0)).collect();
        let first = sides.first().copied().unwrap_or_default();
        match property.as_str() {
            "margin" => (above, below) = (first, sides.get(2).copied().unwrap_or(first)),
            "margin-top" => above = first,
            "margin-bottom" => below = first,
            _ => {}
        }
    }
    above && below
}

/// A blockquote that Gmail, Apple Mail and browsers make of the button for indenting: 40 pixels and no border.
pub fn indents(attributes: &str) -> bool {
    let style = declarations(attributes);
    let said = |wanted: &str, good: &dyn Fn(&str) -> bool| style.iter().any(|(p, v)| p == wanted && good(v));
    said("margin", &|v| v.ends_with("40px")) && said("border", &|v| v.starts_with("none"))
}

/// The line that Outlook draws above the header fields of the mail that is answered: its colours, its distance.
pub fn draws_outlooks_line(attributes: &str) -> bool {
    const COLOURS: [&str; 4] = ["#e1e1e1", "#b5c4df", "rgb(225,225,225)", "rgb(181,196,223)"];
    let style = declarations(attributes);
    let coloured = |(property, value): &(String, String)| {
        let value = value.replace(' ', "");
        matches!(property.as_str(), "border-top" | "border-color")
            && COLOURS.iter().any(|c| value.contains(c))
    };
    let spaced = |(property, value): &(String, String)| {
        property == "padding" && (value.starts_with("3pt ") || value.starts_with("3.0pt "))
    };
    style.iter().any(coloured) && style.iter().any(spaced)
}

/// Property and value of every declaration in the style, in lower case, each run of spaces as one.
fn declarations(attributes: &str) -> Vec<(String, String)> {
    let Some(style) = attribute(attributes, "style") else { return Vec::new() };
    let style: String = style.chars().take(LIMIT).collect::<String>().to_ascii_lowercase();
    let one = |declaration: &str| {
        let (property, value) = declaration.split_once(':')?;
        let value = value.trim().trim_end_matches("!important");
        Some((property.trim().to_owned(), value.split_whitespace().collect::<Vec<_>>().join(" ")))
    };
    style.split(';').filter_map(one).collect()
}

/// The number in front of a unit.
fn number(value: &str) -> Option<f32> {
    value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%').parse().ok()
}
