// xp2p: the core with its wasm inside, so that it needs no configuration anywhere.
import { inline } from "../wasm/inline.ts";
import { connect, type Client, type ClientOptions } from "./client.ts";
import { load, type WasmSource } from "./load.ts";

export * from "./core.ts";

/**
 * Loads the wasm. Calling it again does nothing, unless loading failed: then it tries again.
 *
 * @throws Xp2pError `wasm_blocked` when the page's Content-Security-Policy forbids WebAssembly,
 * `wasm_load_failed`
 */
export function init(): Promise<void> {
  return load(open);
}

/**
 * Loads the wasm and the platform's settings.
 *
 * @throws Xp2pError `platform_url_invalid`, `platform_unreachable`, `platform_answer_invalid`, and
 * what `init` throws
 */
export async function createClient(options: ClientOptions): Promise<Client> {
  await init();
  return connect(options);
}

/** The bytes out of the characters they are kept in, or the module itself where a runtime imports it. */
function open(): WasmSource {
  if (typeof inline !== "string") return inline;
  const bytes = new Uint8Array(inline.length);
  for (let index = 0; index < bytes.length; index++) {
    const code = inline.charCodeAt(index);
    bytes[index] = code < 126 ? code - 35 : code - 70;
  }
  return bytes;
}
