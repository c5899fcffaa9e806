// The one instance of the amounts' wasm.
import instantiate, * as bindings from "../wasm/amount/amount.js";
import { once } from "./loading.ts";

const { load, loaded } = once(instantiate);
export { load };

/** @internal The bindings, or an error that says what to do when they are not there yet. */
export function wasm(): typeof bindings {
  loaded();
  return bindings;
}
