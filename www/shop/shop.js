// A small honest merchant: shows whom and how much, pays on a click, and believes only a receipt.
import { createClient, createDeviceKey, init } from "/xp2p/index.js";
import { formatted, locale, translate, words } from "./words.js";

const platform = document.querySelector("meta[name=xp2p-platform]").content;
const find = (id) => document.getElementById(id);
const [button, status, payer] = ["pay", "status", "payer"].map(find);
const draft = { to: "@lutece", amount: "12.50", currency: "EUR" };

translate(document);
payer.value = new URLSearchParams(location.search).get("payer") ?? "alice";
let key;
let client;
await connect();
button.addEventListener("click", () => (client ? pay() : connect()));

/** Loads the wasm, makes this device's key and looks up who is going to be paid. */
async function connect() {
  say("loading");
  try {
    await init();
    key ??= await createDeviceKey();
    client = await createClient({ platform, key });
    const { name, handle } = await client.payee(draft.to);
    find("payee").textContent = `${name} (@${handle})`;
    label("pay", draft.amount);
    say();
  } catch (error) {
    client = undefined;
    console.error(error);
    label("tryAgain");
    say("unreachable");
  }
  button.disabled = false;
}

async function pay() {
  button.disabled = payer.disabled = true;
  say("paying");
  const intent = rememberedIntent();
  const outcome = (await signIn(payer.value))
    ? await client.pay({ ...draft, reference: intent.reference }, { idempotencyKey: intent.idempotencyKey })
    : { status: "unreachable" };
  show(outcome);
}

/**
 * The order's number and the key of its one payment, kept over a reload: pressing the button again
 * asks for the same payment, not for another one.
 */
function rememberedIntent() {
  const kept = sessionStorage.getItem("intent");
  if (kept) return JSON.parse(kept);
  const intent = { reference: `order-${Date.now()}`, idempotencyKey: crypto.randomUUID() };
  sessionStorage.setItem("intent", JSON.stringify(intent));
  return intent;
}

/** What the wallet will do: the sandbox lets a test person trust this device's key. */
async function signIn(handle) {
  const body = JSON.stringify({ handle, jwk: key.publicJwk });
  const request = { method: "POST", headers: { "content-type": "application/json" }, body };
  const answer = await fetch(`${platform}/sandbox/enrolments`, request).catch(() => undefined);
  return answer?.ok;
}

function show(outcome) {
  const settled = outcome.status === "paid" || outcome.status === "refused";
  if (settled) sessionStorage.removeItem("intent");
  button.disabled = false;
  if (outcome.status === "paid") {
    button.hidden = true;
    say("paid");
    showReceipt(outcome.receipt);
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

function showReceipt(receipt) {
  const date = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short" });
  const lines = {
    to: `@${receipt.payee.handle}`,
    from: `@${receipt.payer.handle}`,
    amount: formatted(receipt.amount.value),
    reference: receipt.reference,
    date: date.format(receipt.issuedAt * 1000),
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
