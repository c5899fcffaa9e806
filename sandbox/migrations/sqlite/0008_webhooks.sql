-- Where an account has its news sent, and what came of each delivery.

CREATE TABLE webhooks (
    id          TEXT    NOT NULL PRIMARY KEY,
    account     TEXT    NOT NULL REFERENCES accounts (id),
    url         TEXT    NOT NULL,
    -- The types that are wanted, with a blank between them.
    events      TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    disabled_at INTEGER
) STRICT;

CREATE INDEX webhooks_by_account ON webhooks (account, id);

-- One event for one webhook: written with the event, so in the transaction of the change itself.
CREATE TABLE deliveries (
    id              TEXT    NOT NULL PRIMARY KEY,
    webhook         TEXT    NOT NULL REFERENCES webhooks (id),
    event           TEXT    NOT NULL REFERENCES events (id),
    status          TEXT    NOT NULL CHECK (status IN ('waiting', 'delivered', 'given_up')),
    next_attempt_at INTEGER,
    -- The process that is sending it has it for itself until then. Past that, the process is gone.
    claim           TEXT   ,
    claimed_until   INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL,
    UNIQUE (webhook, event),
    CHECK ((status = 'waiting') = (next_attempt_at IS NOT NULL))
) STRICT;

CREATE INDEX deliveries_by_webhook ON deliveries (webhook, id);
CREATE INDEX deliveries_that_wait ON deliveries (next_attempt_at) WHERE status = 'waiting';
CREATE INDEX deliveries_under_way ON deliveries (webhook) WHERE claim IS NOT NULL;
CREATE INDEX deliveries_by_event ON deliveries (event);
CREATE INDEX events_by_resource ON events (resource, version);

CREATE TABLE attempts (
    delivery TEXT    NOT NULL REFERENCES deliveries (id),
    number   INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    -- The answer's status, where one came.
    status   INTEGER,
    PRIMARY KEY (delivery, number)
) STRICT;

CREATE TRIGGER webhooks_are_only_disabled BEFORE UPDATE ON webhooks
BEGIN
    SELECT RAISE(ABORT, 'a webhook is only disabled, once')
    WHERE OLD.disabled_at IS NOT NULL OR NEW.id <> OLD.id OR NEW.account <> OLD.account
       OR NEW.url <> OLD.url OR NEW.events <> OLD.events;
END;

CREATE TRIGGER deliveries_go_to_enabled_webhooks BEFORE UPDATE OF status ON deliveries
BEGIN
    SELECT RAISE(ABORT, 'a disabled webhook gets nothing more')
    WHERE NEW.status = 'waiting'
      AND EXISTS (SELECT 1 FROM webhooks WHERE id = NEW.webhook AND disabled_at IS NOT NULL);
END;

CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'an event is never changed');
END;

CREATE TRIGGER attempts_are_never_changed BEFORE UPDATE ON attempts
BEGIN
    SELECT RAISE(ABORT, 'an attempt is never changed');
END;
