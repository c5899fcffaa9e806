import { createClient } from "/xp2p/index.js";
import { say } from "./words.js";

const [platform, button, status] = ["meta[name=xp2p-platform]", "#bookmark", "#bookmark-status"].map((selector) => document.querySelector(selector));
const client = await createClient({ platform: platform.content });
button.addEventListener("click", async () => {
  const checkout = client.checkout({ to: "@lutece", amount: "1.20", currency: "EUR", note: "Bookmark" });
  checkout.on("change", () => say(status, checkout));
});
