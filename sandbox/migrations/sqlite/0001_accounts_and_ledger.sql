-- Accounts, handles, and a double-entry ledger that the database itself keeps honest.
--
-- Amounts are integers of minor units (cents for EUR), times are Unix seconds. STRICT keeps SQLite from
-- storing a real number or a text where an integer is declared.

CREATE TABLE accounts (
    id         TEXT    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL CHECK (kind IN ('person', 'merchant', 'holding', 'system')),
    name       TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    created_at INTEGER NOT NULL,
    blocked_at INTEGER,
    -- For the foreign key by which a balance knows whether it may be negative.
    UNIQUE (id, kind)
) STRICT;

-- Who a handle belongs to at this moment, if to anybody. Handles change hands; accounts do not. No two
-- handles look alike, and a handle that was freed stays, so that nothing that looks like it is given.
CREATE TABLE handles (
    handle   TEXT NOT NULL PRIMARY KEY,
    skeleton TEXT NOT NULL UNIQUE,
    account  TEXT UNIQUE REFERENCES accounts (id)
) STRICT;

CREATE TRIGGER handles_are_never_replaced BEFORE INSERT ON handles
BEGIN
    -- REPLACE would delete the old row without asking the DELETE trigger.
    SELECT RAISE(IGNORE)
    WHERE EXISTS (
        SELECT 1 FROM handles
        WHERE handle = NEW.handle OR skeleton = NEW.skeleton OR account = NEW.account
    );
END;

CREATE TRIGGER handles_keep_their_skeleton BEFORE UPDATE OF handle, skeleton ON handles
BEGIN
    SELECT RAISE(ABORT, 'a handle keeps its skeleton');
END;

CREATE TRIGGER handles_are_never_deleted BEFORE DELETE ON handles
BEGIN
    SELECT RAISE(ABORT, 'a handle is freed and never deleted');
END;

-- Where a merchant's pages are, and where its payers may be sent back to: exactly these.
CREATE TABLE registered_origins (
    account TEXT    NOT NULL REFERENCES accounts (id),
    origin  TEXT    NOT NULL,
    PRIMARY KEY (account, origin)
) STRICT;

CREATE TABLE registered_return_urls (
    account TEXT    NOT NULL REFERENCES accounts (id),
    url     TEXT    NOT NULL,
    PRIMARY KEY (account, url)
) STRICT;

-- A transfer is written after its legs, in one transaction: its own row is the seal. Only at the commit
-- must every leg have its transfer, so no transaction can leave legs that were never added up.
CREATE TABLE transfers (
    id         TEXT    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL CHECK (kind IN ('issuance', 'payment', 'refund', 'hold', 'release')),
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE legs (
    id       INTEGER NOT NULL PRIMARY KEY,
    transfer TEXT    NOT NULL REFERENCES transfers (id) DEFERRABLE INITIALLY DEFERRED,
    account  TEXT    NOT NULL REFERENCES accounts (id),
    currency TEXT    NOT NULL CHECK (length(currency) = 3),
    minor    INTEGER NOT NULL CHECK (minor <> 0)
) STRICT;

CREATE INDEX legs_by_transfer ON legs (transfer);
CREATE INDEX legs_by_account ON legs (account, currency);

CREATE TRIGGER transfers_are_balanced BEFORE INSERT ON transfers
BEGIN
    -- REPLACE would delete the old row without asking the DELETE triggers.
    SELECT RAISE(ABORT, 'a transfer is never replaced')
    WHERE EXISTS (SELECT 1 FROM transfers WHERE id = NEW.id);
    SELECT RAISE(ABORT, 'a transfer has at least two legs')
    WHERE (SELECT count(*) FROM legs WHERE transfer = NEW.id) < 2;
    SELECT RAISE(ABORT, 'the legs of a transfer sum to zero in every currency')
    WHERE EXISTS (SELECT 1 FROM legs WHERE transfer = NEW.id GROUP BY currency HAVING sum(minor) <> 0);
END;

CREATE TRIGGER transfers_are_never_changed BEFORE UPDATE ON transfers
BEGIN
    SELECT RAISE(ABORT, 'a transfer is never changed');
END;

CREATE TRIGGER transfers_are_never_deleted BEFORE DELETE ON transfers
BEGIN
    SELECT RAISE(ABORT, 'a transfer is never deleted');
END;

CREATE TRIGGER legs_join_no_sealed_transfer BEFORE INSERT ON legs
BEGIN
    SELECT RAISE(ABORT, 'a transfer that is sealed takes no more legs')
    WHERE EXISTS (SELECT 1 FROM transfers WHERE id = NEW.transfer);
    SELECT RAISE(ABORT, 'a leg is never replaced')
    WHERE EXISTS (SELECT 1 FROM legs WHERE id = NEW.id);
END;

CREATE TRIGGER legs_are_never_changed BEFORE UPDATE ON legs
BEGIN
    SELECT RAISE(ABORT, 'a leg is never changed');
END;

CREATE TRIGGER legs_are_never_deleted BEFORE DELETE ON legs
BEGIN
    SELECT RAISE(ABORT, 'a leg is never deleted');
END;

-- The sum of an account's legs, kept beside them so that a payment need not add up a whole history.
-- `last_leg` is the leg that was added last: a balance changes by exactly one newer leg of its own
-- account at a time, so it cannot be written by hand either.
CREATE TABLE balances (
    account  TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    currency TEXT    NOT NULL,
    minor    INTEGER NOT NULL,
    last_leg INTEGER NOT NULL,
    PRIMARY KEY (account, currency),
    FOREIGN KEY (account, kind) REFERENCES accounts (id, kind),
    -- Only the account that test money comes from may be in debt; the one that holds what is set aside
    -- may not.
    CHECK (minor >= 0 OR kind = 'system')
) STRICT;

CREATE TRIGGER legs_move_balances AFTER INSERT ON legs
BEGIN
    INSERT INTO balances (account, kind, currency, minor, last_leg)
    SELECT id, kind, NEW.currency, 0, 0 FROM accounts
    WHERE id = NEW.account
      AND NOT EXISTS (SELECT 1 FROM balances WHERE account = NEW.account AND currency = NEW.currency);
    UPDATE balances SET minor = minor + NEW.minor, last_leg = NEW.id
    WHERE account = NEW.account AND currency = NEW.currency;
END;

CREATE TRIGGER balances_start_at_zero BEFORE INSERT ON balances
BEGIN
    SELECT RAISE(ABORT, 'a balance starts at zero')
    WHERE NEW.minor <> 0 OR NEW.last_leg <> 0
       OR EXISTS (SELECT 1 FROM balances WHERE account = NEW.account AND currency = NEW.currency);
END;

CREATE TRIGGER balances_follow_legs BEFORE UPDATE ON balances
BEGIN
    SELECT RAISE(ABORT, 'a balance changes by a leg of its account only')
    WHERE NEW.account <> OLD.account OR NEW.currency <> OLD.currency OR NEW.last_leg <= OLD.last_leg
       OR NOT EXISTS (
           SELECT 1 FROM legs
           WHERE id = NEW.last_leg AND account = OLD.account AND currency = OLD.currency
             AND NEW.minor = OLD.minor + legs.minor
       );
END;

CREATE TRIGGER balances_are_never_deleted BEFORE DELETE ON balances
BEGIN
    SELECT RAISE(ABORT, 'a balance is never deleted');
END;
