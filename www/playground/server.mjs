// The playground's web server.
import { parseArgs } from "node:util";
import { serve } from "../static.mjs";

const { values } = parseArgs({ options: { listen: { type: "string", default: "127.0.0.1:8789" } } });
const files = {
  "/": "index.html",
  "/playground.js": "playground.js",
  "/playground.css": "playground.css",
  "/icon.svg": "../shop/icon.svg",
};
serve({ folder: new URL(".", import.meta.url), files, listen: values.listen });
