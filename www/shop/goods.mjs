// What the shop sells. Prices are here and nowhere else: a page that says another one is not asked.
import { addAmounts, init } from "xp2p/amount";

const euros = (value) => ({ value, currency: "EUR" });

export const goods = {
  "notre-dame": { title: "Notre-Dame de Paris", author: "Victor Hugo", price: euros("9.80") },
  fleurs: { title: "Les Fleurs du mal", author: "Charles Baudelaire", price: euros("4.90") },
  "vingt-mille": { title: "Vingt mille lieues sous les mers", author: "Jules Verne", price: euros("7.60") },
};
export const postage = euros("2.70");

/** The most of one book in an order. */
const MOST = 9;

/** The lines of a basket `{ "notre-dame": 1 }` and what it costs; nothing where it is none. */
export async function reckon(basket) {
  await init();
  const ordered = Object.entries(basket ?? {}).filter(([, count]) => count !== 0);
  const fits = ([id, count]) => Object.hasOwn(goods, id) && Number.isInteger(count) && count > 0 && count <= MOST;
  if (!ordered.length || !ordered.every(fits)) return undefined;
  const lines = ordered.map(([id, count]) => ({ id, count, title: goods[id].title, price: goods[id].price }));
  const each = lines.flatMap(({ count, price }) => Array(count).fill(price));
  return { lines, total: each.reduce((sum, price) => addAmounts(sum, price), postage) };
}
