-- The lease lies in the connection's row: who takes it writes only that row. No index knows of it.

-- +goose Up
ALTER TABLE connections
    ADD fence       bigint NOT NULL DEFAULT 0,
    ADD lease_owner text,
    ADD lease_since bigint,
    ADD lease_until bigint,
    ADD spare       bytea;

ALTER TABLE connections ALTER spare SET STORAGE EXTERNAL;

CREATE TABLE nodes (
    id      text COLLATE "C" PRIMARY KEY,
    seen_at bigint NOT NULL,
    doc     text   NOT NULL
) WITH (fillfactor = 50);
