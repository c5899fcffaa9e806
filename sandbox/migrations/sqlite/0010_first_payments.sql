-- Whether somebody has paid somebody before: a wallet warns at a first payment.

CREATE INDEX payments_by_pair ON payments (payer_account, payee_account);
