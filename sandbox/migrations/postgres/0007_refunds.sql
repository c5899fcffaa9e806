-- What was given back of a payment. The payment itself stays as it was made.

CREATE TABLE refunds (
    id         TEXT   NOT NULL PRIMARY KEY,
    payment    TEXT   NOT NULL REFERENCES payments (id),
    transfer   TEXT   NOT NULL UNIQUE REFERENCES transfers (id),
    currency   TEXT   NOT NULL,
    minor      BIGINT NOT NULL CHECK (minor > 0),
    note       TEXT,
    created_at BIGINT NOT NULL
);

CREATE INDEX refunds_by_payment ON refunds (payment, id);

CREATE FUNCTION check_refund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- At a lower level two transactions could each miss what the other gives back.
    IF current_setting('transaction_isolation') <> 'serializable' THEN
        RAISE EXCEPTION 'refunds are written in serializable transactions only'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NOT EXISTS (
        SELECT FROM payments
        WHERE id = NEW.payment AND currency = NEW.currency
          AND minor - NEW.minor
              >= (SELECT coalesce(sum(minor), 0) FROM refunds WHERE payment = NEW.payment)
    )
    THEN
        RAISE EXCEPTION 'refunds are never over their payment, and in its currency'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER refunds_stay_within_their_payment BEFORE INSERT ON refunds
    FOR EACH ROW EXECUTE FUNCTION check_refund();
CREATE TRIGGER refunds_are_never_changed BEFORE UPDATE ON refunds
    EXECUTE FUNCTION refuse('a refund is never changed');
CREATE TRIGGER refunds_are_never_deleted BEFORE DELETE OR TRUNCATE ON refunds
    EXECUTE FUNCTION refuse('a refund is never deleted');

-- A payment as it stands: as it was made, with what was given back of it, and how often.
CREATE VIEW standing_payments AS
SELECT payments.*,
       (SELECT CAST(coalesce(sum(refunds.minor), 0) AS BIGINT) FROM refunds
        WHERE refunds.payment = payments.id) AS refunded,
       (SELECT count(*) FROM refunds WHERE refunds.payment = payments.id) AS refunds
FROM payments;
