// A page with <xp2p-button> in each of its states, in any language: a client of the page's holds them still.

export const languages = ["en", "fr", "de", "es", "ar", "ja"];
const states = ["idle", "loading", "creating", "approved", "blocked", "paid", "declined", "cancelled", "expired", "refused", "unreachable", "unknown"];

const style = `:root { color-scheme: light dark } body { margin: 0; padding: 1rem; font-family: system-ui; background: Canvas; color: CanvasText }
main { display: grid; gap: 0 1.5rem; grid-template-columns: repeat(auto-fill, minmax(min(18rem, 100%), 1fr)) } h1 { grid-column: 1 / -1; margin: 0 0 1rem; font-size: 1rem } xp2p-button { inline-size: 100% }`;

/** Puts a button of each state into the page. */
const script = `const { states, lang } = Object.fromEntries(new URLSearchParams(location.search));
document.documentElement.lang = lang;
document.documentElement.dir = lang === "ar" ? "rtl" : "ltr";
const held = (state) => {
  const receipt = { amount: { value: "12.50", currency: "EUR" }, token: "a.b.c" };
  const error = Object.assign(new Error(state), { code: state === "unreachable" ? "platform_unreachable" : "handle_unknown" });
  const shown = state === "unreachable" ? "refused" : state;
  const ended = ["paid", "declined", "cancelled", "expired", "refused", "unknown"].includes(shown);
  const outcome = ended ? Promise.resolve({ status: shown, receipt, error }) : new Promise(() => {});
  return { state: shown, error, outcome, walletUrl: "https://wallet.example/?checkout=chk_00000000", on: () => () => {}, open: () => true, cancel: async () => {} };
};
for (const state of states.split(" ")) {
  const button = document.createElement("xp2p-button");
  for (const [name, value] of Object.entries({ to: "@lutece", amount: "12.50", currency: "EUR", platform: "https://api.example" })) button.setAttribute(name, value);
  document.querySelector("main").append(button);
  // One that the click has to wait for never comes.
  if (state === "loading") { button.payment.load = () => new Promise(() => {}); button.click(); continue; }
  button.client = { checkout: () => held(state), resumeCheckout: async () => undefined, prepare: async () => {} };
  if (state !== "idle") button.click();
}`;


/** The page's files, for `serveOrigin`. */
export const files = {
  "/states.html": '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>The button</title><link rel="stylesheet" href="/style.css"><script type="module" src="/xp2p/button.js"></script><script type="module" src="/states.js"></script></head><body><main><h1>The button</h1></main></body></html>',
  "/states.js": script,
  "/style.css": style,
};

export const addressOf = (origin, lang) => `${origin.url}states.html?${new URLSearchParams({ states: states.join(" "), lang })}`;
