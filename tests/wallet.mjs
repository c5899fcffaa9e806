// What a wallet does, by the platform's API alone: a test person's approval key that looks, agrees and declines.
import { createClient, SigningKey } from "xp2p";

/** The wallet of a test person of the sandbox. */
export async function openWallet(sandbox, handle) {
  const key = SigningKey.generate();
  await sandbox.enrol(handle, key);
  const client = await createClient({ platform: sandbox.url, key });
  const { account: payer } = await client.payee(handle);
  const post = (path, content) => client.exchange({ method: "POST", path, body: content && JSON.stringify(content) });
  const party = ({ handle, account }) => ({ handle, account });
  return {
    client,
    checkout: (id) => client.exchange({ method: "GET", path: `/v1/checkouts/${id}` }),
    open: (id) => post(`/v1/checkouts/${id}/open`),
    decline: (id) => post(`/v1/checkouts/${id}/decline`),
    async approve(id) {
      const { payee, amount, request_digest, expires_at } = await this.checkout(id);
      return post(`/v1/checkouts/${id}/approve`, { checkout: id, payer, payee: party(payee), amount, request_digest, expires_at });
    },
    async approveLink(id, change = {}) {
      const { payees, limits, expires_at } = await client.exchange({ method: "GET", path: `/v1/links/${id}` });
      return post(`/v1/links/${id}/approve`, { link: id, payer, payees: payees.map(party), limits: { ...limits, ...change }, expires_at });
    },
    declineLink: (id) => post(`/v1/links/${id}/decline`),
    revokeLink: (id) => post(`/v1/links/${id}/revoke`),
  };
}

/** Waits until a checkout or a link is in a state. */
export function reached(request, ...states) {
  return new Promise((resolve) => {
    const look = () => states.includes(request.state) && (stop(), resolve(request));
    const stop = request.on("change", look);
    look();
  });
}
