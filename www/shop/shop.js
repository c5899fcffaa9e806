// A small honest merchant: shows whom and how much, pays on a click, and believes only a receipt.
import { createClient, createDeviceKey } from "/xp2p/index.js";
import { formatted, formattedTime, translate, words } from "./words.js";

const platform = document.querySelector("meta[name=xp2p-platform]").content;
const find = (id) => document.getElementById(id);
const [button, status, payer] = ["pay", "status", "payer"].map(find);
const draft = { to: "@lutece", amount: "12.50", currency: "EUR" };

translate(document);
payer.value = new URLSearchParams(location.search).get("payer") ?? "alice";
/** A key of this device for each test person who pays here. */
const keys = new Map();
let connected = false;
await connect();
button.addEventListener("click", () => (connected ? pay() : connect()));

/** Loads the wasm and looks up who is going to be paid, so that a click has only to pay. */
async function connect() {
  say("loading");
  try {
    const client = await createClient({ platform });
    const { name, handle } = await client.payee(draft.to);
    find("payee").textContent = `${name} (@${handle})`;
    connected = true;
    label("pay", draft.amount);
    say();
  } catch (error) {
    console.error(error);
    label("tryAgain");
    say("unreachable");
  }
  button.disabled = false;
}

async function pay() {
  button.disabled = payer.disabled = true;
  say("paying");
  const { reference, idempotencyKey } = rememberedIntent();
  try {
    const client = await createClient({ platform, key: await signIn(payer.value) });
    show(await client.pay({ ...draft, reference }, { idempotencyKey }), client.key);
  } catch (error) {
    // Whatever fails here fails before a payment is sent.
    console.error(error);
    show({ status: "unreachable" });
  }
}

/**
 * The order's number and the key of its one payment, kept over a reload: pressing the button again
 * asks for the same payment, not for another one.
 */
function rememberedIntent() {
  const kept = sessionStorage.getItem("intent");
  if (kept) return JSON.parse(kept);
  const intent = { reference: `order-${Date.now().toString(36)}`, idempotencyKey: crypto.randomUUID() };
  sessionStorage.setItem("intent", JSON.stringify(intent));
  return intent;
}

/** What the wallet will do: the sandbox lets a test person trust this device's key. */
async function signIn(handle) {
  const known = keys.get(handle);
  if (known) return known;
  const key = await createDeviceKey();
  const body = JSON.stringify({ handle, jwk: key.publicJwk });
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${platform}/sandbox/enrolments`, { method: "POST", headers, body });
  if (!answer.ok) throw new Error(`the sandbox did not take the key: ${answer.status}`);
  keys.set(handle, key);
  return key;
}

function show(outcome, key) {
  const settled = outcome.status === "paid" || outcome.status === "refused";
  if (settled) sessionStorage.removeItem("intent");
  button.disabled = false;
  if (outcome.status === "paid") {
    button.hidden = true;
    say("paid");
    showReceipt(outcome.receipt, key);
    return;
  }
  payer.disabled = outcome.status === "unknown";
  label(outcome.status === "unknown" ? "checkAgain" : "tryAgain");
  if (outcome.status === "refused") {
    say(outcome.error.code === "insufficient_funds" ? "insufficientFunds" : "refused", outcome.error.code);
  } else {
    say(outcome.status, outcome.error?.code);
  }
}

function showReceipt(receipt, key) {
  const lines = {
    to: `@${receipt.payee.handle}`,
    from: `@${receipt.payer.handle}`,
    amount: formatted(receipt.amount.value),
    reference: receipt.reference,
    date: formattedTime(receipt.issuedAt),
    id: receipt.payment,
    key: key.protection === "non-extractable" ? words.nonExtractable : words.memory,
  };
  for (const [word, text] of Object.entries(lines)) {
    const [term, description] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = words[word];
    description.textContent = text;
    find("receipt").append(term, description);
  }
  find("token").textContent = receipt.token;
  find("proof").hidden = false;
}

/** Says where things stand; the code is for whoever helps the payer. */
function say(word, code) {
  status.textContent = word ? words[word] : "";
  status.dataset.state = word ?? "ready";
  if (code) status.dataset.code = code;
  else delete status.dataset.code;
}

function label(word, amount) {
  button.textContent = amount ? `${words[word]} ${formatted(amount)}` : words[word];
}
