/** Unix seconds. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** 128 random bits as 22 characters of base64url: a nonce, or an idempotency key. */
export function randomText(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replace(/[+/=]/g, (mark) => ({ "+": "-", "/": "_" })[mark] ?? "");
}
