-- Several servers share a database: none claims it any more. What each remembers it corrects by what the others tell
-- (follow.go).

-- +goose Up
DROP TABLE claims;
