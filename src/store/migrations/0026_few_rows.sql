-- What is looked for again and again is found among few rows.
CREATE INDEX absences_by_supporter ON absences (supporter_id, back_at);
CREATE INDEX daily_reports_of_client ON daily_reports (client_id) WHERE state = 'waiting';
CREATE INDEX outbox_asked_about ON outbox (confirmation) WHERE kind = 'pass_on' AND confirmation IS NOT NULL;
CREATE INDEX outbox_answered ON outbox (letter_id) WHERE reason = 'answered_meanwhile';
