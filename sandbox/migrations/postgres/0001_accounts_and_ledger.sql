-- Accounts, handles, and a double-entry ledger that the database itself keeps honest. The same as
-- in `../sqlite`, in the words of PostgreSQL.
--
-- Amounts are integers of minor units (cents for EUR), times are Unix seconds.

-- Whoever is about to write waits for this table before anything else. It is of its own and stays empty,
-- so that neither readers nor the vacuum ever hold it.
CREATE TABLE writers ();

-- Refuses whatever it is the trigger of, in the words that the trigger gives.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TABLE accounts (
    id         TEXT   NOT NULL PRIMARY KEY,
    kind       TEXT   NOT NULL CHECK (kind IN ('person', 'merchant', 'holding', 'system')),
    name       TEXT   NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    created_at BIGINT NOT NULL,
    blocked_at BIGINT,
    -- For the foreign key by which a balance knows whether it may be negative.
    UNIQUE (id, kind)
);

-- Who a handle belongs to at this moment, if to anybody. Handles change hands; accounts do not. No two
-- handles look alike, and a handle that was freed stays, so that nothing that looks like it is given.
CREATE TABLE handles (
    handle   TEXT NOT NULL PRIMARY KEY,
    skeleton TEXT NOT NULL UNIQUE,
    account  TEXT UNIQUE REFERENCES accounts (id)
);

CREATE TRIGGER handles_keep_their_skeleton BEFORE UPDATE OF handle, skeleton ON handles
    EXECUTE FUNCTION refuse('a handle keeps its skeleton');
CREATE TRIGGER handles_are_never_deleted BEFORE DELETE OR TRUNCATE ON handles
    EXECUTE FUNCTION refuse('a handle is freed and never deleted');

-- Where a merchant's pages are, and where its payers may be sent back to: exactly these.
CREATE TABLE registered_origins (
    account TEXT   NOT NULL REFERENCES accounts (id),
    origin  TEXT   NOT NULL,
    PRIMARY KEY (account, origin)
);

CREATE TABLE registered_return_urls (
    account TEXT   NOT NULL REFERENCES accounts (id),
    url     TEXT   NOT NULL,
    PRIMARY KEY (account, url)
);

-- A transfer is written after its legs, in one transaction: its own row is the seal. Only at the commit
-- must every leg have its transfer, so no transaction can leave legs that were never added up.
CREATE TABLE transfers (
    id         TEXT   NOT NULL PRIMARY KEY,
    kind       TEXT   NOT NULL CHECK (kind IN ('issuance', 'payment', 'refund', 'hold', 'release')),
    created_at BIGINT NOT NULL
);

CREATE TABLE legs (
    id       BIGINT NOT NULL PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    transfer TEXT   NOT NULL REFERENCES transfers (id) DEFERRABLE INITIALLY DEFERRED,
    account  TEXT   NOT NULL REFERENCES accounts (id),
    currency TEXT   NOT NULL CHECK (length(currency) = 3),
    minor    BIGINT NOT NULL CHECK (minor <> 0)
);

CREATE INDEX legs_by_transfer ON legs (transfer);
CREATE INDEX legs_by_account ON legs (account, currency);

CREATE FUNCTION add_up_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM legs WHERE transfer = NEW.id) < 2 THEN
        RAISE EXCEPTION 'a transfer has at least two legs'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (SELECT FROM legs WHERE transfer = NEW.id GROUP BY currency HAVING sum(minor) <> 0) THEN
        RAISE EXCEPTION 'the legs of a transfer sum to zero in every currency'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER transfers_are_balanced BEFORE INSERT ON transfers
    FOR EACH ROW EXECUTE FUNCTION add_up_transfer();
CREATE TRIGGER transfers_are_never_changed BEFORE UPDATE ON transfers
    EXECUTE FUNCTION refuse('a transfer is never changed');
CREATE TRIGGER transfers_are_never_deleted BEFORE DELETE OR TRUNCATE ON transfers
    EXECUTE FUNCTION refuse('a transfer is never deleted');

CREATE FUNCTION check_leg() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- At a lower level two transactions could each miss what the other is writing: a leg could join a
    -- transfer at the moment of its sealing.
    IF current_setting('transaction_isolation') <> 'serializable' THEN
        RAISE EXCEPTION 'legs are written in serializable transactions only'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (SELECT FROM transfers WHERE id = NEW.transfer) THEN
        RAISE EXCEPTION 'a transfer that is sealed takes no more legs'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER legs_join_no_sealed_transfer BEFORE INSERT ON legs
    FOR EACH ROW EXECUTE FUNCTION check_leg();
CREATE TRIGGER legs_are_never_changed BEFORE UPDATE ON legs
    EXECUTE FUNCTION refuse('a leg is never changed');
CREATE TRIGGER legs_are_never_deleted BEFORE DELETE OR TRUNCATE ON legs
    EXECUTE FUNCTION refuse('a leg is never deleted');

-- The sum of an account's legs, kept beside them so that a payment need not add up a whole history.
-- `last_leg` is the leg that was added last: a balance changes by exactly one newer leg of its own
-- account at a time, so it cannot be written by hand either.
CREATE TABLE balances (
    account  TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    currency TEXT   NOT NULL,
    minor    BIGINT NOT NULL,
    last_leg BIGINT NOT NULL,
    PRIMARY KEY (account, currency),
    FOREIGN KEY (account, kind) REFERENCES accounts (id, kind),
    -- Only the account that test money comes from may be in debt; the one that holds what is set aside
    -- may not.
    CHECK (minor >= 0 OR kind = 'system')
);

CREATE FUNCTION move_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO balances (account, kind, currency, minor, last_leg)
    SELECT id, kind, NEW.currency, 0, 0 FROM accounts WHERE id = NEW.account
    ON CONFLICT (account, currency) DO NOTHING;
    UPDATE balances SET minor = minor + NEW.minor, last_leg = NEW.id
    WHERE account = NEW.account AND currency = NEW.currency;
    RETURN NULL;
END $$;

CREATE TRIGGER legs_move_balances AFTER INSERT ON legs
    FOR EACH ROW EXECUTE FUNCTION move_balance();

CREATE TRIGGER balances_start_at_zero BEFORE INSERT ON balances
    FOR EACH ROW WHEN (NEW.minor <> 0 OR NEW.last_leg <> 0)
    EXECUTE FUNCTION refuse('a balance starts at zero');

CREATE FUNCTION check_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.account <> OLD.account OR NEW.currency <> OLD.currency OR NEW.last_leg <= OLD.last_leg
       OR NOT EXISTS (
           SELECT FROM legs
           WHERE id = NEW.last_leg AND account = OLD.account AND currency = OLD.currency
             AND NEW.minor = OLD.minor + legs.minor
       )
    THEN
        RAISE EXCEPTION 'a balance changes by a leg of its account only'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER balances_follow_legs BEFORE UPDATE ON balances
    FOR EACH ROW EXECUTE FUNCTION check_balance();
CREATE TRIGGER balances_are_never_deleted BEFORE DELETE OR TRUNCATE ON balances
    EXECUTE FUNCTION refuse('a balance is never deleted');
