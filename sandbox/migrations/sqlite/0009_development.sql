-- What is for development only, and is shared by all sandboxes on this database.

CREATE TABLE development (
    number        INTEGER NOT NULL PRIMARY KEY CHECK (number = 1),
    -- By how many seconds the clock was moved, backwards when negative.
    clock_ahead   INTEGER NOT NULL,
    -- The rules by which requests fail, as JSON, and how often they were changed.
    faults        TEXT    NOT NULL,
    faults_number INTEGER NOT NULL
) STRICT;

INSERT INTO development (number, clock_ahead, faults, faults_number) VALUES (1, 0, '', 0);

-- A key is published before it is used, and stays published until it is withdrawn.
ALTER TABLE platform_keys ADD COLUMN used_from INTEGER NOT NULL DEFAULT 0;
ALTER TABLE platform_keys ADD COLUMN withdrawn_at INTEGER;
