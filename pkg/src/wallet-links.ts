// Linked pages: what they ask for, what the payer agrees to, and the end of it.
import type { Payee } from "./types.ts";
import { readLink } from "./wallet-answers.ts";
import type { WalletExchange } from "./wallet-exchange.ts";
import type { Link, LinkLimits, Page } from "./wallet-types.ts";

/** What a payer agrees to: the limits that were asked for or lower ones, until then or earlier. */
export interface LinkTerms {
  readonly limits?: Partial<Pick<LinkLimits, "perPayment" | "perPeriod" | "lifetime">> | undefined;
  /** Unix seconds. */
  readonly expiresAt?: number | undefined;
}

export class WalletLinks {
  /** @internal */
  constructor(
    private readonly exchange: WalletExchange,
    private readonly account: () => Promise<Payee>,
  ) {}

  list(cursor?: string): Promise<Page<Link>> {
    return this.exchange.get("/v1/links", cursor);
  }

  /** A link as the platform holds it. Show it, and give this very object to `approve`. */
  async get(id: string): Promise<Link> {
    return this.read(id, await this.exchange.get(`/v1/links/${id}`));
  }

  /**
   * Agrees to a link, perhaps to less than was asked for.
   *
   * @throws Xp2pError `approval_mismatch` for more than that, `state_final`, `account_blocked`
   */
  async approve(shown: Link, terms: LinkTerms = {}): Promise<Link> {
    const { account } = await this.account();
    return this.post(shown.id, "approve", {
      link: shown.id,
      payer: account,
      payees: shown.payees.map(({ handle, account }) => ({ handle, account })),
      limits: limitsOf(shown, terms),
      expires_at: terms.expiresAt ?? shown.expiresAt,
    });
  }

  decline(id: string): Promise<Link> {
    return this.post(id, "decline");
  }

  /** Lowers the limits of an active link. @throws Xp2pError `approval_mismatch` for higher ones */
  lower(link: Link, limits: NonNullable<LinkTerms["limits"]>): Promise<Link> {
    return this.post(link.id, "limits", limitsOf(link, { limits }));
  }

  /** Ends a link, at once. */
  revoke(id: string): Promise<Link> {
    return this.post(id, "revoke");
  }

  private async post(id: string, what: string, body?: object): Promise<Link> {
    return this.read(id, await this.exchange.post(`/v1/links/${id}/${what}`, body));
  }

  private read(id: string, answer: unknown): Link {
    return readLink(answer, id, this.exchange.client);
  }
}

function limitsOf({ limits: asked }: Link, { limits = {} }: LinkTerms): object {
  return {
    per_payment: limits.perPayment ?? asked.perPayment,
    per_period: limits.perPeriod ?? asked.perPeriod,
    period: asked.period,
    lifetime: limits.lifetime ?? asked.lifetime,
  };
}
