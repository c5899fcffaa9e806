-- Links: what a payer allows a requester key to pay, and to whom. And whom a payer wants to hear nothing
-- from.

CREATE TABLE links (
    id            TEXT    NOT NULL PRIMARY KEY,
    version       BIGINT  NOT NULL,
    status        TEXT    NOT NULL CHECK (status IN ('requested', 'active', 'declined', 'revoked', 'expired')),
    key           TEXT    NOT NULL REFERENCES keys (id),
    -- The web origin that asked.
    origin        TEXT,
    payer_handle  TEXT,
    payer_account TEXT    REFERENCES accounts (id),
    currency      TEXT    NOT NULL CHECK (length(currency) = 3),
    per_payment   BIGINT  NOT NULL CHECK (per_payment > 0),
    per_period    BIGINT  NOT NULL,
    period        TEXT    NOT NULL CHECK (period IN ('day', 'week', 'month')),
    lifetime      BIGINT  NOT NULL,
    note          TEXT,
    created_at    BIGINT  NOT NULL,
    expires_at    BIGINT  NOT NULL,
    CHECK (per_payment <= per_period AND per_period <= lifetime),
    CHECK ((payer_account IS NULL) = (payer_handle IS NULL)),
    CHECK (status <> 'active' OR payer_account IS NOT NULL),
    CHECK (status NOT IN ('requested', 'declined') OR payer_account IS NULL)
);

CREATE INDEX links_by_key ON links (key, id);
CREATE INDEX links_by_payer ON links (payer_account, id);
CREATE INDEX links_by_end ON links (status, expires_at);

-- Whom a link may pay, pinned by handle and account.
CREATE TABLE link_payees (
    link     TEXT    NOT NULL REFERENCES links (id),
    position BIGINT  NOT NULL,
    handle   TEXT    NOT NULL,
    account  TEXT    NOT NULL REFERENCES accounts (id),
    PRIMARY KEY (link, position),
    UNIQUE (link, account)
);

CREATE TRIGGER links_begin_as_requests BEFORE INSERT ON links
    FOR EACH ROW WHEN (NEW.status <> 'requested' OR NEW.version <> 1)
    EXECUTE FUNCTION refuse('a link begins as a request');
CREATE TRIGGER links_only_move_forward BEFORE UPDATE ON links
    FOR EACH ROW WHEN (
        NEW.version <> OLD.version + 1
        OR NOT (OLD.status = 'requested' AND NEW.status IN ('active', 'declined', 'revoked', 'expired')
                OR OLD.status = 'active' AND NEW.status IN ('active', 'revoked', 'expired'))
    )
    EXECUTE FUNCTION refuse('a link only moves forward');
CREATE TRIGGER links_never_grow BEFORE UPDATE ON links
    FOR EACH ROW WHEN (
        NEW.currency <> OLD.currency OR NEW.period <> OLD.period
        OR NEW.per_payment > OLD.per_payment OR NEW.per_period > OLD.per_period
        OR NEW.lifetime > OLD.lifetime OR NEW.expires_at > OLD.expires_at
    )
    EXECUTE FUNCTION refuse('what a link allows never grows');
CREATE TRIGGER links_stay_of_their_key_and_payer BEFORE UPDATE ON links
    FOR EACH ROW WHEN (
        NEW.id <> OLD.id OR NEW.key <> OLD.key OR NEW.origin IS DISTINCT FROM OLD.origin
        OR NEW.note IS DISTINCT FROM OLD.note OR NEW.created_at <> OLD.created_at
        OR (NEW.payer_account IS DISTINCT FROM OLD.payer_account
            OR NEW.payer_handle IS DISTINCT FROM OLD.payer_handle)
           AND NOT (OLD.status = 'requested' AND NEW.status = 'active')
    )
    EXECUTE FUNCTION refuse('a link stays of its key and its payer');
CREATE TRIGGER links_are_never_deleted BEFORE DELETE OR TRUNCATE ON links
    EXECUTE FUNCTION refuse('a link is never deleted');

CREATE FUNCTION check_link_payee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM links WHERE id = NEW.link AND version = 1) THEN
        RAISE EXCEPTION 'a link takes no more payees'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER link_payees_are_there_from_the_start BEFORE INSERT ON link_payees
    FOR EACH ROW EXECUTE FUNCTION check_link_payee();
CREATE TRIGGER link_payees_are_never_changed BEFORE UPDATE ON link_payees
    EXECUTE FUNCTION refuse('a payee of a link is never changed');
CREATE TRIGGER link_payees_are_never_deleted BEFORE DELETE OR TRUNCATE ON link_payees
    EXECUTE FUNCTION refuse('a payee of a link is never deleted');

CREATE INDEX payments_by_link ON payments (link, created_at);

-- All but the limit of the period, for which one must know the calendar.
CREATE FUNCTION check_link_of_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM links
        JOIN link_payees ON link_payees.link = links.id AND link_payees.account = NEW.payee_account
        WHERE links.id = NEW.link AND links.status = 'active' AND links.expires_at > NEW.created_at
          AND links.key = NEW.asked_by AND links.payer_account = NEW.payer_account
          AND links.currency = NEW.currency AND links.per_payment >= NEW.minor
          AND links.lifetime >= NEW.minor +
              (SELECT coalesce(sum(minor), 0) FROM payments WHERE link = NEW.link)
    ) THEN
        RAISE EXCEPTION 'a payment keeps within its link'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER payments_keep_within_their_link BEFORE INSERT ON payments
    FOR EACH ROW WHEN (NEW.link IS NOT NULL) EXECUTE FUNCTION check_link_of_payment();

-- Whom a payer has blocked: what they ask for reaches nobody's approval.
CREATE TABLE blocks (
    id              TEXT    NOT NULL PRIMARY KEY,
    account         TEXT    NOT NULL REFERENCES accounts (id),
    blocked_account TEXT    REFERENCES accounts (id),
    blocked_origin  TEXT,
    created_at      BIGINT  NOT NULL,
    removed_at      BIGINT,
    CHECK ((blocked_account IS NULL) <> (blocked_origin IS NULL)),
    CHECK (blocked_account <> account)
);

CREATE UNIQUE INDEX blocked_accounts ON blocks (account, blocked_account) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX blocked_origins ON blocks (account, blocked_origin) WHERE removed_at IS NULL;
