// The shop's orders, in memory. A real shop has a database here, and noting an event and what follows from it is one transaction.
const STATES = ["awaiting", "paid", "shipped", "refunded"];
const orders = new Map();
const heard = new Set();

/** A new order, known by a number that nobody guesses. */
export function begin(lines, amount) {
  const id = crypto.randomUUID();
  const order = { id, reference: `LB-${id.slice(0, 8)}`, lines, amount, state: "awaiting" };
  orders.set(id, order);
  return order;
}

export const find = (id) => orders.get(id);

export const ofCheckout = (checkout) => [...orders.values()].find((order) => order.checkout === checkout);

/** Notes what became of an order. Its state moves forward only: what is late or repeated changes nothing. */
export function advance(order, state, noted = {}) {
  if (STATES.indexOf(state) <= STATES.indexOf(order.state)) return;
  Object.assign(order, noted, { state });
}

/** Whether an event of the platform is new. It is delivered at least once. */
export const isNew = (event) => !heard.has(event);

/** Notes an event, once what it says is done. */
export const note = (event) => void heard.add(event);
