// xp2p: the core with its wasm inside, so that it needs no configuration anywhere.
import { inline } from "../wasm/xp2p/inline.ts";
import { type Client, type ClientOptions, connect, loadAsking } from "./client.ts";
import { load } from "./load.ts";
import { opened } from "./loading.ts";

export * from "./core.ts";

/**
 * Loads the wasm. Calling it again does nothing, unless loading failed: then it tries again.
 *
 * @throws Xp2pError `wasm_blocked` when the page's Content-Security-Policy forbids WebAssembly,
 * `wasm_load_failed`
 */
export function init(): Promise<void> {
  return load(() => opened(inline));
}

/**
 * Loads the wasm and the platform's settings.
 *
 * @throws Xp2pError `platform_url_invalid`, `platform_unreachable`, `platform_answer_invalid`, and
 * what `init` throws
 */
export async function createClient(options: ClientOptions): Promise<Client> {
  const asking = loadAsking();
  await init();
  return connect(options, asking);
}
