// xp2p/amount: what a person types becomes exactly what is charged. A wasm of its own, for those who use it.
import { inline } from "../wasm/amount/inline.ts";
import { load } from "./amount-load.ts";
import { opened, type WasmSource } from "./loading.ts";

export { AmountError, type AmountReason } from "./amount-error.ts";
export {
  addAmounts,
  allocateAmount,
  amountFromMinor,
  amountToMinor,
  checkAmount,
  compareAmounts,
  convertAmount,
  currencyOf,
  feeForAmount,
  formatAmount,
  formatAmountNumber,
  parseAmount,
  percentageOfAmount,
  subtractAmounts,
  validateAmount,
  validateAmounts,
} from "./amount-functions.ts";
export type * from "./amount-types.ts";
export { Xp2pError } from "./error.ts";
export type { WasmSource } from "./loading.ts";
export type { Amount } from "./types.ts";

/**
 * Loads the wasm: the one inside this module, or `xp2p/xp2p-amount.wasm` from where it is served. Calling
 * it again does nothing, unless loading failed: then it tries again.
 *
 * @throws Xp2pError `wasm_blocked`, `wasm_load_failed`
 */
export function init(source?: WasmSource | Promise<WasmSource>): Promise<void> {
  return load(() => source ?? opened(inline));
}
