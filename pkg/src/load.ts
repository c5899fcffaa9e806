// The one instance of the core's wasm in a page, worker or process.
import instantiate, * as bindings from "../wasm/xp2p/xp2p.js";
import { once } from "./loading.ts";

const { load, loaded } = once(instantiate);
export { load };

/** @internal The bindings, or an error that says what to do when they are not there yet. */
export function wasm(): typeof bindings {
  loaded();
  return bindings;
}
