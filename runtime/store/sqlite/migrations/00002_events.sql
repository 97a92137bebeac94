-- A timeline lies together in the order in which it is read. Of refreshed events, of which there are many, only the last
-- few are kept, in the connection's own row, which a renewal rewrites anyway: a row of their own in another table would make
-- every renewal a tenth slower.

-- +goose Up
CREATE TABLE events (
    connection TEXT    NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    seq        INTEGER NOT NULL,
    doc        TEXT    NOT NULL,
    PRIMARY KEY (connection, seq)
) STRICT, WITHOUT ROWID;

ALTER TABLE connections ADD COLUMN recent TEXT NOT NULL DEFAULT '';
