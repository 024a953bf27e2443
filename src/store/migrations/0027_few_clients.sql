-- Whose clients, what she holds, and her letters of one client are found among few rows.
CREATE INDEX clients_of_supporter ON clients (supporter_id);
CREATE INDEX clients_of_second ON clients (second_id);
CREATE INDEX daily_reports_held ON daily_reports (holder_id, client_id) WHERE state = 'waiting';
CREATE INDEX outbox_alerts ON outbox (client_id, principal_ref, created_at) WHERE kind = 'alert';
