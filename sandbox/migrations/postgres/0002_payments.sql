-- Payments with their receipts, what was answered to whom, which nonces were seen, and the keys that
-- sign receipts.

CREATE TABLE payments (
    id             TEXT   NOT NULL PRIMARY KEY,
    transfer       TEXT   NOT NULL UNIQUE REFERENCES transfers (id),
    payer_handle   TEXT   NOT NULL,
    payer_account  TEXT   NOT NULL REFERENCES accounts (id),
    payee_handle   TEXT   NOT NULL,
    payee_account  TEXT   NOT NULL REFERENCES accounts (id),
    currency       TEXT   NOT NULL,
    minor          BIGINT NOT NULL CHECK (minor > 0),
    reference      TEXT,
    note           TEXT,
    request_digest TEXT   NOT NULL,
    created_at     BIGINT NOT NULL,
    receipt        TEXT   NOT NULL,
    CHECK (payer_account <> payee_account)
);

CREATE INDEX payments_by_payer ON payments (payer_account, id);
CREATE INDEX payments_by_payee ON payments (payee_account, id);

CREATE TRIGGER payments_are_never_changed BEFORE UPDATE ON payments
    EXECUTE FUNCTION refuse('a payment is never changed');
CREATE TRIGGER payments_are_never_deleted BEFORE DELETE OR TRUNCATE ON payments
    EXECUTE FUNCTION refuse('a payment is never deleted');

-- What an intent was answered: draft-ietf-httpapi-idempotency-key-header section 2. Scoped to the
-- account, not to the key, so that a person who enrols a new key does not pay twice.
CREATE TABLE answers (
    account         TEXT    NOT NULL REFERENCES accounts (id),
    idempotency_key TEXT    NOT NULL,
    operation       TEXT    NOT NULL,
    request_digest  TEXT    NOT NULL,
    status          INTEGER NOT NULL,
    body            TEXT    NOT NULL,
    payment         TEXT    REFERENCES payments (id),
    forget_after    BIGINT  NOT NULL,
    PRIMARY KEY (account, idempotency_key)
);

CREATE INDEX answers_by_age ON answers (forget_after);
CREATE INDEX answers_by_payment ON answers (payment);

CREATE TABLE nonces (
    key          TEXT   NOT NULL,
    nonce        TEXT   NOT NULL,
    forget_after BIGINT NOT NULL,
    PRIMARY KEY (key, nonce)
);

CREATE INDEX nonces_by_age ON nonces (forget_after);

-- The seeds of the sandbox's own keys. They sign play money only, so they stand here in the clear; a
-- real platform keeps them in hardware.
CREATE TABLE platform_keys (
    seed       BYTEA  NOT NULL PRIMARY KEY CHECK (length(seed) = 32),
    created_at BIGINT NOT NULL,
    retired_at BIGINT
);
