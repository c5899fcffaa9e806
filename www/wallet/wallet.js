// The wallet: whose it is, what waits, and the way between its views. It takes nothing from its address but the id
// of a checkout or a link, and nothing from messages at all (requirements 1 and 3).
import { openWallet } from "/xp2p/wallet.js";
import { approval } from "./approval.js";
import { avatar } from "./avatar.js";
import { at, h, show, sign } from "./page.js";
import { answerWithPasskey, hasPasskeys } from "./passkeys.js";
import { signIn } from "./sign-in.js";
import { isFramed } from "./window.js";
import { words } from "./words.js";

/** What the address asks for: an id of the contract, given once, or nothing. */
function asked() {
  const given = new URLSearchParams(location.search);
  const one = (name, form) => {
    const [id, ...further] = given.getAll(name);
    return !further.length && form.test(id ?? "") ? id : undefined;
  };
  return { checkout: one("checkout", /^chk_[0-9a-z]{8,40}$/), link: one("link", /^lnk_[0-9a-z]{8,40}$/) };
}

const app = {
  platform: undefined,
  wallet: undefined,
  account: undefined,

  /** Begins, and begins anew after somebody signed in or out. */
  async start() {
    try {
      app.platform ??= (await (await fetch("/platform.json")).json()).platform;
      app.wallet ??= await openWallet({ platform: app.platform, ...(hasPasskeys && { passkey: answerWithPasskey }) });
      const session = await app.wallet.session();
      app.account = session.account;
      showWhose();
      const { checkout, link } = asked();
      const waiting = Boolean(checkout ?? link);
      if (session.status !== "signed-in") return await signIn(app, { waiting, revoked: session.status === "revoked", next: app.start });
      if (checkout) return await approval(app, checkout);
      if (link) return await (await import("./linking.js")).linking(app, link);
      (await import("./home.js")).home(app);
    } catch (error) {
      console.error(error);
      app.unreachable();
    }
  },

  /** Signs out here, so that somebody else may sign in. What waits is still there. */
  async switchAccount() {
    try {
      await app.wallet.signOut();
    } catch (error) {
      console.error(error);
      return app.unreachable();
    }
    await app.start();
  },

  unreachable() {
    show("unreachable", (signal) => {
      window.addEventListener("online", () => app.start(), { signal });
      const again = h("button", { type: "button", class: "main", onclick: () => app.start() }, words.tryAgain);
      return h("section", { class: "card ending" }, sign("notice"), h("h1", {}, words.unreachable), h("p", { class: "lead" }, words.unreachableText), h("div", { class: "decision" }, again));
    });
  },
};

/** Whose wallet it is, always in the same place. */
function showWhose() {
  const { account } = app;
  document.getElementById("whose").replaceChildren(...(account ? [h("a", { class: "whose", href: "/" }, avatar(account, "tiny"), at(account.handle))] : []));
}

/** Framed, it shows no more than the way out, and opens no key: requirement 5. */
function refuseFrame() {
  show("framed", () => h("section", { class: "card ending" }, sign("stopped"), h("h1", {}, words.framed), h("p", { class: "lead" }, words.framedText), h("a", { class: "main button", href: location.origin, target: "_blank", rel: "noopener noreferrer" }, words.openWindow)));
}

if (isFramed) refuseFrame();
else app.start();
