//! The answers of the desk, in short: OK, NO, BAD, and one line of data.

use imap_next::server::Server;
use imap_types::core::{Tag, Text};
use imap_types::response::{Bye, Code, Data, Status, StatusBody, StatusKind, Tagged};

/// A text that is printable ASCII, as all of ours are.
fn text(text: &'static str) -> Text<'static> {
    Text::unvalidated(text)
}

/// A status to this tag, or an untagged one.
pub(super) fn status(
    tag: Option<Tag<'static>>,
    kind: StatusKind,
    code: Option<Code<'static>>,
    words: &'static str,
) -> Status<'static> {
    let body = StatusBody { kind, code, text: text(words) };
    match tag {
        Some(tag) => Status::Tagged(Tagged { tag, body }),
        None => Status::Untagged(body),
    }
}

/// The command is done.
pub(super) fn ok(server: &mut Server, tag: Tag<'static>) {
    server.enqueue_status(status(Some(tag), StatusKind::Ok, None, "done"));
}

/// The command cannot be done here.
pub(super) fn no(server: &mut Server, tag: Tag<'static>, words: &'static str) {
    server.enqueue_status(status(Some(tag), StatusKind::No, None, words));
}

/// The command cannot be read; `tag` is what stood where the tag should be.
pub(super) fn bad(server: &mut Server, tag: &[u8]) {
    let tag = Tag::try_from(tag.to_vec()).ok();
    server.enqueue_status(status(tag, StatusKind::Bad, None, "this server does not know that"));
}

/// An untagged OK with a code.
pub(super) fn note(server: &mut Server, code: Code<'static>) {
    server.enqueue_status(status(None, StatusKind::Ok, Some(code), "noted"));
}

/// Goodbye.
pub(super) fn bye(server: &mut Server) {
    server.enqueue_status(Status::Bye(Bye { code: None, text: text("goodbye") }));
}

/// A line of data.
pub(super) fn data(server: &mut Server, data: Data<'static>) {
    server.enqueue_data(data);
}
