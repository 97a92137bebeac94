-- The columns are those that package store draws at its row type.

-- +goose Up
CREATE TABLE named_values (
    id          TEXT    NOT NULL PRIMARY KEY,
    version     INTEGER NOT NULL,
    connection  TEXT REFERENCES connections (id) ON DELETE CASCADE,
    integration TEXT REFERENCES integrations (key) ON DELETE CASCADE,
    expires_at  INTEGER,
    doc         TEXT    NOT NULL,
    value       BLOB    NOT NULL
) STRICT;

CREATE INDEX named_values_by_connection ON named_values (connection) WHERE connection IS NOT NULL;
CREATE INDEX named_values_by_integration ON named_values (integration) WHERE integration IS NOT NULL;
CREATE INDEX named_values_by_expiry ON named_values (expires_at) WHERE expires_at IS NOT NULL;

-- +goose StatementBegin
CREATE TRIGGER named_values_sealed BEFORE UPDATE OF value ON named_values
WHEN lower(hex(substr(NEW.value, 2, 8))) IN (SELECT id FROM retired_keys)
BEGIN SELECT RAISE(ABORT, 'sealed with a key that a rotation has retired'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER named_values_sealed_first BEFORE INSERT ON named_values
WHEN lower(hex(substr(NEW.value, 2, 8))) IN (SELECT id FROM retired_keys)
BEGIN SELECT RAISE(ABORT, 'sealed with a key that a rotation has retired'); END;
-- +goose StatementEnd
