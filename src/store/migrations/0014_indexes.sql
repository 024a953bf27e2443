-- What the way of each mail asks for: none of it may read all that came before.
CREATE INDEX kept_mails_skipped ON kept_mails (epoch_id, uid) WHERE state = 'skipped';
CREATE INDEX kept_mails_duplicates ON kept_mails (duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE INDEX letters_by_author ON letters (client_id, author_id, written_at) WHERE author_id IS NOT NULL;
CREATE INDEX outbox_questions ON outbox (confirmation) WHERE kind = 'confirmation';
CREATE INDEX outbox_passed_on ON outbox (letter_id) WHERE kind = 'pass_on';
