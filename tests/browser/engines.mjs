// The three browser engines behind one small interface: real pages, real key strokes.
//
// Chromium is driven through its DevTools, Firefox through WebDriver BiDi, WebKit through the WebDriver
// of WebKitGTK on a display of its own. `cargo xtask test` names each one in the environment; one that
// it could neither find nor install is left out, and the tests say so.
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { Builder, By, Capabilities, Key } from "selenium-webdriver";
import { launch as launchChromium } from "./chromium.mjs";

const { XP2P_FIREFOX: firefox, XP2P_WEBKIT: webkit } = process.env;

/** Each engine, and how to start it; `undefined` where this machine has none. */
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
 *   picture(path)             what it shows, as a PNG
 *   front()                   before the windows that it opened
 *   beside(url)               a second tab with the same storage; WebKit's driver gives one window only
 *   close()
 */

async function startChromium() {
  const browser = await launchChromium();
  return {
    async open(url) {
      const context = await browser.newContext();
      const tab = async (url) => {
        const page = await context.newPage();
        await page.goto(url);
        return { ...interfaceOf(page, (given) => context.waitForEvent("page", given)), beside: tab, close: () => context.close() };
      };
      return tab(url);
    },
    close: () => browser.close(),
  };
}

async function startFirefox() {
  const browser = await puppeteer.launch({ browser: "firefox", executablePath: firefox, headless: true });
  const tab = async (url) => {
    const page = await browser.newPage();
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
    picture: (path) => page.screenshot({ path }),
  };
}

async function startWebKit() {
  const folder = await mkdtemp(join(tmpdir(), "xp2p-webkit-"));
  const display = await startDisplay();
  const port = await freePort();
  // A home of its own, so that nothing is remembered from one run to the next.
  const env = { ...process.env, ...display.env, HOME: folder, XDG_RUNTIME_DIR: folder, NO_AT_BRIDGE: "1", LIBGL_ALWAYS_SOFTWARE: "1" };
  const driver = spawn(webkit, [`--port=${port}`, "--host=127.0.0.1"], { env, stdio: "ignore" });
  const ended = new Promise((resolve) => driver.once("exit", resolve));
  const stop = async () => {
    driver.kill();
    await ended;
    await display.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await listening(port, driver);
    const capabilities = new Capabilities({
      browserName: "MiniBrowser",
      "webkitgtk:browserOptions": { binary: process.env.XP2P_MINIBROWSER, args: ["--automation"] },
    });
    const session = await new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(capabilities).build();
    return {
      // One page at a time: the driver gives a session one window.
      async open(url) {
        await session.get(url);
        return {
          ...interfaceOfWindow(session),
          popup: (work) => popupOf(session, work),
          // The driver talks to one window, wherever it is.
          front: async () => {},
          close: () => session.get("about:blank"),
        };
      },
      async close() {
        await session.quit();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The window that WebKit's driver looks at. */
function interfaceOfWindow(session) {
  return {
    evaluate: (work, ...given) => evaluate(session, work, given),
    type: (text) => session.actions().sendKeys(text).perform(),
    press: (key) => press(session, key),
    click: (selector) => session.findElement(By.css(selector)).click(),
    reload: () => session.navigate().refresh(),
    goto: (url) => session.get(url),
    back: () => session.navigate().back(),
    url: () => session.getCurrentUrl(),
    picture: async (path) => writeFile(path, await session.takeScreenshot(), "base64"),
  };
}

/** The window that work opens. WebKit's driver looks at one window at a time. */
async function popupOf(session, work) {
  const before = await session.getWindowHandle();
  const known = new Set(await session.getAllWindowHandles());
  await work();
  const find = async () => (await session.getAllWindowHandles()).find((handle) => !known.has(handle));
  await session.wait(find, 10_000, "no window was opened");
  const popup = await find();
  const there = async (run) => {
    await session.switchTo().window(popup);
    try {
      return await run();
    } finally {
      await session.switchTo().window(before);
    }
  };
  const looking = Object.entries(interfaceOfWindow(session)).map(([name, work]) => [name, (...given) => there(() => work(...given))]);
  return {
    ...Object.fromEntries(looking),
    front: async () => {},
    async close() {
      await session.switchTo().window(popup);
      await session.close();
      await session.switchTo().window(before);
    },
  };
}

/** Runs a function in WebKit's page. What it throws comes back as an error here. */
async function evaluate(session, work, given) {
  const script = `const done = arguments[0];
    Promise.resolve().then(() => (${work})(...${JSON.stringify(given)}))
      .then((value) => done({ value }), (error) => done({ error: String(error?.stack ?? error) }));`;
  const { value, error } = await session.executeAsyncScript(script);
  if (error) throw new Error(error);
  return value ?? undefined;
}

const named = { Backspace: Key.BACK_SPACE, Delete: Key.DELETE, Tab: Key.TAB, Enter: Key.ENTER, Home: Key.HOME, End: Key.END, ArrowLeft: Key.ARROW_LEFT, ArrowRight: Key.ARROW_RIGHT };

function press(session, key) {
  return session.actions().sendKeys(named[key] ?? key).perform();
}

/** A display that nobody sees. The server picks a number that is free and says which. */
async function startDisplay() {
  const server = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "800x1024x24", "-nolisten", "tcp"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  const number = await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.stdio[3].once("data", (data) => resolve(String(data).trim()));
    ended.then((code) => reject(new Error(`Xvfb ended with ${code}`)));
  });
  return {
    env: { DISPLAY: `:${number}` },
    async stop() {
      server.kill();
      await ended;
    },
  };
}

/** Waits until a driver takes connections, or fails when it has ended. */
async function listening(port, driver) {
  while (driver.exitCode === null && driver.signalCode === null) {
    const answered = await fetch(`http://127.0.0.1:${port}/status`).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${webkit} ended with ${driver.exitCode ?? driver.signalCode}`);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
