import { createClient } from "/xp2p/index.js";
import { platform, say } from "./words.js";

const client = await createClient({ platform });
document.querySelector("#bookmark").addEventListener("click", () => {
  const checkout = client.checkout({ to: "@lutece", amount: "1.20", currency: "EUR", note: "Bookmark" });
  checkout.on("change", () => say("#bookmark-status", checkout));
});
