-- The lease lies in the connection's row: who takes it writes only that row. No index knows of it.

-- +goose Up
ALTER TABLE connections ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE connections ADD COLUMN lease_owner TEXT;
ALTER TABLE connections ADD COLUMN lease_since INTEGER;
ALTER TABLE connections ADD COLUMN lease_until INTEGER;
ALTER TABLE connections ADD COLUMN spare BLOB;

CREATE TABLE nodes (
    id      TEXT    NOT NULL PRIMARY KEY,
    seen_at INTEGER NOT NULL,
    doc     TEXT    NOT NULL
) STRICT;
