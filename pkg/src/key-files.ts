// xp2p/key-files: keys in files, for Node and what is like it. Browsers have no use for it, so it is an
// entry of its own: bundlers for pages do not know the modules of Node.
import { link, mkdir, open, unlink } from "node:fs/promises";
import { asText } from "./arguments.ts";
import { Xp2pError } from "./error.ts";
import { type Key, SigningKey } from "./key.ts";
import type { KeyStore, OpenedKey } from "./key-store.ts";
import { fileName, openOwn, unless } from "./own-files.ts";

export { keyName, type KeyStore, type OpenedKey, openKey } from "./key-store.ts";

/** PrivateKeyInfo of Ed25519 (RFC 8410 section 7) up to the seed, which is the rest. */
const PKCS8 = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20);
const SEED = 32;

/**
 * Keeps each key in a file of its own, PKCS #8 in DER, which `openssl pkey -inform DER` reads as well.
 * The file is created with the mode 0600, and refused when somebody else could have read it or put it
 * there. On Windows neither is so: the file has the rights that its folder hands on.
 *
 * An opened key lies in the wasm memory of the process until that ends.
 */
export class FileKeyStore implements KeyStore {
  constructor(
    /** The folder, which is made if it is not there. Its file system must have hard links. */
    private readonly folder: string,
  ) {
    asText(folder, "folder");
  }

  /**
   * @throws Xp2pError `argument_invalid` when others can read the file, `key_malformed` when it is no
   * key; and the errors of the file system
   */
  async open(name: string): Promise<OpenedKey> {
    const path = await this.path(name);
    const found = await read(path);
    if (found) return { key: found, state: "restored" };
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const state = (await create(path)) ? "created" : "restored";
    const key = await read(path);
    if (!key) throw new Xp2pError("key_malformed", `${path} was removed as soon as it was there`, true);
    return { key, state };
  }

  async delete(name: string): Promise<void> {
    await unlink(await this.path(name)).catch(unless("ENOENT"));
  }

  private async path(name: string): Promise<string> {
    return `${this.folder}/${await fileName(asText(name, "name"))}.p8`;
  }
}

/** The key of a file, or nothing when there is no file. */
async function read(path: string): Promise<Key | undefined> {
  const file = await openOwn(path);
  if (!file) return undefined;
  const bytes = new Uint8Array(PKCS8.length + SEED + 1);
  try {
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    if (bytesRead !== bytes.length - 1 || PKCS8.some((byte, index) => bytes[index] !== byte)) {
      throw new Xp2pError("key_malformed", `${path} is not an Ed25519 key in PKCS #8`, false);
    }
    const key = SigningKey.fromSeed(bytes.slice(PKCS8.length, -1));
    const { keyId, publicJwk } = key;
    return { keyId, publicJwk, protection: "file", sign: (message) => key.sign(message) };
  } finally {
    bytes.fill(0);
    await file.close();
  }
}

/**
 * Writes a new key aside and gives it its name by a link, which fails where there is a file by then: so
 * nobody reads half a key, and of two processes one is first. Whether it was this one.
 */
async function create(path: string): Promise<boolean> {
  const aside = `${path}.${crypto.randomUUID()}`;
  const bytes = new Uint8Array(PKCS8.length + SEED);
  bytes.set(PKCS8);
  crypto.getRandomValues(bytes.subarray(PKCS8.length));
  const file = await open(aside, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
    return await link(aside, path).then(() => true, unless("EEXIST")) ?? false;
  } finally {
    bytes.fill(0);
    await file.close();
    await unlink(aside);
  }
}
