-- The columns are those that package store draws at its row types.
--
-- Texts are compared by their bytes, whatever language the database was made for. A row of up to 8 KiB stays on the page of
-- its table: what would be moved into a TOAST table, from 2 KiB on by default, costs every read and write two more tables.
-- Sealed bytes cannot be compressed, so nobody tries. Pages keep room for the next version of a row, so that most renewals
-- change no index; of rows of more than 2.7 KiB, of which a page holds two and not three, the old versions are left to the
-- vacuum, which therefore comes early.

-- +goose Up
CREATE TABLE sealing_keys (
    id    text COLLATE "C" PRIMARY KEY,
    proof bytea            NOT NULL
);

CREATE TABLE integrations (
    key        text COLLATE "C" PRIMARY KEY,
    version    bigint           NOT NULL,
    doc        text             NOT NULL,
    parameters bytea
) WITH (fillfactor = 70, toast_tuple_target = 8160);

ALTER TABLE integrations ALTER parameters SET STORAGE EXTERNAL;

CREATE TABLE connections (
    id          text COLLATE "C" PRIMARY KEY,
    version     bigint           NOT NULL,
    integration text COLLATE "C" NOT NULL REFERENCES integrations (key),
    owner       text COLLATE "C" NOT NULL,
    status      text COLLATE "C" NOT NULL,
    due         bigint,
    doc         text             NOT NULL,
    parameters  bytea,
    token       bytea,
    answer      bytea,
    recent      text             NOT NULL
) WITH (fillfactor = 70, toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0.05);

ALTER TABLE connections
    ALTER parameters SET STORAGE EXTERNAL,
    ALTER token      SET STORAGE EXTERNAL,
    ALTER answer     SET STORAGE EXTERNAL;

-- Each serves a list in the order of ids without sorting, and answers the other filters without reading the table.
CREATE INDEX connections_by_integration ON connections (integration, id, owner, status);
CREATE INDEX connections_by_owner ON connections (owner, id, integration, status);
CREATE INDEX connections_by_status ON connections (status, id, integration, owner);

-- The front of this one is what is due, and it holds all that a look at it needs.
CREATE INDEX connections_by_due ON connections (due, integration, id) WHERE due IS NOT NULL;

-- Of refreshed events, of which there are many, the last few are in the connection's own row, which a renewal writes anyway.
CREATE TABLE events (
    connection text COLLATE "C" NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    seq        bigint           NOT NULL,
    doc        text             NOT NULL,
    PRIMARY KEY (connection, seq)
);

CREATE TABLE flows (
    id              text COLLATE "C" PRIMARY KEY,
    version         bigint           NOT NULL,
    connection      text COLLATE "C" NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    expires_at      bigint           NOT NULL,
    connect_hash    bytea UNIQUE,
    state_hash      bytea UNIQUE,
    handle_hash     bytea UNIQUE,
    completion_hash bytea UNIQUE,
    doc             text             NOT NULL,
    pinned          bytea            NOT NULL
) WITH (toast_tuple_target = 8160);

ALTER TABLE flows ALTER pinned SET STORAGE EXTERNAL;

CREATE INDEX flows_by_connection ON flows (connection);
CREATE INDEX flows_by_expiry ON flows (expires_at);

CREATE TABLE api_keys (
    id         text COLLATE "C" PRIMARY KEY,
    hash       bytea            NOT NULL UNIQUE,
    created_at bigint           NOT NULL,
    doc        text             NOT NULL
);

-- What a readiness check writes.
CREATE TABLE pings (
    id integer PRIMARY KEY CHECK (id = 1),
    at bigint  NOT NULL
) WITH (fillfactor = 10);

-- How often a server has claimed the database (claim.go).
CREATE TABLE claims (
    id    integer PRIMARY KEY CHECK (id = 1),
    count bigint  NOT NULL
);
