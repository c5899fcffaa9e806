// Every state of the wallet and of the shop, one after the other, and how a person comes there from the one before. What
// a step gives back is what it would have needed and the engine has not.
import { armed, until, view } from "./wallet-page.mjs";

const words = { note: "Two paperbacks, gift-wrapped", reference: "order-1042" };

const there = (page, selector) => until(page, (selector) => document.querySelector(selector) !== null, selector);

async function click(page, selector) {
  await there(page, selector);
  await page.click(selector);
}

/** Elsewhere first: the same address with another fragment would not be loaded again. */
async function at({ page, sandbox }, query = "") {
  await page.goto("about:blank");
  await page.goto(`${sandbox.walletUrl}${query}`);
}

async function signIn({ page, handle }) {
  await view(page, "sign-in");
  await page.click("#handle");
  await page.type(handle);
  await page.press("Enter");
}

async function agree(page, id = "approve") {
  await armed(page, id);
  await page.click(`#${id}`);
}

/** What a checkout of this kind looks like to the payer. */
const shows = (name, draft, from = "registered") => async (asked) => {
  const { id } = await asked[from].checkout(draft);
  await at(asked, `?checkout=${id}`);
  await view(asked.page, name);
  if (name === "approval") await armed(asked.page);
};

const part = (name) => async (asked) => {
  await at(asked, `#${name}`);
  await view(asked.page, name);
};

export const walletStates = {
  opening: (asked) => at(asked, "opening"),
  "sign-in": shows("sign-in", words),
  async "sign-up"({ page }) {
    await page.click(".or button");
    await view(page, "sign-up");
    await page.click("#name");
    await page.type("Noor Haddad");
  },
  async "approval-first-payment"(asked) {
    await click(asked.page, ".back");
    await signIn(asked);
    await view(asked.page, "approval");
    await armed(asked.page);
  },
  /** What was agreed to is on its way, and its answer is lost. */
  async unknown({ page, post }) {
    await post("/sandbox/faults", { seed: 1, rules: [{ fault: "drop-before-commit", operation: "POST /v1/checkouts/{id}/approve" }] });
    await agree(page);
    await view(page, "finding-out");
  },
  async approved({ page, post }) {
    await post("/sandbox/faults", { seed: 1, rules: [] });
    await view(page, "paid");
  },
  "approved-receipt": ({ page }) => page.click("summary"),
  "approval-known": shows("approval", words),
  async declined({ page }) {
    await page.click("#decline");
    await view(page, "declined");
  },
  "approval-unverified-site": shows("approval", { to: "tamarind" }, "unregistered"),
  async reviewing(asked) {
    await shows("approval", { value: "11.07" })(asked);
    await agree(asked.page);
    await view(asked.page, "reviewing");
  },
  insufficient: shows("insufficient", { value: "900.00" }),
  async cancelled(asked) {
    const { id } = await asked.registered.checkout();
    await asked.registered.cancel(id);
    await at(asked, `?checkout=${id}`);
    await view(asked.page, "cancelled");
  },
  async expired(asked) {
    const { id } = await asked.registered.checkout({ expires_in: 60 });
    await asked.post("/sandbox/clock", { advance: 61 });
    await at(asked, `?checkout=${id}`);
    await view(asked.page, "expired");
    await asked.post("/sandbox/clock", { ahead: 0 });
  },
  async "not-found"(asked) {
    await at(asked, "?checkout=chk_0000000000");
    await view(asked.page, "not-found");
  },
  async link(asked) {
    const { id } = await asked.registered.link({ note: "Tips" });
    await at(asked, `?link=${id}`);
    await view(asked.page, "link");
    await armed(asked.page, "allow");
  },
  async "link-allowed"({ page }) {
    await agree(page, "allow");
    await view(page, "link-allowed");
  },
  settings: part("settings"),
  async "settings-passkey"({ page }) {
    if (!page.passkeys) return "virtual authenticator";
    await page.passkeys(true);
    await page.click("#add-passkey");
    await there(page, "[data-passkey]");
  },
  async passkey(asked) {
    if (!asked.page.passkeys) return "virtual authenticator";
    await asked.page.passkeys(false);
    await shows("approval", { value: "250.00" })(asked);
    await agree(asked.page);
    await view(asked.page, "passkey");
  },
  activity: part("activity"),
  devices: part("devices"),
  pages: part("pages"),
  limits: ({ page }) => page.click("[aria-expanded]"),
  async unreachable(asked) {
    await asked.post("/sandbox/faults", { seed: 1, rules: [{ fault: "drop-before-commit" }] });
    await at(asked);
    await view(asked.page, "unreachable");
    await asked.post("/sandbox/faults", { seed: 1, rules: [] });
  },
};

/** Opens a wallet by a click, and has the payer agree there. */
async function agreed(page, open, id, end) {
  const wallet = await page.popup(open);
  await agree(wallet, id);
  await view(wallet, end);
  await wallet.close();
}

const details = (page, open) => page.evaluate((open) => document.querySelectorAll("details").forEach((element) => (element.open = open)), open);

export const shopStates = {
  async ready(asked) {
    const { page, shop } = asked;
    await at(asked);
    await until(page, () => document.querySelector("[data-view=sign-in], a.whose") !== null);
    if (await page.evaluate(() => document.querySelector("a.whose") === null)) await signIn(asked);
    await there(page, "a.whose");
    await page.goto(shop.url);
    await until(page, () => document.querySelector("#pay")?.shadowRoot.querySelector("button.main:enabled") && document.querySelector("#link").textContent);
  },
  async sources({ page }) {
    await details(page, true);
    await until(page, () => [...document.querySelectorAll("details pre")].every(({ textContent }) => textContent));
  },
  async waiting(asked) {
    const { page } = asked;
    await details(page, false);
    await page.evaluate(() => document.querySelector("#pay").focus());
    asked.wallet = await page.popup(() => page.press("Enter"));
    await armed(asked.wallet);
    await page.front();
  },
  async paid({ page, wallet }) {
    await wallet.front();
    await agree(wallet);
    await view(wallet, "paid");
    await wallet.close();
    await until(page, () => !document.querySelector("#refund").hidden);
    await agreed(page, () => page.click("#bookmark"), "approve", "paid");
    await there(page, "#bookmark-status[data-state=paid]");
    await agreed(page, () => page.click("#link"), "allow", "link-allowed");
    await there(page, "#tips-status[data-state=active]");
    await page.click("#tips button");
    await there(page, "#tips-status[data-state=paid]");
  },
  async refunded({ page }) {
    await page.click("#refund");
    await there(page, "#steps li:nth-child(3)");
  },
};
