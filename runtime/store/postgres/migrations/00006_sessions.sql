-- A session ends with the API key that made it. Who asks before a request whether an origin may (a preflight request) has no
-- token, so origins are found by themselves.

-- +goose Up
CREATE TABLE sessions (
    id         text   COLLATE "C" PRIMARY KEY,
    hash       bytea  NOT NULL UNIQUE,
    api_key    text   COLLATE "C" REFERENCES api_keys (id) ON DELETE CASCADE,
    expires_at bigint NOT NULL,
    doc        text   NOT NULL
);

CREATE INDEX sessions_by_key ON sessions (api_key);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE session_origins (
    origin     text   COLLATE "C" NOT NULL,
    expires_at bigint NOT NULL,
    session    text   COLLATE "C" NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    PRIMARY KEY (origin, expires_at, session)
);

CREATE INDEX session_origins_by_session ON session_origins (session);
