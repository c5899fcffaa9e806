-- Checkouts, which only move forward, and holds, which are released once.

CREATE TABLE checkouts (
    id              TEXT   NOT NULL PRIMARY KEY,
    version         BIGINT NOT NULL,
    status          TEXT   NOT NULL CHECK (
        status IN ('created', 'opened', 'approved', 'paid', 'declined', 'cancelled', 'expired')
    ),
    -- The key that made it.
    asked_by        TEXT   NOT NULL REFERENCES keys (id),
    payee_handle    TEXT   NOT NULL,
    payee_account   TEXT   NOT NULL REFERENCES accounts (id),
    currency        TEXT   NOT NULL,
    minor           BIGINT NOT NULL CHECK (minor > 0),
    reference       TEXT,
    note            TEXT,
    request_digest  TEXT   NOT NULL,
    -- The web origin that asked, and whether (1) or not (0) the payee had registered it.
    origin          TEXT,
    origin_verified BIGINT NOT NULL CHECK (origin_verified IN (0, 1)),
    return_url      TEXT,
    state           TEXT,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL
);

CREATE INDEX checkouts_by_expiry ON checkouts (status, expires_at);

CREATE TRIGGER checkouts_begin_as_created BEFORE INSERT ON checkouts
    FOR EACH ROW WHEN (NEW.status <> 'created' OR NEW.version <> 1)
    EXECUTE FUNCTION refuse('a checkout begins as created');

CREATE FUNCTION check_checkout() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    reason TEXT;
BEGIN
    reason := CASE
        WHEN OLD.status IN ('paid', 'declined', 'cancelled', 'expired')
        THEN 'a final checkout is never changed'
        WHEN NEW.status = 'created' OR NEW.status = OLD.status
             OR (OLD.status = 'approved' AND NEW.status = 'opened')
        THEN 'a checkout only moves forward'
        WHEN NEW.version <> OLD.version + 1
        THEN 'the version of a checkout grows by one'
        WHEN (NEW.id, NEW.asked_by, NEW.payee_handle, NEW.payee_account, NEW.currency, NEW.minor,
              NEW.reference, NEW.note, NEW.request_digest, NEW.origin, NEW.origin_verified,
              NEW.return_url, NEW.state, NEW.created_at, NEW.expires_at)
             IS DISTINCT FROM
             (OLD.id, OLD.asked_by, OLD.payee_handle, OLD.payee_account, OLD.currency, OLD.minor,
              OLD.reference, OLD.note, OLD.request_digest, OLD.origin, OLD.origin_verified,
              OLD.return_url, OLD.state, OLD.created_at, OLD.expires_at)
        THEN 'a checkout changes its status only'
        WHEN NEW.status = 'paid' AND NOT EXISTS (
            SELECT FROM payments
            WHERE checkout = OLD.id AND payee_account = OLD.payee_account
              AND currency = OLD.currency AND minor = OLD.minor
        )
        THEN 'a checkout is paid by its payment'
    END;
    IF reason IS NOT NULL THEN
        RAISE EXCEPTION '%', reason USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER checkouts_move_forward BEFORE UPDATE ON checkouts
    FOR EACH ROW EXECUTE FUNCTION check_checkout();
CREATE TRIGGER checkouts_are_never_deleted BEFORE DELETE OR TRUNCATE ON checkouts
    EXECUTE FUNCTION refuse('a checkout is never deleted');

-- A checkout is paid once. A payment without one is not counted: NULL equals nothing.
CREATE UNIQUE INDEX payments_by_checkout ON payments (checkout);

-- An amount that is set aside: the transfer that placed it, and the one that gave it back.
CREATE TABLE holds (
    id       TEXT   NOT NULL PRIMARY KEY,
    -- Whose money it is.
    account  TEXT   NOT NULL REFERENCES accounts (id),
    currency TEXT   NOT NULL,
    minor    BIGINT NOT NULL CHECK (minor > 0),
    placed   TEXT   NOT NULL UNIQUE REFERENCES transfers (id),
    released TEXT   UNIQUE REFERENCES transfers (id),
    checkout TEXT   NOT NULL UNIQUE REFERENCES checkouts (id),
    due_at   BIGINT NOT NULL
);

CREATE INDEX holds_by_account ON holds (account, currency);
CREATE INDEX holds_by_time ON holds (released, due_at);

CREATE TRIGGER holds_begin_open BEFORE INSERT ON holds
    FOR EACH ROW WHEN (NEW.released IS NOT NULL) EXECUTE FUNCTION refuse('a hold begins open');
CREATE TRIGGER holds_are_released_once BEFORE UPDATE ON holds
    FOR EACH ROW WHEN (OLD.released IS NOT NULL)
    EXECUTE FUNCTION refuse('a hold is released once');
CREATE TRIGGER holds_keep_what_they_are BEFORE UPDATE ON holds
    FOR EACH ROW WHEN (
        NEW.released IS NULL
        OR (NEW.id, NEW.account, NEW.currency, NEW.minor, NEW.placed, NEW.checkout, NEW.due_at)
        IS DISTINCT FROM
        (OLD.id, OLD.account, OLD.currency, OLD.minor, OLD.placed, OLD.checkout, OLD.due_at)
    )
    EXECUTE FUNCTION refuse('a hold is never changed');
CREATE TRIGGER holds_are_never_deleted BEFORE DELETE OR TRUNCATE ON holds
    EXECUTE FUNCTION refuse('a hold is never deleted');
