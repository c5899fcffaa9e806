// The one wasm instance of a page, worker or process.
import instantiate, * as bindings from "../wasm/xp2p.js";
import { Xp2pError } from "./error.ts";

/** Where the wasm comes from: its bytes, the compiled module, an answer that brings it, or its address. */
export type WasmSource = BufferSource | WebAssembly.Module | Response | URL | string;

let loading: Promise<void> | undefined;
let loaded = false;

/** Loads the wasm once. A failed load is forgotten, so that the next call tries again. */
export function load(source: () => WasmSource | Promise<WasmSource>): Promise<void> {
  loading ??= start(source).catch((cause: unknown) => {
    loading = undefined;
    throw failure(cause);
  });
  return loading;
}

/** @internal The bindings, or an error that says what to do when they are not there yet. */
export function wasm(): typeof bindings {
  if (!loaded) throw new Xp2pError("not_initialized", "call `await init()` before this function", false);
  return bindings;
}

async function start(source: () => WasmSource | Promise<WasmSource>): Promise<void> {
  await instantiate({ module_or_path: await source() });
  loaded = true;
}

function failure(cause: unknown): Xp2pError {
  // Every engine throws a CompileError and names the policy in its message; there is no other sign.
  const text = cause instanceof Error ? cause.message : "";
  return /content.security.policy|unsafe-eval|\bCSP\b/i.test(text)
    ? new Xp2pError(
        "wasm_blocked",
        "the page's Content-Security-Policy forbids WebAssembly: add `'wasm-unsafe-eval'` to `script-src`",
        false,
        undefined,
        { cause },
      )
    : new Xp2pError("wasm_load_failed", "the WebAssembly module could not be loaded", true, undefined, { cause });
}
