// The basket's button: our server makes the checkout, and our server believes only what verifies.
import { basket, showOrder } from "./shop.js";

const button = document.querySelector("#pay");
// Kept beside what the package keeps of the checkout, for as long: a tab that was closed has paid perhaps.
let { order, checkout } = JSON.parse(localStorage.getItem("order") ?? "{}");

// Called in the click: the wallet's window opens at once, and shows the checkout when it is made.
async function make() {
  ({ order, checkout } = await send("/orders", { basket }));
  localStorage.setItem("order", JSON.stringify({ order, checkout }));
  return checkout;
}

// After a reload, or in a new tab, the button goes on with the checkout that there is.
button.checkout = checkout ?? make;
for (const state of ["declined", "cancelled", "expired", "failed"]) {
  button.addEventListener(`xp2p-${state}`, () => {
    localStorage.removeItem("order");
    button.checkout = make;
  });
}

button.addEventListener("xp2p-paid", async ({ detail }) => {
  showOrder(await send("/receipts", { order, receipt: detail.outcome.receipt.token }));
  localStorage.removeItem("order");
  // Shipped it is when the platform has told our server, which takes a moment.
  for (let wait = 200; wait < 10_000; wait *= 1.5) {
    const now = await (await fetch(`/orders?order=${order}`)).json();
    showOrder(now);
    if (now.state !== "paid") break;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
});

document.querySelector("#refund").addEventListener("click", async ({ currentTarget }) => {
  currentTarget.disabled = true;
  try {
    showOrder(await send("/refunds", { order }));
  } finally {
    // Pressed again after a lost answer it asks for the same refund, which is made once.
    currentTarget.disabled = false;
  }
});

async function send(path, value) {
  const answer = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(value) });
  if (!answer.ok) throw new Error(`the shop answered ${answer.status}`);
  return answer.json();
}
