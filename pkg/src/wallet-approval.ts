// Approving a checkout: what was shown is signed, and sent until it is known what became of it.
import { toError, Xp2pError } from "./error.ts";
import type { Patience } from "./exchange.ts";
import { member } from "./member.ts";
import { pause } from "./pause.ts";
import type { PlatformKeys } from "./platform-keys.ts";
import { leavesOpen } from "./requester.ts";
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
  /** Called when an answer was lost or proves nothing, and it is asked again what became of the approval. */
  readonly onLost?: (() => void) | undefined;
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

  async read(id: string, patience?: Patience): Promise<Checkout> {
    return this.checkout(id, await this.exchange.get(`/v1/checkouts/${id}`, undefined, patience));
  }

  async post(id: string, what: "open" | "decline"): Promise<Checkout> {
    return this.checkout(id, await this.exchange.post(`/v1/checkouts/${id}/${what}`));
  }

  /**
   * Whether this checkout was approved here, by this account if that is known, and nobody knows yet what became
   * of it. Who signs in after somebody else has agreed to nothing.
   */
  pending(id: string, payer?: string): boolean {
    const body = this.intents.find(id)?.body;
    return body !== undefined && (payer === undefined || body.includes(`"payer":"${payer}"`));
  }

  /** Sends the approval until it is known what became of it, always the same one: requirement 8. */
  approve(shown: Checkout, payer: string, { signal, onLost }: ApproveOptions): Promise<Decision> {
    const resumed = this.pending(shown.id, payer);
    const { body, idempotencyKey, begunAt } = this.intents.begin(shown.id, JSON.stringify(approvalOf(shown, payer)));
    // What it throws is its own affair, and must not look like a lost answer.
    const onPause = onLost && (() => void Promise.resolve().then(onLost));
    const patience: Patience = { signal, deadline: Infinity, onPause };
    return looking(patience, async (looks) => {
      const asked = { ...patience, idempotencyKey, begunAt: resumed || looks > 0 ? begunAt : undefined };
      let answer: object;
      try {
        answer = await this.exchange.post(`/v1/checkouts/${shown.id}/approve`, body, asked);
      } catch (thrown) {
        const error = asError(thrown);
        return leavesOpen(error) ? { status: "unknown", error } : this.refused(error, shown, payer, patience);
      }
      const decision = await this.answered(answer, shown, payer, patience);
      this.intents.end(shown.id);
      return decision;
    });
  }

  /** Waits until a reviewed checkout is final. */
  settled({ id }: Checkout, payer: string, signal?: AbortSignal): Promise<Decision> {
    const patience: Patience = { signal, deadline: Infinity };
    return looking(patience, async () => {
      const now = await this.read(id, patience);
      return now.status === "approved" ? undefined : this.decided(now, payer, patience);
    });
  }

  /** How a checkout ended: paid counts only by a receipt that verifies, for this very checkout. */
  async decided(checkout: Checkout, payer: string, patience?: Patience): Promise<Decision> {
    const { id, payment, status } = checkout;
    const mine = status === "paid" && payment?.payer.account === payer;
    const decision: Decision = mine
      ? { status, ...(await this.prove(payment, checkout, payer, patience)) }
      : { status: "decided", checkout };
    if (!["created", "opened", "approved"].includes(status)) this.intents.end(id);
    return decision;
  }

  private async answered(answer: object, shown: Checkout, payer: string, patience: Patience): Promise<Decision> {
    if (!("receipt" in answer)) return { status: "reviewed", checkout: this.checkout(shown.id, answer) };
    return { status: "paid", ...(await this.prove(answer as PaymentRecord, shown, payer, patience)) };
  }

  private checkout(id: string, answer: unknown): Checkout {
    return readCheckout(answer, id, this.exchange.client);
  }

  /** A refusal is known. That it is final may be our own doing, by an answer that was lost for long. */
  private async refused(error: Xp2pError, shown: Checkout, payer: string, patience: Patience): Promise<Decision> {
    const decision: Decision =
      error.code === "state_final"
        ? await this.decided(await this.read(shown.id, patience), payer, patience)
        : { status: "refused", error };
    this.intents.end(shown.id);
    return decision;
  }

  /** Requirements 15 and 31: the receipt says what was shown. */
  private async prove(payment: PaymentRecord, shown: Checkout, payer: string, patience?: Patience): Promise<Required<ProvenPayment>> {
    const { payee, amount, reference, requestDigest } = shown;
    const expected = { payee, amount, reference, requestDigest, payment: payment.id };
    const receipt = await this.platformKeys.verifyReceipt(payment.receipt, expected, patience);
    if (receipt.payer.account !== payer) {
      throw new Xp2pError("receipt_mismatch", "receipt is not for the payment that was asked for", false, "payer");
    }
    return { payment, receipt };
  }
}

/**
 * Looks, in growing pauses, until that says something. What was approved is never refused by a look that fails:
 * an answer that proves nothing, a receipt of a key that is not known yet for instance, is asked for again.
 */
async function looking({ signal, onPause }: Patience, look: (looks: number) => Promise<Decision | undefined>): Promise<Decision> {
  for (let looks = 0; ; looks++) {
    let error = new Xp2pError("aborted", "nobody waits any longer", true);
    try {
      const decision = await look(looks);
      if (decision) return decision;
    } catch (failure) {
      error = asError(failure);
      if (!error.retryable && !error.code.startsWith("receipt_")) return { status: "unknown", error };
      onPause?.();
    }
    if (!signal?.aborted) await pause(Math.min(500 * (looks + 1), 10_000), signal);
    if (signal?.aborted) return { status: "unknown", error };
  }
}

/** Anything that was thrown, as an error with a code. */
export function asError(thrown: unknown): Xp2pError {
  if (thrown instanceof Xp2pError) return thrown;
  const code = member(thrown, "name") === "AbortError" ? "platform_unreachable" : "platform_answer_invalid";
  return toError({ code, message: "the platform's answer could not be read", retryable: true });
}
