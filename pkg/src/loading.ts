// How a wasm of this package is loaded: once, and again after a failure.
import { Xp2pError } from "./error.ts";

/** Where the wasm comes from: its bytes, the compiled module, an answer that brings it, or its address. */
export type WasmSource = BufferSource | WebAssembly.Module | Response | URL | string;

type Instantiate = (options: { module_or_path: WasmSource }) => Promise<unknown>;

interface Loading {
  /** Loads the wasm once. A failed load is forgotten, so that the next call tries again. */
  load(source: () => WasmSource | Promise<WasmSource>): Promise<void>;
  /** Throws an error that says what to do where the wasm is not there yet. */
  loaded(): void;
}

/** @internal One instance of a wasm. */
export function once(instantiate: Instantiate): Loading {
  let loading: Promise<void> | undefined;
  let loaded = false;
  const start = async (source: () => WasmSource | Promise<WasmSource>): Promise<void> => {
    await instantiate({ module_or_path: await source() });
    loaded = true;
  };
  return {
    load(source) {
      loading ??= start(source).catch((cause: unknown) => {
        loading = undefined;
        throw failure(cause);
      });
      return loading;
    },
    loaded() {
      if (!loaded) throw new Xp2pError("not_initialized", "call `await init()` before this function", false);
    },
  };
}

/** @internal The bytes out of the characters they are kept in, or the module itself where a runtime imports it. */
export function opened(inline: string | WebAssembly.Module): WasmSource {
  if (typeof inline !== "string") return inline;
  const bytes = new Uint8Array(inline.length);
  for (let index = 0; index < bytes.length; index++) {
    const code = inline.charCodeAt(index);
    bytes[index] = code < 126 ? code - 35 : code - 70;
  }
  return bytes;
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
