// Who asks, for the tests of the wallet: a requester key in Node, and what it asks for.
import { createClient, SigningKey } from "xp2p";

/** A merchant's server that asks by `sandbox`'s API; with `origin` a page, of which a browser says where it is. */
export async function asker(sandbox, { origin } = {}) {
  const client = (await createClient({ platform: sandbox.url })).withKey(SigningKey.generate());
  const exchange = (asked) => from(origin, () => client.exchange(asked));
  const post = (path, body) => exchange({ method: "POST", path, ...(body && { body: JSON.stringify(body) }) });
  const get = (path) => exchange({ method: "GET", path });
  await post("/v1/keys", { jwk: client.key.publicJwk, role: "requester" });
  const party = async (handle) => {
    const { account } = await client.payee(handle);
    return { handle, account };
  };
  return {
    client,
    /** Asks for a payment. */
    async checkout({ to = "lutece", value = "12.50", currency = "EUR", ...more } = {}) {
      return post("/v1/checkouts", { payee: await party(to), amount: { value, currency }, ...more });
    },
    read: (id) => get(`/v1/checkouts/${id}`),
    cancel: (id) => post(`/v1/checkouts/${id}/cancel`),
    /** Asks to pay, one payee or several, without asking. */
    async link({ to = "lutece", limits = {}, days = 30, ...more } = {}) {
      const amount = (value) => ({ value, currency: "EUR" });
      const { perPayment = "5.00", perPeriod = "20.00", lifetime = "50.00" } = limits;
      const asked = { per_payment: amount(perPayment), per_period: amount(perPeriod), period: "week", lifetime: amount(lifetime) };
      return post("/v1/links", { payees: await Promise.all([to].flat().map(party)), limits: asked, expires_at: Math.floor(Date.now() / 1000) + days * 86_400, ...more });
    },
    readLink: (id) => get(`/v1/links/${id}`),
    pay: (draft) => client.pay(draft),
  };
}

/** Says with every request what a browser would say of the page that makes it. */
async function from(origin, work) {
  const { fetch } = globalThis;
  if (origin) globalThis.fetch = (url, settings) => fetch(url, { ...settings, headers: { ...settings?.headers, origin } });
  try {
    return await work();
  } finally {
    globalThis.fetch = fetch;
  }
}
