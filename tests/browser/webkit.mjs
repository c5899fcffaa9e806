// WebKitGTK behind the interface of engines.mjs, by its WebDriver, on a display of its own.
import { spawn, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Builder, By, Capabilities, Key } from "selenium-webdriver";

const { XP2P_WEBKIT: webkit, XP2P_MINIBROWSER: browser } = process.env;

export async function startWebKit({ width, height, dark, language } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "xp2p-webkit-"));
  const display = await startDisplay();
  const port = await freePort();
  // A home of its own, so that nothing is remembered from one run to the next.
  const env = { ...process.env, ...display.env, HOME: folder, XDG_RUNTIME_DIR: folder, NO_AT_BRIDGE: "1", LIBGL_ALWAYS_SOFTWARE: "1", ...(dark && { GTK_THEME: "Adwaita:dark" }), ...(language && speaking(language, folder)) };
  // Its tool bar would keep it wider than a phone.
  await mkdir(join(folder, ".config/gtk-3.0"), { recursive: true });
  await writeFile(join(folder, ".config/gtk-3.0/gtk.css"), "window * { min-width: 0; margin: 0; border-width: 0; padding: 0 }");
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
      "webkitgtk:browserOptions": { binary: browser, args: ["--automation"] },
    });
    const session = await new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(capabilities).build();
    return {
      // One page at a time: the driver gives a session one window.
      async open(url) {
        if (width) await resize(session, width, height);
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
    picture: (path) => pictureOf(session, path),
  };
}

/** It takes its language from the locale of its process, where no other than English may be installed. */
function speaking(language, folder) {
  if (language.startsWith("en")) return { LC_ALL: "C" };
  const locale = language.replace("-", "_");
  spawnSync("localedef", ["-i", locale, "-f", "UTF-8", join(folder, `${locale}.UTF-8`)], { stdio: "ignore" });
  return { LOCPATH: folder, LC_ALL: `${locale}.UTF-8` };
}

/** Makes the window so large that its page has this size. */
async function resize(session, width, height) {
  const window = session.manage().window();
  const [outer, inner] = [await window.getRect(), await session.executeScript("return [innerWidth, innerHeight]")];
  await window.setRect({ x: 0, y: 0, width: outer.width - inner[0] + width, height: outer.height - inner[1] + height });
  // What is narrower than it can be is left as it is: whoever asked finds out.
  await session.wait(() => session.executeScript("return innerHeight === arguments[0]", height), 2000).catch(() => {});
}

/**
 * The driver takes what is in the window, so that is as high as the page for a moment; and it takes what was drawn last,
 * so it takes it again until that is the same, as far as it ever is.
 */
async function pictureOf(session, path) {
  const [width, height, whole] = await session.executeScript("return [innerWidth, innerHeight, document.documentElement.scrollHeight]");
  if (whole > height) await resize(session, width, whole);
  let [before, taken] = [];
  for (let tries = 0; tries < 8 && (!taken || taken !== before); tries++) {
    await session.executeAsyncScript("requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(arguments[0], 50)))");
    [before, taken] = [taken, await session.takeScreenshot()];
  }
  await writeFile(path, taken, "base64");
  if (whole > height) await resize(session, width, height);
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

/**
 * A display that nobody sees. The server picks a number that is free and says which. Its pointer rests in the middle, and
 * the window under it has the focus: so it is narrow, and windows reach beyond it.
 */
async function startDisplay() {
  const server = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "700x1024x24", "-nolisten", "tcp"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
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
