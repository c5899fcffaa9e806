// What every entry of the core exports.
export { Client, type ClientOptions, type PayOptions } from "./client.ts";
export type { Resumed } from "./asker.ts";
export type { Patience } from "./exchange.ts";
export type { Asked, Checkout, CheckoutDraft, CheckoutOptions, CheckoutOutcome, CheckoutRequest, CheckoutState } from "./checkout.ts";
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
export type { Link, LinkDraft, LinkLimits, LinkOptions, LinkOutcome, LinkRequest, LinkState } from "./link-request.ts";
export type { Intent, Outbox } from "./outbox.ts";
export type { Trace } from "./trace.ts";
export type { WalletMode } from "./wallet-window.ts";
export type { WasmSource } from "./loading.ts";
export type * from "./types.ts";
