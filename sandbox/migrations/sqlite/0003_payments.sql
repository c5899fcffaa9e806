-- Payments with their receipts. What is given back stands in refunds of their own.

CREATE TABLE payments (
    id             TEXT    NOT NULL PRIMARY KEY,
    transfer       TEXT    NOT NULL UNIQUE REFERENCES transfers (id),
    payer_handle   TEXT    NOT NULL,
    payer_account  TEXT    NOT NULL REFERENCES accounts (id),
    payee_handle   TEXT    NOT NULL,
    payee_account  TEXT    NOT NULL REFERENCES accounts (id),
    currency       TEXT    NOT NULL,
    minor          INTEGER NOT NULL CHECK (minor > 0),
    reference      TEXT,
    note           TEXT,
    request_digest TEXT    NOT NULL,
    -- The checkout or the link that it was paid through, and the requester key that asked for it.
    checkout       TEXT,
    link           TEXT,
    asked_by       TEXT,
    created_at     INTEGER NOT NULL,
    receipt        TEXT    NOT NULL,
    CHECK (payer_account <> payee_account)
) STRICT;

CREATE INDEX payments_by_payer ON payments (payer_account, id);
CREATE INDEX payments_by_payee ON payments (payee_account, id);
CREATE INDEX payments_by_asker ON payments (asked_by, id);

CREATE TRIGGER payments_are_never_replaced BEFORE INSERT ON payments
BEGIN
    SELECT RAISE(ABORT, 'a payment is never replaced')
    WHERE EXISTS (SELECT 1 FROM payments WHERE id = NEW.id OR transfer = NEW.transfer);
END;

CREATE TRIGGER payments_are_never_changed BEFORE UPDATE ON payments
BEGIN
    SELECT RAISE(ABORT, 'a payment is never changed');
END;

CREATE TRIGGER payments_are_never_deleted BEFORE DELETE ON payments
BEGIN
    SELECT RAISE(ABORT, 'a payment is never deleted');
END;
