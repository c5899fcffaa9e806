-- Checkouts, which only move forward, and holds, which are released once.

CREATE TABLE checkouts (
    id              TEXT    NOT NULL PRIMARY KEY,
    version         INTEGER NOT NULL,
    status          TEXT    NOT NULL CHECK (
        status IN ('created', 'opened', 'approved', 'paid', 'declined', 'cancelled', 'expired')
    ),
    -- The key that made it.
    asked_by        TEXT    NOT NULL REFERENCES keys (id),
    payee_handle    TEXT    NOT NULL,
    payee_account   TEXT    NOT NULL REFERENCES accounts (id),
    currency        TEXT    NOT NULL,
    minor           INTEGER NOT NULL CHECK (minor > 0),
    reference       TEXT,
    note            TEXT,
    request_digest  TEXT    NOT NULL,
    -- The web origin that asked, and whether (1) or not (0) the payee had registered it.
    origin          TEXT,
    origin_verified INTEGER NOT NULL CHECK (origin_verified IN (0, 1)),
    return_url      TEXT,
    state           TEXT,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL
) STRICT;

CREATE INDEX checkouts_by_expiry ON checkouts (status, expires_at);

CREATE TRIGGER checkouts_begin_as_created BEFORE INSERT ON checkouts
BEGIN
    -- REPLACE would delete the old row without asking the DELETE triggers.
    SELECT RAISE(ABORT, 'a checkout is never replaced')
    WHERE EXISTS (SELECT 1 FROM checkouts WHERE id = NEW.id);
    SELECT RAISE(ABORT, 'a checkout begins as created')
    WHERE NEW.status <> 'created' OR NEW.version <> 1;
END;

CREATE TRIGGER checkouts_move_forward BEFORE UPDATE ON checkouts
BEGIN
    SELECT RAISE(ABORT, 'a final checkout is never changed')
    WHERE OLD.status IN ('paid', 'declined', 'cancelled', 'expired');
    SELECT RAISE(ABORT, 'a checkout only moves forward')
    WHERE NEW.status = 'created' OR NEW.status = OLD.status
       OR (OLD.status = 'approved' AND NEW.status = 'opened');
    SELECT RAISE(ABORT, 'the version of a checkout grows by one')
    WHERE NEW.version <> OLD.version + 1;
    SELECT RAISE(ABORT, 'a checkout changes its status only')
    WHERE (NEW.id, NEW.asked_by, NEW.payee_handle, NEW.payee_account, NEW.currency, NEW.minor,
           NEW.reference, NEW.note, NEW.request_digest, NEW.origin, NEW.origin_verified,
           NEW.return_url, NEW.state, NEW.created_at, NEW.expires_at)
       IS NOT (OLD.id, OLD.asked_by, OLD.payee_handle, OLD.payee_account, OLD.currency, OLD.minor,
           OLD.reference, OLD.note, OLD.request_digest, OLD.origin, OLD.origin_verified,
           OLD.return_url, OLD.state, OLD.created_at, OLD.expires_at);
    SELECT RAISE(ABORT, 'a checkout is paid by its payment')
    WHERE NEW.status = 'paid' AND NOT EXISTS (
        SELECT 1 FROM payments
        WHERE checkout = OLD.id AND payee_account = OLD.payee_account
          AND currency = OLD.currency AND minor = OLD.minor
    );
END;

CREATE TRIGGER checkouts_are_never_deleted BEFORE DELETE ON checkouts
BEGIN
    SELECT RAISE(ABORT, 'a checkout is never deleted');
END;

-- A checkout is paid once. A payment without one is not counted: NULL equals nothing.
CREATE UNIQUE INDEX payments_by_checkout ON payments (checkout);

-- An amount that is set aside: the transfer that placed it, and the one that gave it back.
CREATE TABLE holds (
    id       TEXT    NOT NULL PRIMARY KEY,
    -- Whose money it is.
    account  TEXT    NOT NULL REFERENCES accounts (id),
    currency TEXT    NOT NULL,
    minor    INTEGER NOT NULL CHECK (minor > 0),
    placed   TEXT    NOT NULL UNIQUE REFERENCES transfers (id),
    released TEXT    UNIQUE REFERENCES transfers (id),
    checkout TEXT    NOT NULL UNIQUE REFERENCES checkouts (id),
    due_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX holds_by_account ON holds (account, currency);
CREATE INDEX holds_by_time ON holds (released, due_at);

CREATE TRIGGER holds_begin_open BEFORE INSERT ON holds
BEGIN
    SELECT RAISE(ABORT, 'a hold is never replaced')
    WHERE EXISTS (
        SELECT 1 FROM holds WHERE id = NEW.id OR placed = NEW.placed OR checkout = NEW.checkout
    );
    SELECT RAISE(ABORT, 'a hold begins open') WHERE NEW.released IS NOT NULL;
END;

CREATE TRIGGER holds_are_released_once BEFORE UPDATE ON holds
BEGIN
    SELECT RAISE(ABORT, 'a hold is released once') WHERE OLD.released IS NOT NULL;
    SELECT RAISE(ABORT, 'a hold is never changed')
    WHERE NEW.released IS NULL
       OR (NEW.id, NEW.account, NEW.currency, NEW.minor, NEW.placed, NEW.checkout, NEW.due_at)
       IS NOT (OLD.id, OLD.account, OLD.currency, OLD.minor, OLD.placed, OLD.checkout, OLD.due_at);
END;

CREATE TRIGGER holds_are_never_deleted BEFORE DELETE ON holds
BEGIN
    SELECT RAISE(ABORT, 'a hold is never deleted');
END;
