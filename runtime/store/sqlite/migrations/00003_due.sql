-- When a connection is due for a renewal. Rows that are there already get 0, which SQLite does not write into them: nobody
-- has worked out yet when they are due, and the engine does so at its leisure. Of rows made from now on each says it.

-- +goose Up
ALTER TABLE connections ADD COLUMN due INTEGER DEFAULT 0;

-- It is read from its front, and holds all that is read.
CREATE INDEX connections_by_due ON connections (due, integration, id) WHERE due IS NOT NULL;
