-- A key that is retired seals nothing any more, whoever writes: a server that was asleep during a rotation does not know yet.

-- +goose Up
CREATE TABLE retired_keys (
    id      TEXT    NOT NULL PRIMARY KEY,
    dropped INTEGER NOT NULL
) STRICT;

CREATE TABLE resealing (
    id          INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    key         TEXT    NOT NULL DEFAULT '',
    part        INTEGER NOT NULL DEFAULT 0,
    after       TEXT    NOT NULL DEFAULT '',
    done        INTEGER NOT NULL DEFAULT 0,
    records     INTEGER NOT NULL DEFAULT 0,
    failed      INTEGER NOT NULL DEFAULT 0,
    unopened    TEXT    NOT NULL DEFAULT '[]',
    lease_owner TEXT    NOT NULL DEFAULT '',
    lease_until INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO resealing (id) VALUES (1);

-- +goose StatementBegin
CREATE TRIGGER integrations_sealed BEFORE UPDATE OF parameters ON integrations
WHEN lower(hex(substr(NEW.parameters, 2, 8))) IN (SELECT id FROM retired_keys)
BEGIN SELECT RAISE(ABORT, 'sealed with a key that a rotation has retired'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER integrations_sealed_first BEFORE INSERT ON integrations
WHEN lower(hex(substr(NEW.parameters, 2, 8))) IN (SELECT id FROM retired_keys)
BEGIN SELECT RAISE(ABORT, 'sealed with a key that a rotation has retired'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER connections_sealed BEFORE UPDATE OF parameters, token, answer, spare ON connections
WHEN EXISTS (SELECT 1 FROM retired_keys WHERE id IN (lower(hex(substr(NEW.parameters, 2, 8))), lower(hex(substr(NEW.token, 2, 8))),
    lower(hex(substr(NEW.answer, 2, 8))), lower(hex(substr(NEW.spare, 2, 8)))))
BEGIN SELECT RAISE(ABORT, 'sealed with a key that a rotation has retired'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER connections_sealed_first BEFORE INSERT ON connections
WHEN EXISTS (SELECT 1 FROM retired_keys WHERE id IN (lower(hex(substr(NEW.parameters, 2, 8))), lower(hex(substr(NEW.token, 2, 8))),
    lower(hex(substr(NEW.answer, 2, 8))), lower(hex(substr(NEW.spare, 2, 8)))))
BEGIN SELECT RAISE(ABORT, 'sealed with a key that a rotation has retired'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER flows_sealed BEFORE UPDATE OF pinned ON flows
WHEN lower(hex(substr(NEW.pinned, 2, 8))) IN (SELECT id FROM retired_keys)
BEGIN SELECT RAISE(ABORT, 'sealed with a key that a rotation has retired'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER flows_sealed_first BEFORE INSERT ON flows
WHEN lower(hex(substr(NEW.pinned, 2, 8))) IN (SELECT id FROM retired_keys)
BEGIN SELECT RAISE(ABORT, 'sealed with a key that a rotation has retired'); END;
-- +goose StatementEnd
