-- Who may sign, which nonces were seen, what was answered to whom, and the keys that sign receipts.

CREATE TABLE keys (
    id         TEXT   NOT NULL PRIMARY KEY, -- RFC 7638 thumbprint
    x          TEXT   NOT NULL,             -- RFC 8037 section 2
    role       TEXT   NOT NULL CHECK (role IN ('requester', 'approval')),
    -- Whose money an approval key moves. A requester key may be of a page that has no account.
    account    TEXT   REFERENCES accounts (id),
    -- The web origin that a requester key is bound to.
    origin     TEXT,
    label      TEXT,
    -- The order in which keys became known: it sorts by time, which a thumbprint does not.
    registration TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    CHECK (role <> 'approval' OR account IS NOT NULL)
);

CREATE INDEX keys_by_account ON keys (account, registration);

CREATE TRIGGER keys_stay_revoked BEFORE UPDATE ON keys
    FOR EACH ROW WHEN (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at)
    EXECUTE FUNCTION refuse('a key that was revoked stays revoked');
CREATE TRIGGER keys_keep_their_thumbprint BEFORE UPDATE ON keys
    FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.x <> OLD.x)
    EXECUTE FUNCTION refuse('a key is told by its thumbprint');
CREATE TRIGGER keys_are_never_deleted BEFORE DELETE OR TRUNCATE ON keys
    EXECUTE FUNCTION refuse('a key is never deleted');

CREATE TABLE nonces (
    key          TEXT   NOT NULL,
    nonce        TEXT   NOT NULL,
    forget_after BIGINT NOT NULL,
    PRIMARY KEY (key, nonce)
);

CREATE INDEX nonces_by_age ON nonces (forget_after);

-- What an intent was answered: draft-ietf-httpapi-idempotency-key-header section 2. The scope of an
-- approval key is its account, so that a person who enrols a new key does not pay twice; the scope of
-- another key is the key.
CREATE TABLE answers (
    scope           TEXT   NOT NULL,
    idempotency_key TEXT   NOT NULL,
    operation       TEXT   NOT NULL,
    request_digest  TEXT   NOT NULL,
    status          INTEGER NOT NULL,
    body            TEXT   NOT NULL,
    location        TEXT  ,
    payment         TEXT  ,
    forget_after    BIGINT NOT NULL,
    PRIMARY KEY (scope, idempotency_key)
);

CREATE INDEX answers_by_age ON answers (forget_after);
CREATE INDEX answers_by_payment ON answers (payment);

-- The seeds of the sandbox's own keys. They sign play money only, so they stand here in the clear; a
-- real platform keeps them in hardware.
CREATE TABLE platform_keys (
    seed       BYTEA  NOT NULL PRIMARY KEY CHECK (length(seed) = 32),
    created_at BIGINT NOT NULL,
    retired_at BIGINT
);
