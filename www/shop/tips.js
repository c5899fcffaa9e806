// Tips: within the limits of a link they are paid by this page's key, without a window. Above, the wallet asks.
import { createClient } from "/xp2p/index.js";
import { platform, say, words } from "./words.js";

const find = (id) => document.getElementById(id);
const client = await createClient({ platform });
const limits = { currency: "EUR", perPayment: "1.00", perPeriod: "5.00", period: "day", lifetime: "20.00" };
let linked;

await showLink();

find("tips").addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button) return;
  const checkout = client.checkout({ to: "@lutece", amount: button.value, currency: "EUR", note: words.tipNote });
  checkout.on("change", () => say("#tips-status", checkout));
});

find("link").addEventListener("click", async () => {
  if (linked) await client.revokeLink(linked.id);
  else {
    const expiresAt = Math.floor(Date.now() / 1000) + 30 * 86_400;
    const request = client.requestLink({ payees: ["@lutece"], limits, expiresAt, note: words.tips });
    request.on("change", () => say("#tips-status", request));
    await request.outcome;
  }
  await showLink();
});

async function showLink() {
  linked = (await client.links()).find((link) => link.status === "active");
  find("link").textContent = linked ? words.unlink : words.link;
  find("tips-text").textContent = linked ? words.tipsLinked : words.tipsText;
}
