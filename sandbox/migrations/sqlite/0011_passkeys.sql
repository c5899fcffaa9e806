-- Passkeys of accounts, and what one has answered: WebAuthn level 3.

CREATE TABLE passkeys (
    id            TEXT    NOT NULL PRIMARY KEY,
    account       TEXT    NOT NULL REFERENCES accounts (id),
    -- The key that began to add it.
    key           TEXT    NOT NULL REFERENCES keys (id),
    label         TEXT,
    -- What an authenticator knows the account by. It says nothing about it.
    user_handle   TEXT    NOT NULL,
    status        TEXT    NOT NULL CHECK (status IN ('begun', 'active', 'failed', 'removed')),
    -- What the answer to its registration is verified with.
    registration  TEXT    NOT NULL,
    expires_at    INTEGER NOT NULL,
    -- Whose it is can only be one account: WebAuthn level 3 section 7.1, step 25.
    credential_id TEXT    UNIQUE,
    credential    TEXT,
    counter       INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL,
    last_used_at  INTEGER,
    removed_at    INTEGER,
    CHECK ((status IN ('active', 'removed')) = (credential IS NOT NULL)),
    CHECK ((credential_id IS NULL) = (credential IS NULL)),
    CHECK ((status = 'removed') = (removed_at IS NOT NULL))
) STRICT;

CREATE INDEX passkeys_by_account ON passkeys (account, id);

CREATE TRIGGER passkeys_move_forward BEFORE UPDATE ON passkeys
BEGIN
    SELECT RAISE(ABORT, 'a passkey moves forward only')
    WHERE NOT (NEW.status = OLD.status AND OLD.status = 'active'
               OR OLD.status = 'begun' AND NEW.status IN ('active', 'failed')
               OR OLD.status = 'active' AND NEW.status = 'removed');
    SELECT RAISE(ABORT, 'a passkey stays whose it is')
    WHERE NEW.id <> OLD.id OR NEW.account <> OLD.account OR NEW.key <> OLD.key
       OR NEW.user_handle <> OLD.user_handle
       OR OLD.credential_id IS NOT NULL AND NEW.credential_id IS NOT OLD.credential_id;
    SELECT RAISE(ABORT, 'a counter never goes back')
    WHERE NEW.counter < OLD.counter;
END;

CREATE TRIGGER passkeys_are_never_deleted BEFORE DELETE ON passkeys
BEGIN
    SELECT RAISE(ABORT, 'a passkey is never deleted')
    WHERE OLD.credential IS NOT NULL;
END;

-- A challenge to one body, or to the enrolment of one key.
CREATE TABLE passkey_challenges (
    id          TEXT    NOT NULL PRIMARY KEY,
    account     TEXT    NOT NULL REFERENCES accounts (id),
    -- Who asked. A key that is to be enrolled is not known yet.
    key         TEXT    NOT NULL,
    -- The Content-Digest of the one body that it counts for; none for an enrolment.
    digest      TEXT,
    status      TEXT    NOT NULL CHECK (status IN ('asked', 'answered', 'failed', 'used')),
    -- What the answer is verified with.
    state       TEXT    NOT NULL,
    passkey     TEXT    REFERENCES passkeys (id),
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    answered_at INTEGER,
    CHECK ((status IN ('answered', 'used')) = (passkey IS NOT NULL)),
    CHECK ((answered_at IS NULL) = (passkey IS NULL))
) STRICT;

CREATE INDEX passkey_challenges_by_body ON passkey_challenges (key, digest);
CREATE INDEX passkey_challenges_by_age ON passkey_challenges (expires_at);

CREATE TRIGGER passkey_challenges_move_forward BEFORE UPDATE ON passkey_challenges
BEGIN
    SELECT RAISE(ABORT, 'a challenge is answered once and used once')
    WHERE NOT (OLD.status = 'asked' AND NEW.status IN ('answered', 'failed')
               OR OLD.status = 'answered' AND NEW.status = 'used');
    SELECT RAISE(ABORT, 'a challenge stays what it is for')
    WHERE NEW.id <> OLD.id OR NEW.account <> OLD.account OR NEW.key <> OLD.key
       OR NEW.digest IS NOT OLD.digest OR NEW.state <> OLD.state OR NEW.expires_at <> OLD.expires_at
       OR OLD.passkey IS NOT NULL AND NEW.passkey IS NOT OLD.passkey;
END;
