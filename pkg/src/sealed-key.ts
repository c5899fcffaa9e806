// A key for browsers without Ed25519: its seed is stored encrypted, and decrypted only to sign.
import { asBytes, publicKey } from "./arguments.ts";
import { unrefused } from "./error.ts";
import { type Key, SigningKey } from "./key.ts";
import { wasm } from "./load.ts";
import type { PublicJwk } from "./types.ts";

/** What is stored: nothing in it can be read by a script but the public half. */
export interface SealedSeed {
  readonly x: string;
  /** The non-extractable AES key. It encrypts this seed and nothing else. */
  readonly wrapping: CryptoKey;
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly sealed: ArrayBuffer;
}

const AES = { name: "AES-GCM", length: 256 } as const;

/** The seed belongs to this public half: another one beside it makes decrypting fail. */
function parameters({ iv, x }: Pick<SealedSeed, "iv" | "x">): AesGcmParams {
  return { name: AES.name, iv, additionalData: new TextEncoder().encode(x) };
}

/** Makes a seed and encrypts it. Neither outlives this function. */
export async function sealNewSeed(): Promise<SealedSeed> {
  const { subtle } = crypto;
  const wrapping = await subtle.generateKey(AES, false, ["encrypt", "decrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const seed = crypto.getRandomValues(new Uint8Array(32));
  try {
    const key = SigningKey.fromSeed(seed.slice());
    const { x } = key.publicJwk;
    key.free();
    return { x, wrapping, iv, sealed: await subtle.encrypt(parameters({ iv, x }), wrapping, seed) };
  } finally {
    seed.fill(0);
  }
}

/**
 * The key of an encrypted seed. It keeps the `decrypt` that it finds when it is opened, so a function
 * put in its place later is handed no seed.
 */
export function sealedKey(seed: SealedSeed): Key {
  const decrypt = crypto.subtle.decrypt.bind(crypto.subtle);
  const publicJwk: PublicJwk = { kty: "OKP", crv: "Ed25519", x: seed.x };
  return {
    protection: "encrypted",
    publicJwk,
    keyId: unrefused(wasm().jwkThumbprint(...publicKey(publicJwk))),
    async sign(message) {
      const bytes = asBytes(message, "message");
      const key = SigningKey.fromSeed(new Uint8Array(await decrypt(parameters(seed), seed.wrapping, seed.sealed)));
      try {
        return key.bound.sign(bytes);
      } finally {
        key.free();
      }
    },
  };
}
