// The same in a page of Chromium: `undefined` where XP2P_CHROMIUM names none.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { chromium } from "playwright-core";

const modules = {
  "big.js": import.meta.resolve("big.js").replace(/big\.js$/, "big.mjs"),
  "decimal.js": import.meta.resolve("decimal.js").replace(/decimal\.js$/, "decimal.mjs"),
  "dinero.js": import.meta.resolve("dinero.js"),
  "dinero.js/currencies": import.meta.resolve("dinero.js/currencies"),
  "xp2p/amount": import.meta.resolve("xp2p/amount"),
};
const script = `
import { init, validateAmounts } from "xp2p/amount";
import Big from "big.js";
import Decimal from "decimal.js";
import { dinero, greaterThan, toDecimal } from "dinero.js";
import { EUR } from "dinero.js/currencies";
import { amountRuns } from "/amounts.mjs";
await init();
globalThis.runs = amountRuns({ validateAmounts, Big, Decimal, dinero, greaterThan, toDecimal, EUR });`;

/** Runs of the page, which are called as those of Node are. */
export async function chromiumRuns() {
  const executablePath = process.env.XP2P_CHROMIUM;
  if (!executablePath) return undefined;
  const root = new URL("../", import.meta.url);
  const imports = Object.fromEntries(Object.entries(modules).map(([name, url]) => [name, `/${url.slice(root.href.length)}`]));
  const page = `<!doctype html><title>A benchmark</title><script type="importmap">${JSON.stringify({ imports })}</script><script type="module">${script}</script>`;
  const server = createServer(async ({ url }, response) => {
    const file = url === "/amounts.mjs" ? new URL("bench/amounts.mjs", root) : new URL(`.${url}`, root);
    const body = url === "/" ? page : file.href.startsWith(root.href) && (await readFile(file).catch(() => ""));
    response.writeHead(body ? 200 : 404, { "content-type": url === "/" ? "text/html; charset=utf-8" : "text/javascript; charset=utf-8" }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  const tab = await browser.newPage();
  tab.on("pageerror", (error) => console.error(String(error)));
  await tab.goto(`http://127.0.0.1:${server.address().port}/`);
  await tab.waitForFunction(() => globalThis.runs);
  const names = await tab.evaluate(() => Object.keys(globalThis.runs));
  return {
    runs: Object.fromEntries(names.map((name) => [name, () => tab.evaluate((name) => globalThis.runs[name](), name)])),
    async close() {
      await browser.close();
      server.close();
      server.closeAllConnections();
    },
  };
}
