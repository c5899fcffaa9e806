// Chromium, the shop and the sandbox for the browser tests.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { start, startSandbox } from "../sandbox.mjs";

const executablePath = process.env.XP2P_CHROMIUM;
if (!executablePath) throw new Error("XP2P_CHROMIUM names no browser: run these tests with `cargo xtask test`");

const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export const launch = () => chromium.launch({ executablePath, args: flags });

/** The shop of www/shop beside a sandbox and its wallet, on three origins. */
export async function startShop() {
  const sandbox = await startSandbox();
  const server = join(import.meta.dirname, "../../www/shop/server.mjs");
  const keys = await mkdtemp(join(tmpdir(), "xp2p-shop-"));
  const shop = await start(process.execPath, server, "--listen", "127.0.0.1:0", "--platform", sandbox.url, "--keys", keys);
  return {
    sandbox,
    url: shop.url,
    async stop() {
      await shop.stop();
      await sandbox.stop();
      await rm(keys, { recursive: true, force: true });
    },
  };
}

/** Opens a page that fails the test for anything it complains about. */
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({ locale: "en-GB", ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => console.error(`CSP: ${violatedDirective} ${blockedURI}`));
  });
  await page.goto(url);
  return { page, context, complaints };
}
