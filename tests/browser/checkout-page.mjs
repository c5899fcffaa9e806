// What a page does that asks for a payment, as functions that run in it: the tests' merchant.

/** Puts a button on the page that asks for a payment when it is clicked, and notes what becomes of it. */
export async function setUp({ platform, draft, options, resume }) {
  const { createClient } = await import("/xp2p/index.js");
  const client = (globalThis.client = await createClient({ platform }));
  globalThis.states = [];
  const follow = (checkout) => {
    if (!checkout || checkout === globalThis.checkout) return;
    globalThis.checkout = checkout;
    checkout.on("change", ({ state }) => globalThis.states.push(state));
  };
  globalThis.draft = draft;
  document.body.innerHTML = '<button id="pay">Pay</button>';
  document.querySelector("#pay").addEventListener("click", () => follow(client.checkout(draft, options)));
  if (resume) return client.resumeCheckout().then(follow, ({ code }) => code);
}

/** Waits until the page's checkout is in one of these states. */
export async function reach(...states) {
  while (!states.includes(globalThis.checkout?.state)) await new Promise((resolve) => setTimeout(resolve, 20));
  const { id, state, walletUrl, error } = globalThis.checkout;
  return { id, state, walletUrl, ...(error && { code: error.code }) };
}

/** How it ended, as far as it goes through a driver. */
export async function outcome() {
  const { status, receipt, error } = await globalThis.checkout.outcome;
  return { status, ...(receipt && { reference: receipt.reference, amount: receipt.amount }), ...(error && { code: error.code }) };
}
