// The three browser engines behind one small interface: real pages, real key strokes.
//
// Chromium is driven through its DevTools, Firefox through WebDriver BiDi, WebKit through the WebDriver
// of WebKitGTK on a display of its own. `cargo xtask test` names each one in the environment; one that
// it could neither find nor install is left out, and the tests say so.
import puppeteer from "puppeteer-core";
import { launch as launchChromium } from "./chromium.mjs";
import { startWebKit } from "./webkit.mjs";

const { XP2P_FIREFOX: firefox, XP2P_WEBKIT: webkit } = process.env;

/**
 * Each engine, and how to start it; `undefined` where this machine has none. It can be asked to look at pages with
 * `width` and `height`, `dark`, in a `language`, with `forced` colours. What an engine has no such thing for, it ignores.
 */
export const engines = {
  chromium: startChromium,
  firefox: firefox && startFirefox,
  webkit: webkit && startWebKit,
};

/*
 * An engine gives `open(url)` and `close()`; a page gives
 *   evaluate(work, ...given)  runs a function in the page, with JSON in and out
 *   type(text), press(key)    key strokes to whatever has the focus; keys by their DOM names
 *   click(selector)
 *   reload(), goto(url), back(), url()
 *   popup(work)               runs work, which opens a window, and gives that window's page
 *   picture(path)             the whole page, as a PNG
 *   passkeys(verified)        from now on somebody with passkeys is there, verified or not; in Chromium alone
 *   front()                   before the windows that it opened
 *   beside(url)               a second tab with the same storage; WebKit's driver gives one window only
 *   close()
 */

async function startChromium({ width, height, dark, language, forced } = {}) {
  const browser = await launchChromium();
  const options = { ...(width && { viewport: { width, height } }), ...(dark && { colorScheme: "dark" }), ...(language && { locale: language }), ...(forced && { forcedColors: "active" }) };
  return {
    async open(url) {
      const context = await browser.newContext(options);
      const tab = async (url) => {
        const page = await context.newPage();
        await page.goto(url);
        const passkeys = authenticator(page);
        return { ...interfaceOf(page, (given) => context.waitForEvent("page", given)), passkeys, beside: tab, close: () => context.close() };
      };
      return tab(url);
    },
    close: () => browser.close(),
  };
}

/** A person with passkeys, by the page's debugger. */
function authenticator(page) {
  let debug, made;
  return async (verified) => {
    if (!made) {
      debug = await page.context().newCDPSession(page);
      await debug.send("WebAuthn.enable");
      const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, automaticPresenceSimulation: true };
      made = await debug.send("WebAuthn.addVirtualAuthenticator", { options });
    }
    await debug.send("WebAuthn.setUserVerified", { ...made, isUserVerified: verified });
  };
}

async function startFirefox({ width, height, dark, language, forced } = {}) {
  const extraPrefsFirefox = {
    ...(dark && { "layout.css.prefers-color-scheme.content-override": 0 }),
    ...(language && { "intl.accept_languages": language }),
    ...(forced && { "browser.display.document_color_use": 2, "browser.display.use_system_colors": false, "browser.display.background_color": "#000000", "browser.display.foreground_color": "#ffffff", "browser.anchor_color": "#ffff00", "browser.visited_color": "#ffff00" }),
  };
  const browser = await puppeteer.launch({ browser: "firefox", executablePath: firefox, headless: true, extraPrefsFirefox });
  const tab = async (url) => {
    const page = await browser.newPage();
    if (width) await page.setViewport({ width, height });
    await page.goto(url);
    const opened = () => new Promise((resolve) => page.once("popup", resolve));
    return { ...interfaceOf(page, opened), beside: tab, close: () => page.close() };
  };
  return { open: tab, close: () => browser.close() };
}

/** What Playwright and Puppeteer have in common. */
function interfaceOf(page, opened) {
  return {
    evaluate: (work, ...given) => page.evaluate(`(${work})(...${JSON.stringify(given)})`),
    type: (text) => page.keyboard.type(text),
    press: (key) => page.keyboard.press(key),
    click: (selector) => page.click(selector),
    reload: () => page.reload(),
    goto: (url) => page.goto(url),
    back: () => page.goBack(),
    url: async () => page.url(),
    async popup(work) {
      const [popup] = await Promise.all([opened(), work()]);
      return { ...interfaceOf(popup), close: () => popup.close() };
    },
    front: () => page.bringToFront(),
    picture: (path) => page.screenshot({ path, fullPage: true }),
  };
}
