-- What there is to tell an account, written with the change that it tells of.

CREATE TABLE events (
    id         TEXT   NOT NULL PRIMARY KEY,
    account    TEXT   NOT NULL REFERENCES accounts (id),
    type       TEXT   NOT NULL,
    -- The id and the version of what changed: deliveries keep their order.
    resource   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    -- The event as it is sent: `Event` of the contract.
    body       TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX events_by_account ON events (account, id);
