//! Clients, supporters and their addresses.

use rusqlite::{Row, params};

use super::{Result, StoreError, Tx, from_sql_int, optional, to_sql_int};
use crate::clock::{Timestamp, Zone};
use crate::domain::hours::{Clock, OwnHours, Span, clock};
use crate::domain::locale::Locale;
use crate::domain::outgoing::wakes_nobody;
use crate::domain::people::{Client, ClientId, Side, Supporter, SupporterId};
use crate::mail::address::Address;

/// What a new person brings.
#[derive(Clone, Debug)]
pub struct NewPerson<'a> {
    /// Unique in its role.
    pub name: &'a str,
    /// The first is where mail goes.
    pub addresses: &'a [Address],
    /// The language that she is written to in.
    pub locale: Locale,
    /// 32 random bits.
    pub principal_ref: u32,
    /// Now.
    pub created_at: Timestamp,
}

const CLIENT: &str = "SELECT id, name, goal, locale, state = 'paused', thread_ref, principal_ref, epoch, \
     supporter_id, second_id, zone, due, arrive, quiet, pool FROM clients";
const SUPPORTER: &str = "SELECT id, name, locale, principal_ref, epoch, zone, NULL AS due, NULL AS arrive, quiet, pool FROM supporters";

impl Tx<'_> {
    /// The client whose registered address this is.
    ///
    /// # Errors
    /// The store's.
    pub fn client_by_address(&self, address: &Address) -> Result<Option<Client>> {
        self.client("id = (SELECT client_id FROM client_addresses WHERE address_key = ?1)", address.key())
    }

    /// The client of a row.
    ///
    /// # Errors
    /// The store's.
    pub fn client_by_id(&self, id: ClientId) -> Result<Option<Client>> {
        self.client("id = ?1", id.0)
    }

    /// The client of a thread ref.
    ///
    /// # Errors
    /// The store's.
    pub fn client_by_thread(&self, thread: u64) -> Result<Option<Client>> {
        self.client("thread_ref = ?1", to_sql_int(thread))
    }

    /// The client of a principal ref.
    ///
    /// # Errors
    /// The store's.
    pub fn client_by_principal(&self, principal: u32) -> Result<Option<Client>> {
        self.client("principal_ref = ?1", principal)
    }

    /// The client of a unique name.
    ///
    /// # Errors
    /// The store's.
    pub fn client_by_name(&self, name: &str) -> Result<Option<Client>> {
        self.client("name = ?1", name)
    }

    /// The client that an operator means by an id, an address or a name, in this order.
    ///
    /// # Errors
    /// The store's.
    pub fn find_client(&self, who: &str) -> Result<Option<ClientId>> {
        let by_id = who.parse().ok().map(|id| self.client_by_id(ClientId(id))).transpose()?.flatten();
        let by_address = Address::parse(who).ok().map(|a| self.client_by_address(&a)).transpose()?.flatten();
        match by_id.or(by_address) {
            Some(client) => Ok(Some(client.id)),
            None => Ok(self.client_by_name(who)?.map(|client| client.id)),
        }
    }

    /// The supporter that an operator means, as [`Tx::find_client`].
    ///
    /// # Errors
    /// The store's.
    pub fn find_supporter(&self, who: &str) -> Result<Option<SupporterId>> {
        let by_id = who.parse().ok().map(|id| self.supporter_by_id(SupporterId(id))).transpose()?.flatten();
        let by_address =
            Address::parse(who).ok().map(|a| self.supporter_by_address(&a)).transpose()?.flatten();
        match by_id.or(by_address) {
            Some(supporter) => Ok(Some(supporter.id)),
            None => Ok(self.supporter_by_name(who)?.map(|supporter| supporter.id)),
        }
    }

    fn client(&self, condition: &str, value: impl rusqlite::ToSql) -> Result<Option<Client>> {
        let mut statement = self.connection.prepare_cached(&format!("{CLIENT} WHERE {condition}"))?;
        let found = optional(statement.query_row([value], |row| Ok(client_row(row))))?;
        let Some(client) = found.transpose()? else { return Ok(None) };
        let addresses = self.addresses("client_addresses", "client_id", client.id.0)?;
        Ok(Some(Client { addresses, ..client }))
    }

    /// The supporter whose registered address this is.
    ///
    /// # Errors
    /// The store's.
    pub fn supporter_by_address(&self, address: &Address) -> Result<Option<Supporter>> {
        let condition = "id = (SELECT supporter_id FROM supporter_addresses WHERE address_key = ?1)";
        self.supporter(condition, address.key())
    }

    /// The supporter of a row.
    ///
    /// # Errors
    /// The store's.
    pub fn supporter_by_id(&self, id: SupporterId) -> Result<Option<Supporter>> {
        self.supporter("id = ?1", id.0)
    }

    /// The supporter of a principal ref.
    ///
    /// # Errors
    /// The store's.
    pub fn supporter_by_principal(&self, principal: u32) -> Result<Option<Supporter>> {
        self.supporter("principal_ref = ?1", principal)
    }

    /// The supporter of a unique name.
    ///
    /// # Errors
    /// The store's.
    pub fn supporter_by_name(&self, name: &str) -> Result<Option<Supporter>> {
        self.supporter("name = ?1", name)
    }

    fn supporter(&self, condition: &str, value: impl rusqlite::ToSql) -> Result<Option<Supporter>> {
        let mut statement = self.connection.prepare_cached(&format!("{SUPPORTER} WHERE {condition}"))?;
        let found = optional(statement.query_row([value], |row| Ok(supporter_row(row))))?;
        let Some(supporter) = found.transpose()? else { return Ok(None) };
        let addresses = self.addresses("supporter_addresses", "supporter_id", supporter.id.0)?;
        Ok(Some(Supporter { addresses, ..supporter }))
    }

    fn addresses(&self, table: &str, column: &str, id: i64) -> Result<Vec<Address>> {
        let sql = format!("SELECT address FROM {table} WHERE {column} = ?1 ORDER BY position");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let texts =
            statement.query_map([id], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
        let parsed = texts.iter().map(|t| Address::parse(t).map_err(|_| StoreError::Impossible("address")));
        parsed.collect()
    }

    /// A new client; names and addresses must have been checked.
    ///
    /// # Errors
    /// The store's; a name or address that is taken is one of them.
    pub fn add_client(&self, person: &NewPerson<'_>, goal: &str, thread: u64) -> Result<ClientId> {
        self.connection.execute(
            "INSERT INTO clients (thread_ref, principal_ref, name, goal, locale, state, created_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, 'active', ?6)",
            params![
                to_sql_int(thread),
                person.principal_ref,
                person.name,
                goal,
                person.locale.word(),
                person.created_at.millis()
            ],
        )?;
        let id = self.connection.last_insert_rowid();
        self.add_addresses("client_addresses", "client_id", id, person.addresses)?;
        Ok(ClientId(id))
    }

    /// A new supporter; as [`Tx::add_client`].
    ///
    /// # Errors
    /// As [`Tx::add_client`].
    pub fn add_supporter(&self, person: &NewPerson<'_>) -> Result<SupporterId> {
        self.connection.execute(
            "INSERT INTO supporters (principal_ref, name, locale, created_at) VALUES (?1, ?2, ?3, ?4)",
            params![person.principal_ref, person.name, person.locale.word(), person.created_at.millis()],
        )?;
        let id = self.connection.last_insert_rowid();
        self.add_addresses("supporter_addresses", "supporter_id", id, person.addresses)?;
        Ok(SupporterId(id))
    }

    fn add_addresses(&self, table: &str, column: &str, id: i64, addresses: &[Address]) -> Result<()> {
        let sql =
            format!("INSERT INTO {table} (address_key, address, {column}, position) VALUES (?1, ?2, ?3, ?4)");
        let mut statement = self.connection.prepare_cached(&sql)?;
        for (position, address) in (0_i64..).zip(addresses) {
            statement.execute(params![address.key(), address.wire(), id, position])?;
        }
        Ok(())
    }

    /// Whether a principal ref or thread ref is in use.
    ///
    /// # Errors
    /// The store's.
    pub fn ref_is_taken(&self, principal: u32, thread: u64) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM clients WHERE principal_ref = ?1 OR thread_ref = ?2) \
             OR EXISTS (SELECT 1 FROM supporters WHERE principal_ref = ?1)";
        Ok(self.connection.query_row(sql, params![principal, to_sql_int(thread)], |row| row.get(0))?)
    }

    /// Who answers a client from now on.
    ///
    /// # Errors
    /// The store's.
    pub fn assign(&self, client: ClientId, supporter: SupporterId, now: Timestamp) -> Result<()> {
        let mut statement =
            self.connection.prepare_cached("UPDATE clients SET supporter_id = ?2 WHERE id = ?1")?;
        statement.execute([client.0, supporter.0])?;
        let mut statement = self.connection.prepare_cached(
            "UPDATE daily_reports SET holder_id = ?2 WHERE client_id = ?1 AND state = 'waiting'",
        )?;
        statement.execute([client.0, supporter.0])?;
        // What the client let be read while she had no supporter is for the next one.
        let mut statement = self.connection.prepare_cached(
            "UPDATE letters SET whole_for = ?2 WHERE client_id = ?1 AND whole IS NOT NULL AND whole_for IS NULL",
        )?;
        statement.execute([client.0, supporter.0])?;
        self.note_holders(client, now)
    }

    /// The clients of whom a supporter holds reports that wait.
    ///
    /// # Errors
    /// The store's.
    pub fn clients_held_by(&self, supporter: SupporterId) -> Result<Vec<Client>> {
        let sql = "SELECT DISTINCT client_id FROM daily_reports WHERE state = 'waiting' AND holder_id = ?1 ORDER BY client_id";
        let ids = self.list(sql, [supporter.0], |row| row.get(0))?;
        let clients = ids.into_iter().map(|id| self.client_by_id(ClientId(id)));
        Ok(clients.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    /// Every reply address that a supporter got so far is void.
    ///
    /// # Errors
    /// The store's.
    pub fn raise_epoch(&self, supporter: SupporterId) -> Result<()> {
        let sql = "UPDATE supporters SET epoch = (epoch + 1) % 256 WHERE id = ?1";
        self.connection.execute(sql, [supporter.0])?;
        Ok(())
    }

    /// Sets what `own` names of a person's hours; the rest stays.
    ///
    /// # Errors
    /// The store's.
    pub fn set_hours(&self, side: Side, id: i64, own: &OwnHours) -> Result<()> {
        let table = match side {
            Side::Client => "clients",
            Side::Supporter => "supporters",
        };
        let clock = |clock: Clock| format!("{:02}:{:02}", clock / 60, clock % 60);
        let span = |none: &str, span: Option<Span>| span.map_or_else(|| none.to_owned(), |s| s.to_string());
        let values = [
            ("zone", own.zone.as_ref().map(|zone| zone.name().to_owned())),
            ("due", own.due.map(clock)),
            ("arrive", own.arrive.map(|arrive| span("any", arrive))),
            ("quiet", own.quiet.map(|quiet| span("", quiet))),
        ];
        for (column, value) in values.into_iter().filter_map(|(column, value)| Some((column, value?))) {
            let sql = format!("UPDATE {table} SET {column} = ?2 WHERE id = ?1");
            self.connection.execute(&sql, params![id, value])?;
        }
        Ok(())
    }

    /// The hours of a client that are not the service's.
    ///
    /// # Errors
    /// The store's.
    pub fn hours_of(&self, client: ClientId) -> Result<OwnHours> {
        let sql = "SELECT zone, due, arrive, quiet FROM clients WHERE id = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let own = optional(statement.query_row([client.0], |row| Ok(own_hours(row))))?;
        own.unwrap_or_else(|| Ok(OwnHours::default()))
    }

    /// The hours of whoever a mail is for that wakes nobody; `None`: it is another one.
    pub(super) fn hours_asked(&self, row: i64) -> Result<Option<OwnHours>> {
        let sql = "SELECT reason, cause = 'event', principal_ref FROM outbox WHERE id = ?1";
        let found = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?));
        let (reason, by_itself, principal) = self.connection.prepare_cached(sql)?.query_row([row], found)?;
        Ok(if wakes_nobody(&reason, by_itself) { Some(self.hours_of_reader(principal)?) } else { None })
    }

    fn hours_of_reader(&self, principal: u32) -> Result<OwnHours> {
        let sql = "SELECT zone, due, arrive, quiet FROM clients WHERE principal_ref = ?1 \
             UNION ALL SELECT zone, NULL, NULL, quiet FROM supporters WHERE principal_ref = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let own = optional(statement.query_row([principal], |row| Ok(own_hours(row))))?;
        own.unwrap_or_else(|| Ok(OwnHours::default()))
    }

    /// Pauses or resumes; false when it was so before.
    ///
    /// # Errors
    /// The store's.
    pub fn pause(&self, client: ClientId, paused: bool) -> Result<bool> {
        let state = if paused { "paused" } else { "active" };
        let sql = "UPDATE clients SET state = ?2 WHERE id = ?1 AND state <> ?2";
        Ok(self.connection.execute(sql, params![client.0, state])? > 0)
    }
}

fn locale(row: &Row<'_>, column: &str) -> Result<Locale> {
    let word: String = row.get(column)?;
    Locale::from_word(&word).ok_or(StoreError::Impossible("locale"))
}

/// The columns zone, due, arrive and quiet.
fn own_hours(row: &Row<'_>) -> Result<OwnHours> {
    fn read<T>(row: &Row<'_>, name: &'static str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
        let text: Option<String> = row.get(name)?;
        text.map(|text| parse(&text).ok_or(StoreError::Impossible("hours"))).transpose()
    }
    let span = |none: &'static str| {
        move |text: &str| if text == none { Some(None) } else { Span::parse(text).map(Some) }
    };
    Ok(OwnHours {
        zone: read(row, "zone", Zone::named)?,
        due: read(row, "due", clock)?,
        arrive: read(row, "arrive", span("any"))?,
        quiet: read(row, "quiet", span(""))?,
    })
}

fn client_row(row: &Row<'_>) -> Result<Client> {
    Ok(Client {
        id: ClientId(row.get(0)?),
        name: row.get(1)?,
        goal: row.get(2)?,
        locale: locale(row, "locale")?,
        paused: row.get(4)?,
        thread_ref: from_sql_int(row.get(5)?),
        principal_ref: row.get(6)?,
        epoch: row.get(7)?,
        supporter: row.get::<_, Option<i64>>("supporter_id")?.map(SupporterId),
        second: row.get::<_, Option<i64>>("second_id")?.map(SupporterId),
        hours: own_hours(row)?,
        pool: row.get("pool")?,
        addresses: Vec::new(),
    })
}

fn supporter_row(row: &Row<'_>) -> Result<Supporter> {
    Ok(Supporter {
        id: SupporterId(row.get(0)?),
        name: row.get(1)?,
        locale: locale(row, "locale")?,
        principal_ref: row.get(3)?,
        epoch: row.get(4)?,
        hours: own_hours(row)?,
        pool: row.get("pool")?,
        addresses: Vec::new(),
    })
}
