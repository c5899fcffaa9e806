// xp2p/keys: keys that outlive the page. `init` is that of `xp2p` or `xp2p/slim`: there is one wasm.
export { IndexedDbKeyStore } from "./key-database.ts";
export { keyName, type KeyStore, MemoryKeyStore, type OpenedKey, openKey } from "./key-store.ts";
export type { Key, Protection } from "./key.ts";
