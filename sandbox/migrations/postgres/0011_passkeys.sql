-- Passkeys of accounts, and what one has answered: WebAuthn level 3.

CREATE TABLE passkeys (
    id            TEXT   NOT NULL PRIMARY KEY,
    account       TEXT   NOT NULL REFERENCES accounts (id),
    -- The key that began to add it.
    key           TEXT   NOT NULL REFERENCES keys (id),
    label         TEXT,
    -- What an authenticator knows the account by. It says nothing about it.
    user_handle   TEXT   NOT NULL,
    status        TEXT   NOT NULL CHECK (status IN ('begun', 'active', 'failed', 'removed')),
    -- What the answer to its registration is verified with.
    registration  TEXT   NOT NULL,
    expires_at    BIGINT NOT NULL,
    -- Whose it is can only be one account: WebAuthn level 3 section 7.1, step 25.
    credential_id TEXT   UNIQUE,
    credential    TEXT,
    counter       BIGINT NOT NULL DEFAULT 0,
    created_at    BIGINT NOT NULL,
    last_used_at  BIGINT,
    removed_at    BIGINT,
    CHECK ((status IN ('active', 'removed')) = (credential IS NOT NULL)),
    CHECK ((credential_id IS NULL) = (credential IS NULL)),
    CHECK ((status = 'removed') = (removed_at IS NOT NULL))
);

CREATE INDEX passkeys_by_account ON passkeys (account, id);

CREATE TRIGGER passkeys_move_forward BEFORE UPDATE ON passkeys
    FOR EACH ROW WHEN (
        NOT (NEW.status = OLD.status AND OLD.status = 'active'
             OR OLD.status = 'begun' AND NEW.status IN ('active', 'failed')
             OR OLD.status = 'active' AND NEW.status = 'removed')
    )
    EXECUTE FUNCTION refuse('a passkey moves forward only');
CREATE TRIGGER passkeys_stay_whose_they_are BEFORE UPDATE ON passkeys
    FOR EACH ROW WHEN (
        NEW.id <> OLD.id OR NEW.account <> OLD.account OR NEW.key <> OLD.key
        OR NEW.user_handle <> OLD.user_handle
        OR OLD.credential_id IS NOT NULL AND NEW.credential_id IS DISTINCT FROM OLD.credential_id
    )
    EXECUTE FUNCTION refuse('a passkey stays whose it is');
CREATE TRIGGER passkeys_count_up BEFORE UPDATE ON passkeys
    FOR EACH ROW WHEN (NEW.counter < OLD.counter)
    EXECUTE FUNCTION refuse('a counter never goes back');
CREATE TRIGGER passkeys_are_never_deleted BEFORE DELETE ON passkeys
    FOR EACH ROW WHEN (OLD.credential IS NOT NULL)
    EXECUTE FUNCTION refuse('a passkey is never deleted');
CREATE TRIGGER passkeys_are_never_emptied BEFORE TRUNCATE ON passkeys
    EXECUTE FUNCTION refuse('a passkey is never deleted');

-- A challenge to one body, or to the enrolment of one key.
CREATE TABLE passkey_challenges (
    id          TEXT   NOT NULL PRIMARY KEY,
    account     TEXT   NOT NULL REFERENCES accounts (id),
    -- Who asked. A key that is to be enrolled is not known yet.
    key         TEXT   NOT NULL,
    -- The Content-Digest of the one body that it counts for; none for an enrolment.
    digest      TEXT,
    status      TEXT   NOT NULL CHECK (status IN ('asked', 'answered', 'failed', 'used')),
    -- What the answer is verified with.
    state       TEXT   NOT NULL,
    passkey     TEXT   REFERENCES passkeys (id),
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    answered_at BIGINT,
    CHECK ((status IN ('answered', 'used')) = (passkey IS NOT NULL)),
    CHECK ((answered_at IS NULL) = (passkey IS NULL))
);

CREATE INDEX passkey_challenges_by_body ON passkey_challenges (key, digest);
CREATE INDEX passkey_challenges_by_age ON passkey_challenges (expires_at);

CREATE TRIGGER passkey_challenges_move_forward BEFORE UPDATE ON passkey_challenges
    FOR EACH ROW WHEN (
        NOT (OLD.status = 'asked' AND NEW.status IN ('answered', 'failed')
             OR OLD.status = 'answered' AND NEW.status = 'used')
    )
    EXECUTE FUNCTION refuse('a challenge is answered once and used once');
CREATE TRIGGER passkey_challenges_stay_what_they_are_for BEFORE UPDATE ON passkey_challenges
    FOR EACH ROW WHEN (
        NEW.id <> OLD.id OR NEW.account <> OLD.account OR NEW.key <> OLD.key
        OR NEW.digest IS DISTINCT FROM OLD.digest OR NEW.state <> OLD.state
        OR NEW.expires_at <> OLD.expires_at
        OR OLD.passkey IS NOT NULL AND NEW.passkey IS DISTINCT FROM OLD.passkey
    )
    EXECUTE FUNCTION refuse('a challenge stays what it is for');
