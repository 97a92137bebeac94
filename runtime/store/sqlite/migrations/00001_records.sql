-- The columns are those that package store draws at its row types. The tables keep SQLite's rowid: a row with a 2 KiB
-- sealed token fits on a page of its table, whereas in a table WITHOUT ROWID everything above 1 KiB spills over.

-- +goose Up
CREATE TABLE sealing_keys (
    id    TEXT NOT NULL PRIMARY KEY,
    proof BLOB NOT NULL
) STRICT;

CREATE TABLE integrations (
    key        TEXT    NOT NULL PRIMARY KEY,
    version    INTEGER NOT NULL,
    doc        TEXT    NOT NULL,
    parameters BLOB
) STRICT;

CREATE TABLE connections (
    id          TEXT    NOT NULL PRIMARY KEY,
    version     INTEGER NOT NULL,
    integration TEXT    NOT NULL REFERENCES integrations (key),
    owner       TEXT    NOT NULL,
    status      TEXT    NOT NULL,
    doc         TEXT    NOT NULL,
    parameters  BLOB,
    token       BLOB,
    answer      BLOB
) STRICT;

-- Each serves a list in the order of ids without sorting, and answers the other filters without reading the table.
CREATE INDEX connections_by_integration ON connections (integration, id, owner, status);
CREATE INDEX connections_by_owner ON connections (owner, id, integration, status);
CREATE INDEX connections_by_status ON connections (status, id, integration, owner);

CREATE TABLE flows (
    id              TEXT    NOT NULL PRIMARY KEY,
    version         INTEGER NOT NULL,
    connection      TEXT    NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    expires_at      INTEGER NOT NULL,
    connect_hash    BLOB UNIQUE,
    state_hash      BLOB UNIQUE,
    handle_hash     BLOB UNIQUE,
    completion_hash BLOB UNIQUE,
    doc             TEXT    NOT NULL,
    pinned          BLOB    NOT NULL
) STRICT;

CREATE INDEX flows_by_connection ON flows (connection);
CREATE INDEX flows_by_expiry ON flows (expires_at);

CREATE TABLE api_keys (
    id         TEXT    NOT NULL PRIMARY KEY,
    hash       BLOB    NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    doc        TEXT    NOT NULL
) STRICT;

-- What a readiness check writes: a statement that changes nothing would write nothing.
CREATE TABLE pings (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    at INTEGER NOT NULL
) STRICT;
