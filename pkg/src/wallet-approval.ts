// Approving a checkout: what was shown is signed, and sent until it is known what became of it.
import { toError, Xp2pError } from "./error.ts";
import { member } from "./member.ts";
import { backoff, pause } from "./pause.ts";
import type { PlatformKeys } from "./platform-keys.ts";
import type { Party } from "./types.ts";
import { readCheckout } from "./wallet-answers.ts";
import type { WalletExchange } from "./wallet-exchange.ts";
import type { Intents } from "./wallet-intents.ts";
import type { Checkout, Decision, PaymentRecord, ProvenPayment } from "./wallet-types.ts";

/** `Approval` of the contract: exactly what the payer saw (PSD2 RTS, article 5). */
export interface Approval {
  readonly checkout: string;
  readonly payer: string;
  readonly payee: Party;
  readonly amount: { readonly value: string; readonly currency: string };
  readonly request_digest: string;
  readonly expires_at: number;
}

export interface ApproveOptions {
  /** Ends the waiting, not the approval. */
  readonly signal?: AbortSignal | undefined;
  /** Called when an answer was lost, and it is asked again what became of the approval. */
  readonly onLost?: ((error: Xp2pError) => void) | undefined;
}

/** The approval of what is shown, in the platform's own words. */
export function approvalOf(shown: Checkout, payer: string): Approval {
  const { handle, account } = shown.payee;
  return {
    checkout: shown.id,
    payer,
    payee: { handle, account },
    amount: { value: shown.amount.value, currency: shown.amount.currency },
    request_digest: shown.requestDigest,
    expires_at: shown.expiresAt,
  };
}

/** The approving side of checkouts. */
export class Approvals {
  constructor(
    private readonly exchange: WalletExchange,
    private readonly platformKeys: PlatformKeys,
    private readonly intents: Intents,
  ) {}

  async read(id: string): Promise<Checkout> {
    return this.checkout(id, await this.exchange.get(`/v1/checkouts/${id}`));
  }

  async post(id: string, what: "open" | "decline"): Promise<Checkout> {
    return this.checkout(id, await this.exchange.post(`/v1/checkouts/${id}/${what}`));
  }

  /** Whether this checkout was approved here, and nobody knows yet what became of it. */
  pending(id: string): boolean {
    return this.intents.find(id) !== undefined;
  }

  /** Sends the approval until it is known what became of it, always the same one: requirement 8. */
  async approve(shown: Checkout, payer: string, { signal, onLost }: ApproveOptions): Promise<Decision> {
    const resumed = this.pending(shown.id);
    const { body, idempotencyKey, begunAt } = this.intents.begin(shown.id, JSON.stringify(approvalOf(shown, payer)));
    for (let failures = 0; ; failures++) {
      let lost: Xp2pError;
      const earlier = resumed || failures > 0 ? begunAt : undefined;
      try {
        const answer = await this.exchange.post<object>(`/v1/checkouts/${shown.id}/approve`, body, idempotencyKey, earlier);
        return await this.answered(answer, shown, payer);
      } catch (error) {
        lost = asError(error);
        // A key that ended since says nothing about what it sent before: whoever enrols another one asks on.
        // Nor does it help to ask again what the platform may have forgotten.
        const stays = lost.code.startsWith("key_") || lost.code === "intent_expired" || lost.code === "idempotency_key_reused";
        if (earlier !== undefined && stays) return { status: "unknown", error: lost };
        if (!isLost(lost)) return this.refused(lost, shown, payer);
      }
      if (signal?.aborted) return { status: "unknown", error: lost };
      onLost?.(lost);
      await pause(backoff(failures + 1), signal);
      if (signal?.aborted) return { status: "unknown", error: lost };
    }
  }

  /** Waits until a reviewed checkout is final. */
  async settled(checkout: Checkout, payer: string, signal?: AbortSignal): Promise<Decision> {
    for (let looks = 0; ; looks++) {
      let error = new Xp2pError("platform_unreachable", "the platform did not answer", true);
      try {
        const now = await this.read(checkout.id);
        if (now.status !== "approved") return await this.decided(now, payer);
      } catch (failure) {
        error = asError(failure);
        if (!isLost(error)) return { status: "refused", error };
      }
      if (signal?.aborted) return { status: "unknown", error };
      await pause(Math.min(500 * (looks + 1), 10_000), signal);
    }
  }

  /** How a checkout ended: paid counts only by a receipt that verifies, for this very checkout. */
  async decided(checkout: Checkout, payer: string): Promise<Decision> {
    const { payment } = checkout;
    if (!["created", "opened", "approved"].includes(checkout.status)) this.intents.end(checkout.id);
    if (checkout.status !== "paid" || payment?.payer.account !== payer) return { status: "decided", checkout };
    return { status: "paid", ...(await this.prove(payment, checkout, payer)) };
  }

  private async answered(answer: object, shown: Checkout, payer: string): Promise<Decision> {
    if ("receipt" in answer) {
      const proven = await this.prove(answer as PaymentRecord, shown, payer);
      this.intents.end(shown.id);
      return { status: "paid", ...proven };
    }
    const checkout = this.checkout(shown.id, answer);
    this.intents.end(shown.id);
    return { status: "reviewed", checkout };
  }

  private checkout(id: string, answer: unknown): Checkout {
    return readCheckout(answer, id, this.exchange.client.settings);
  }

  /** A refusal is known. That it is final may be our own doing, by an answer that was lost for long. */
  private async refused(error: Xp2pError, shown: Checkout, payer: string): Promise<Decision> {
    if (error.code !== "state_final") {
      this.intents.end(shown.id);
      return { status: "refused", error };
    }
    try {
      const decision = await this.decided(await this.read(shown.id), payer);
      this.intents.end(shown.id);
      return decision;
    } catch (failure) {
      return { status: "unknown", error: asError(failure) };
    }
  }

  /** Requirements 15 and 31: the receipt says what was shown. */
  private async prove(payment: PaymentRecord, shown: Checkout, payer: string): Promise<Required<ProvenPayment>> {
    const receipt = await this.platformKeys.verifyReceipt(payment.receipt, {
      payee: shown.payee,
      amount: shown.amount,
      reference: shown.reference,
      requestDigest: shown.requestDigest,
      payment: payment.id,
    });
    if (receipt.payer.account !== payer) {
      throw new Xp2pError("receipt_mismatch", "receipt is not for the payment that was asked for", false, "payer");
    }
    return { payment, receipt };
  }
}

/**
 * Whether it is open what became of a request: there was no answer, none of the contract's, one that says
 * to ask again, or one whose receipt proves nothing.
 */
function isLost({ code, retryable }: Xp2pError): boolean {
  return retryable || code.startsWith("receipt_");
}

/** Anything that was thrown, as an error with a code. */
export function asError(thrown: unknown): Xp2pError {
  if (thrown instanceof Xp2pError) return thrown;
  const code = member(thrown, "name") === "AbortError" ? "platform_unreachable" : "platform_answer_invalid";
  return toError({ code, message: "the platform's answer could not be read", retryable: true });
}
