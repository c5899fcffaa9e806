// The wallet when nothing waits: what one has, what happened, and who may pay.
import { activity } from "./activity.js";
import { devices } from "./devices.js";
import { pages } from "./pages.js";
import { h, show } from "./page.js";
import { settings } from "./settings.js";
import { words } from "./words.js";

/** The views, by the fragment of the address. */
const views = { activity, devices, pages, settings };

export function home(app) {
  const go = () => view(app, Object.hasOwn(views, location.hash.slice(1)) ? location.hash.slice(1) : "activity");
  if (!app.atHome) addEventListener("hashchange", () => app.account && go());
  app.atHome = true;
  return go();
}

async function view(app, name) {
  try {
    const content = await views[name](app, () => view(app, name));
    show(name, () => h("section", { class: "card home" }, menu(name), ...[content].flat()));
  } catch (error) {
    console.error(error);
    if (error.code === "key_revoked" || error.code === "key_unknown") return app.start();
    app.unreachable();
  }
}

function menu(current) {
  const links = Object.keys(views).map((name) => h("a", { href: `#${name}`, "aria-current": name === current && "page" }, words[name]));
  return h("nav", { "aria-label": words.menu }, links);
}
