// What a merchant does once at their platform: says which pages and addresses are theirs, and has two keys. With the
// sandbox it is done by requests like these, outside the contract.
import { FileKeyStore, keyName } from "xp2p/key-files";
import { createClient, createWebhook } from "xp2p/server";

const HANDLE = "lutece";

/** The clients that ask and that give back, once the shop at `url` is registered. */
export async function openAccount({ platform, keys, url }) {
  const client = await createClient({ platform });
  const store = new FileKeyStore(keys);
  const withKey = async (role) => client.withKey((await store.open(keyName(client.settings, role))).key);
  const [asking, account] = [await withKey("requester"), await withKey("approval")];

  await post(`${platform}/sandbox/accounts/${HANDLE}/pages`, { origins: [url], return_urls: [`${url}/`] });
  await post(`${platform}/sandbox/enrolments`, { handle: HANDLE, jwk: account.key.publicJwk });
  const { url: address } = await createWebhook(account, `${url}/hooks`, ["payment.paid"]);
  return { asking, account, address, payee: await client.payee(HANDLE), walletUrl: client.settings.walletUrl };
}

async function post(url, value) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(value) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
}
