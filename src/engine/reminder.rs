//! What a reminder of ours carried: every letter of its day, which are another person's words wherever they are quoted.

use super::letters::masked;
use super::{Context, Result};
use crate::domain::outgoing::Kind;
use crate::store::{SentRow, Tx};

/// A reminder has every letter of a day that came before it, one below the other. `None`: that mail of ours is none.
pub(super) fn whole_report(
    tx: &Tx<'_>,
    context: &Context,
    row: &SentRow,
    body: &str,
) -> Result<Option<String>> {
    let (Kind::Alert, Some(client), Some(day)) = (row.kind, row.client, row.day) else { return Ok(None) };
    let reader = tx.supporter_by_principal(row.principal)?;
    let (Some(client), Some(reader)) = (tx.client_by_id(client)?, reader) else { return Ok(None) };
    let texts = tx.report(client.id, day, reader.id)?.texts;
    let texts = texts.iter().map(|text| masked(context, text, Some(&client), Some(&reader)));
    let texts: Vec<String> = texts.map(|text| text.trim_matches('\n').to_owned()).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
    let whole = (2..=texts.len()).rev().map(|many| texts[..many].join("\n\n"));
    Ok(whole.into_iter().find(|whole| body.contains(whole)))
}
