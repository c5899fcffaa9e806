// The shop's web server: its pages, its orders, and its account at the platform.
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { serve } from "../static.mjs";
import { openAccount } from "./account.mjs";
import { goods, postage, reckon } from "./goods.mjs";
import { merchant } from "./merchant.mjs";

const { values } = parseArgs({
  options: {
    listen: { type: "string", default: "127.0.0.1:8788" },
    platform: { type: "string", default: "http://127.0.0.1:8787" },
    keys: { type: "string", default: fileURLToPath(new URL("../../target/shop-keys", import.meta.url)) },
  },
});
const platform = new URL(values.platform).origin;

/** The pages, and the files that they show beside what they do: the very ones that run. */
const shown = ["one-tag.js", "five-lines.js", "server-made.js", "tips.js", "merchant.mjs", "goods.mjs", "orders.mjs"];
const own = ["shop.js", "shop.css", "source.js", "words.js", "icon.svg", "notre-dame.svg", "fleurs.svg", "vingt-mille.svg"];
const files = { "/": "index.html", ...Object.fromEntries([...shown, ...own].map((name) => [`/${name}`, name])) };

const open = {
  "GET /goods": async () => Response.json({ goods, postage }),
  "POST /total": async (request) => {
    const reckoned = await reckon((await request.json()).basket);
    return Response.json(reckoned ?? {}, { status: reckoned ? 200 : 422 });
  },
};

let routes;
const routed = (name) => async (request) => {
  // A platform that was away when the shop started is looked for again.
  await register(new URL(request.url).origin);
  return routes ? routes[name](request) : new Response(null, { status: 503 });
};
const names = ["POST /orders", "GET /orders", "POST /receipts", "POST /refunds", "POST /hooks"];

serve({
  folder: new URL(".", import.meta.url),
  files,
  listen: values.listen,
  routes: { ...open, ...Object.fromEntries(names.map((name) => [name, routed(name)])) },
  connect: ["'self'", platform],
  fill: { PLATFORM: platform },
  prepare: register,
});

async function register(url) {
  if (routes) return;
  try {
    routes = merchant(await openAccount({ platform, keys: values.keys, url }));
  } catch (error) {
    console.error(`the shop has no account at ${platform} yet: ${error.message}`);
  }
}
