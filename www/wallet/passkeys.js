// The browser's side of passkeys: WebAuthn level 3, with what browsers before it lack written out.

/** Whether this browser has passkeys at all. */
export const hasPasskeys = typeof PublicKeyCredential === "function" && Boolean(navigator.credentials?.get);

/** Has a passkey answer a challenge. Throws where the person does not want to. */
export async function answerWithPasskey(options) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON?.(options) ?? {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: options.allowCredentials.map((allowed) => ({ ...allowed, id: bytes(allowed.id) })),
  };
  return written(await navigator.credentials.get({ publicKey }));
}

/** Makes a passkey. */
export async function makePasskey(options) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON?.(options) ?? {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: (options.excludeCredentials ?? []).map((excluded) => ({ ...excluded, id: bytes(excluded.id) })),
  };
  return written(await navigator.credentials.create({ publicKey }));
}

/** What `toJSON` gives of a credential, as far as the platform takes it. */
function written({ id, rawId, type, response }) {
  const names = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const parts = names.filter((name) => response[name]).map((name) => [name, text(response[name])]);
  return { id, rawId: text(rawId), type, response: Object.fromEntries(parts) };
}

function bytes(base64url) {
  return Uint8Array.from(atob(base64url.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
}

function text(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
