-- The columns are those that package store draws at its row type.

-- +goose Up
CREATE TABLE named_values (
    id          text COLLATE "C" PRIMARY KEY,
    version     bigint           NOT NULL,
    connection  text COLLATE "C" REFERENCES connections (id) ON DELETE CASCADE,
    integration text COLLATE "C" REFERENCES integrations (key) ON DELETE CASCADE,
    expires_at  bigint,
    doc         text             NOT NULL,
    value       bytea            NOT NULL
);

ALTER TABLE named_values ALTER value SET STORAGE EXTERNAL;

CREATE INDEX named_values_by_connection ON named_values (connection) WHERE connection IS NOT NULL;
CREATE INDEX named_values_by_integration ON named_values (integration) WHERE integration IS NOT NULL;
CREATE INDEX named_values_by_expiry ON named_values (expires_at) WHERE expires_at IS NOT NULL;

-- +goose StatementBegin
CREATE FUNCTION refuse_retired_key_of_value() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM retired_keys WHERE id = encode(substr(NEW.value, 2, 8), 'hex')) THEN
        RAISE 'sealed with a key that a rotation has retired' USING ERRCODE = 'CLV01';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

CREATE TRIGGER sealed BEFORE INSERT OR UPDATE OF value ON named_values FOR EACH ROW EXECUTE FUNCTION refuse_retired_key_of_value();
