// What every entry of the core exports.
export { Client, type ClientOptions, type PayOptions } from "./client.ts";
export { Xp2pError } from "./error.ts";
export {
  contentDigest,
  createPaymentRequest,
  jwkThumbprint,
  parseHandle,
  signRequest,
  validateAmount,
  verifyReceipt,
  verifyRequest,
} from "./functions.ts";
export { createDeviceKey, type Key, type Protection, SigningKey } from "./key.ts";
export type { WasmSource } from "./loading.ts";
export type * from "./types.ts";
