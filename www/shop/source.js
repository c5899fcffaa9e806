// Shows the source beside what it does: the text of the very file that runs.
import { words } from "./words.js";

const wide = matchMedia("(min-width: 60rem)").matches;

for (const place of document.querySelectorAll("[data-files]")) {
  for (const [index, name] of place.dataset.files.split(" ").entries()) {
    const [details, summary, block, code] = ["details", "summary", "pre", "code"].map((tag) => document.createElement(tag));
    summary.textContent = name === "index.html" ? words.thePage : name;
    block.tabIndex = 0;
    block.role = "region";
    block.ariaLabel = `${words.source}: ${summary.textContent}`;
    block.append(code);
    details.append(summary, block);
    details.addEventListener("toggle", async () => (code.textContent ||= await textOf(name)), { once: true });
    place.append(details);
    details.open = wide && index === 0;
  }
}

async function textOf(name) {
  const text = await (await fetch(name === "index.html" ? "/" : `/${name}`)).text();
  if (name !== "index.html") return text.trimEnd();
  // The part between its two marks, moved to the left.
  const [, part = ""] = text.split("<!-- one tag -->");
  const lines = part.replace(/^\n|\n\s*$/g, "").split("\n");
  const indent = Math.min(...lines.map((line) => line.search(/\S/)));
  return ['<script type="module" src="/xp2p/button.js"></script>', "", ...lines.map((line) => line.slice(indent))].join("\n");
}
