-- A session ends with the API key that made it. Who asks before a request whether an origin may (a preflight request) has no
-- token, so origins are found by themselves.

-- +goose Up
CREATE TABLE sessions (
    id         TEXT    NOT NULL PRIMARY KEY,
    hash       BLOB    NOT NULL UNIQUE,
    api_key    TEXT    REFERENCES api_keys (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL,
    doc        TEXT    NOT NULL
) STRICT;

CREATE INDEX sessions_by_key ON sessions (api_key);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE session_origins (
    origin     TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    session    TEXT    NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    PRIMARY KEY (origin, expires_at, session)
) STRICT, WITHOUT ROWID;

CREATE INDEX session_origins_by_session ON session_origins (session);
