-- What was given back of a payment. The payment itself stays as it was made.

CREATE TABLE refunds (
    id         TEXT    NOT NULL PRIMARY KEY,
    payment    TEXT    NOT NULL REFERENCES payments (id),
    transfer   TEXT    NOT NULL UNIQUE REFERENCES transfers (id),
    currency   TEXT    NOT NULL,
    minor      INTEGER NOT NULL CHECK (minor > 0),
    note       TEXT,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX refunds_by_payment ON refunds (payment, id);

CREATE TRIGGER refunds_stay_within_their_payment BEFORE INSERT ON refunds
BEGIN
    SELECT RAISE(ABORT, 'a refund is never replaced')
    WHERE EXISTS (SELECT 1 FROM refunds WHERE id = NEW.id OR transfer = NEW.transfer);
    SELECT RAISE(ABORT, 'refunds are never over their payment, and in its currency')
    WHERE NOT EXISTS (
        SELECT 1 FROM payments
        WHERE id = NEW.payment AND currency = NEW.currency
          AND minor - NEW.minor
              >= (SELECT coalesce(sum(minor), 0) FROM refunds WHERE payment = NEW.payment)
    );
END;

CREATE TRIGGER refunds_are_never_changed BEFORE UPDATE ON refunds
BEGIN
    SELECT RAISE(ABORT, 'a refund is never changed');
END;

CREATE TRIGGER refunds_are_never_deleted BEFORE DELETE ON refunds
BEGIN
    SELECT RAISE(ABORT, 'a refund is never deleted');
END;

-- A payment as it stands: as it was made, with what was given back of it, and how often.
CREATE VIEW standing_payments AS
SELECT payments.*,
       (SELECT CAST(coalesce(sum(refunds.minor), 0) AS BIGINT) FROM refunds
        WHERE refunds.payment = payments.id) AS refunded,
       (SELECT count(*) FROM refunds WHERE refunds.payment = payments.id) AS refunds
FROM payments;
