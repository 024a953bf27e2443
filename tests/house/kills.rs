//! Each kill point is passed in one place: one call before its step, one after it.

use super::complaint::Complaint;

const ROOM: &str = "src/kill.rs";

/// Points of `enum Point` that are not called exactly once on each side, in all of `texts` (path and text).
pub fn kill_points<'a>(texts: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> Vec<Complaint> {
    let room = texts.clone().find(|(path, _)| *path == ROOM).map_or("", |(_, text)| text);
    let points = points(room);
    let mut all = Vec::new();
    if points.len() != 40 {
        all.push(Complaint::new(ROOM, 1, format!("{} kill points, not 40", points.len())));
    }
    for point in points {
        for side in ["before", "after"] {
            let call = format!("kill::{side}(Point::{point});");
            let calls = texts.clone().filter(|(path, _)| path.starts_with("src/") && *path != ROOM);
            let count: usize = calls.map(|(_, text)| text.matches(&call).count()).sum();
            if count != 1 {
                all.push(Complaint::new(ROOM, 1, format!("`{call}` stands {count} times in src/, not once")));
            }
        }
    }
    all
}

fn points(room: &str) -> Vec<String> {
    let items = syn::parse_file(room).map(|file| file.items).unwrap_or_default();
    let point = items.into_iter().find_map(|item| match item {
        syn::Item::Enum(item) if item.ident == "Point" => Some(item),
        _ => None,
    });
    point.map(|item| item.variants.iter().map(|v| v.ident.to_string()).collect()).unwrap_or_default()
}
