-- A key that is retired seals nothing any more, whoever writes: a server that was asleep during a rotation does not know yet.
-- Before the first rotation there is none, and that is quickly seen.

-- +goose Up
CREATE TABLE retired_keys (
    id      text COLLATE "C" PRIMARY KEY,
    dropped boolean NOT NULL
);

CREATE TABLE resealing (
    id          integer PRIMARY KEY CHECK (id = 1),
    key         text    NOT NULL DEFAULT '',
    part        integer NOT NULL DEFAULT 0,
    after       text    NOT NULL DEFAULT '',
    done        boolean NOT NULL DEFAULT false,
    records     bigint  NOT NULL DEFAULT 0,
    failed      bigint  NOT NULL DEFAULT 0,
    unopened    text    NOT NULL DEFAULT '[]',
    lease_owner text    NOT NULL DEFAULT '',
    lease_until bigint  NOT NULL DEFAULT 0
) WITH (fillfactor = 10);

INSERT INTO resealing (id) VALUES (1);

-- +goose StatementBegin
CREATE FUNCTION refuse_retired_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM retired_keys) AND EXISTS (SELECT FROM retired_keys WHERE id = encode(substr(NEW.parameters, 2, 8), 'hex')) THEN
        RAISE 'sealed with a key that a rotation has retired' USING ERRCODE = 'CLV01';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION refuse_retired_key_of_connection() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM retired_keys) AND EXISTS (SELECT FROM retired_keys WHERE id IN (encode(substr(NEW.parameters, 2, 8), 'hex'), encode(substr(NEW.token, 2, 8), 'hex'),
        encode(substr(NEW.answer, 2, 8), 'hex'), encode(substr(NEW.spare, 2, 8), 'hex'))) THEN
        RAISE 'sealed with a key that a rotation has retired' USING ERRCODE = 'CLV01';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION refuse_retired_key_of_flow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM retired_keys) AND EXISTS (SELECT FROM retired_keys WHERE id = encode(substr(NEW.pinned, 2, 8), 'hex')) THEN
        RAISE 'sealed with a key that a rotation has retired' USING ERRCODE = 'CLV01';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

CREATE TRIGGER sealed BEFORE INSERT OR UPDATE OF parameters ON integrations FOR EACH ROW EXECUTE FUNCTION refuse_retired_key();
CREATE TRIGGER sealed BEFORE INSERT OR UPDATE OF parameters, token, answer, spare ON connections FOR EACH ROW EXECUTE FUNCTION refuse_retired_key_of_connection();
CREATE TRIGGER sealed BEFORE INSERT OR UPDATE OF pinned ON flows FOR EACH ROW EXECUTE FUNCTION refuse_retired_key_of_flow();
