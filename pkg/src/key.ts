import type { WasmKey } from "../wasm/xp2p/xp2p.js";
import { asBytes, publicKey, wrong } from "./arguments.ts";
import { unrefused } from "./error.ts";
import { wasm } from "./load.ts";
import type { PublicJwk } from "./types.ts";

/**
 * What keeps a key from being read. `non-extractable`: the browser, though a script of the same origin
 * can have it sign. `encrypted`: it is stored under a non-extractable AES key and decrypted to sign; a
 * script of the same origin can do that as well. `file`: a file that only its owner can read. `memory`:
 * nothing, it lies in the wasm memory of this page or process. A store of your own says its own word.
 */
export type Protection = "non-extractable" | "encrypted" | "file" | "memory" | (string & {});

/** A key that can sign, wherever it lives. */
export interface Key {
  /** The RFC 7638 thumbprint of the public half. */
  readonly keyId: string;
  readonly publicJwk: PublicJwk;
  readonly protection: Protection;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** An Ed25519 key in the wasm memory, for servers, tests and browsers without Ed25519 of their own. */
export class SigningKey implements Key {
  readonly protection = "memory";
  readonly keyId: string;
  readonly publicJwk: PublicJwk;

  private constructor(
    /** @internal */
    readonly bound: WasmKey,
  ) {
    this.keyId = bound.keyId();
    this.publicJwk = { kty: "OKP", crv: "Ed25519", x: bound.publicX() };
  }

  /** A new key from the secure random source of the platform. */
  static generate(): SigningKey {
    return SigningKey.fromSeed(crypto.getRandomValues(new Uint8Array(32)));
  }

  /** The key of a seed of 32 bytes, which is filled with zeros: the key is now its only holder. */
  static fromSeed(seed: Uint8Array): SigningKey {
    const bound = seed instanceof Uint8Array ? wasm().makeKey(seed) : undefined;
    if (!bound) throw wrong("seed");
    seed.fill(0);
    return new SigningKey(bound);
  }

  async sign(message: Uint8Array): Promise<Uint8Array> {
    return this.bound.sign(asBytes(message, "message"));
  }

  /** Wipes the key. It cannot sign afterwards. */
  free(): void {
    this.bound.free();
  }
}

/**
 * A new key of this device: one that the browser keeps and no script can read, where it has Ed25519,
 * else one in the wasm memory. `key.protection` says which. It is not stored: `xp2p/keys` does that.
 */
export async function createDeviceKey(): Promise<Key> {
  const pair = await generatePair();
  return pair ? pairKey(pair) : SigningKey.generate();
}

/** @internal A pair that no script can read, where there is Ed25519. */
export async function generatePair(): Promise<CryptoKeyPair | undefined> {
  try {
    return (await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"])) as CryptoKeyPair;
  } catch {
    return undefined;
  }
}

/** @internal The key of such a pair. */
export async function pairKey(pair: CryptoKeyPair): Promise<Key> {
  const { x } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const publicJwk: PublicJwk = { kty: "OKP", crv: "Ed25519", x: x ?? "" };
  return {
    protection: "non-extractable",
    publicJwk,
    keyId: unrefused(wasm().jwkThumbprint(...publicKey(publicJwk))),
    sign: async (message) =>
      new Uint8Array(await crypto.subtle.sign("Ed25519", pair.privateKey, message as Uint8Array<ArrayBuffer>)),
  };
}
