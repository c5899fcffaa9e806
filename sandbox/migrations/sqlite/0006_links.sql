-- Links: what a payer allows a requester key to pay, and to whom. And whom a payer wants to hear nothing
-- from.

CREATE TABLE links (
    id            TEXT    NOT NULL PRIMARY KEY,
    version       INTEGER NOT NULL,
    status        TEXT    NOT NULL CHECK (status IN ('requested', 'active', 'declined', 'revoked', 'expired')),
    key           TEXT    NOT NULL REFERENCES keys (id),
    -- The web origin that asked.
    origin        TEXT,
    payer_handle  TEXT,
    payer_account TEXT    REFERENCES accounts (id),
    currency      TEXT    NOT NULL CHECK (length(currency) = 3),
    per_payment   INTEGER NOT NULL CHECK (per_payment > 0),
    per_period    INTEGER NOT NULL,
    period        TEXT    NOT NULL CHECK (period IN ('day', 'week', 'month')),
    lifetime      INTEGER NOT NULL,
    note          TEXT,
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    CHECK (per_payment <= per_period AND per_period <= lifetime),
    CHECK ((payer_account IS NULL) = (payer_handle IS NULL)),
    CHECK (status <> 'active' OR payer_account IS NOT NULL),
    CHECK (status NOT IN ('requested', 'declined') OR payer_account IS NULL)
) STRICT;

CREATE INDEX links_by_key ON links (key, id);
CREATE INDEX links_by_payer ON links (payer_account, id);
CREATE INDEX links_by_end ON links (status, expires_at);

-- Whom a link may pay, pinned by handle and account.
CREATE TABLE link_payees (
    link     TEXT    NOT NULL REFERENCES links (id),
    position INTEGER NOT NULL,
    handle   TEXT    NOT NULL,
    account  TEXT    NOT NULL REFERENCES accounts (id),
    PRIMARY KEY (link, position),
    UNIQUE (link, account)
) STRICT;

CREATE TRIGGER links_begin_as_requests BEFORE INSERT ON links
BEGIN
    SELECT RAISE(ABORT, 'a link is never replaced')
    WHERE EXISTS (SELECT 1 FROM links WHERE id = NEW.id);
    SELECT RAISE(ABORT, 'a link begins as a request')
    WHERE NEW.status <> 'requested' OR NEW.version <> 1;
END;

CREATE TRIGGER links_only_move_forward BEFORE UPDATE ON links
BEGIN
    SELECT RAISE(ABORT, 'a link only moves forward')
    WHERE NEW.version <> OLD.version + 1
       OR NOT (OLD.status = 'requested' AND NEW.status IN ('active', 'declined', 'revoked', 'expired')
               OR OLD.status = 'active' AND NEW.status IN ('active', 'revoked', 'expired'));
    SELECT RAISE(ABORT, 'what a link allows never grows')
    WHERE NEW.currency <> OLD.currency OR NEW.period <> OLD.period
       OR NEW.per_payment > OLD.per_payment OR NEW.per_period > OLD.per_period
       OR NEW.lifetime > OLD.lifetime OR NEW.expires_at > OLD.expires_at;
    SELECT RAISE(ABORT, 'a link stays of its key and its payer')
    WHERE NEW.id <> OLD.id OR NEW.key <> OLD.key OR NEW.origin IS NOT OLD.origin
       OR NEW.note IS NOT OLD.note OR NEW.created_at <> OLD.created_at
       OR (NEW.payer_account IS NOT OLD.payer_account OR NEW.payer_handle IS NOT OLD.payer_handle)
          AND NOT (OLD.status = 'requested' AND NEW.status = 'active');
END;

CREATE TRIGGER links_are_never_deleted BEFORE DELETE ON links
BEGIN
    SELECT RAISE(ABORT, 'a link is never deleted');
END;

CREATE TRIGGER link_payees_are_there_from_the_start BEFORE INSERT ON link_payees
BEGIN
    SELECT RAISE(ABORT, 'a link takes no more payees')
    WHERE NOT EXISTS (SELECT 1 FROM links WHERE id = NEW.link AND version = 1)
       OR EXISTS (SELECT 1 FROM link_payees
                  WHERE link = NEW.link AND (position = NEW.position OR account = NEW.account));
END;

CREATE TRIGGER link_payees_are_never_changed BEFORE UPDATE ON link_payees
BEGIN
    SELECT RAISE(ABORT, 'a payee of a link is never changed');
END;

CREATE TRIGGER link_payees_are_never_deleted BEFORE DELETE ON link_payees
BEGIN
    SELECT RAISE(ABORT, 'a payee of a link is never deleted');
END;

CREATE INDEX payments_by_link ON payments (link, created_at);

-- All but the limit of the period, for which one must know the calendar.
CREATE TRIGGER payments_keep_within_their_link BEFORE INSERT ON payments WHEN NEW.link IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a payment keeps within its link')
    WHERE NOT EXISTS (
        SELECT 1 FROM links
        JOIN link_payees ON link_payees.link = links.id AND link_payees.account = NEW.payee_account
        WHERE links.id = NEW.link AND links.status = 'active' AND links.expires_at > NEW.created_at
          AND links.key = NEW.asked_by AND links.payer_account = NEW.payer_account
          AND links.currency = NEW.currency AND links.per_payment >= NEW.minor
          AND links.lifetime >= NEW.minor +
              (SELECT coalesce(sum(minor), 0) FROM payments WHERE link = NEW.link)
    );
END;

-- Whom a payer has blocked: what they ask for reaches nobody's approval.
CREATE TABLE blocks (
    id              TEXT    NOT NULL PRIMARY KEY,
    account         TEXT    NOT NULL REFERENCES accounts (id),
    blocked_account TEXT    REFERENCES accounts (id),
    blocked_origin  TEXT,
    created_at      INTEGER NOT NULL,
    removed_at      INTEGER,
    CHECK ((blocked_account IS NULL) <> (blocked_origin IS NULL)),
    CHECK (blocked_account <> account)
) STRICT;

CREATE UNIQUE INDEX blocked_accounts ON blocks (account, blocked_account) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX blocked_origins ON blocks (account, blocked_origin) WHERE removed_at IS NULL;
