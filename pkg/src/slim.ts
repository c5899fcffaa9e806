// xp2p/slim: the same core for those who serve xp2p/xp2p.wasm themselves, compiled while it arrives.
import { type Client, type ClientOptions, connect, loadAsking } from "./client.ts";
import { load } from "./load.ts";
import type { WasmSource } from "./loading.ts";

export * from "./core.ts";

/**
 * Loads the wasm from its address, its bytes, an answer or a compiled module. Calling it again does
 * nothing, unless loading failed: then it tries again.
 *
 * @throws Xp2pError `wasm_blocked`, `wasm_load_failed`
 */
export function init(source: WasmSource | Promise<WasmSource>): Promise<void> {
  return load(() => source);
}

/** Loads the platform's settings. Call `init` with the wasm first. */
export async function createClient(options: ClientOptions): Promise<Client> {
  return connect(options, loadAsking());
}
