// 10,000 amounts checked and brought into their one form, by the package in one call and by what somebody
// would take instead. The same file runs in Node and in a page.

const count = 10_000;

/** What runs, by name: each gives the nanoseconds for one amount. */
export function amountRuns({ validateAmounts, Big, Decimal, dinero, toDecimal, greaterThan, EUR }) {
  const rows = Array.from({ length: count }, (_, row) => ({ value: `${(row * 7919) % 1_000_000}.${String(row % 100).padStart(2, "0")}`, currency: "EUR" }));
  rows[0] = { value: "0.01", currency: "EUR" };
  const zero = dinero({ amount: 0, currency: EUR });
  const each = (check) => () => rows.map(({ value, currency }) => ({ value: check(value), currency }));
  const runs = {
    "xp2p": () => validateAmounts(rows).amounts,
    "big.js": each((value) => {
      const amount = new Big(value);
      if (amount.lte(0) || !amount.round(2).eq(amount)) throw new RangeError(value);
      return amount.toFixed(2);
    }),
    "decimal.js": each((value) => {
      const amount = new Decimal(value);
      if (amount.lte(0) || amount.decimalPlaces() > 2) throw new RangeError(value);
      return amount.toFixed(2);
    }),
    // dinero.js takes minor units, so the text is taken apart before.
    "dinero.js": each((value) => {
      const [, whole, fraction] = /^(\d+)\.(\d\d)$/.exec(value) ?? [];
      const amount = dinero({ amount: Number(whole + fraction), currency: EUR });
      if (!greaterThan(amount, zero)) throw new RangeError(value);
      return toDecimal(amount);
    }),
  };
  const expected = JSON.stringify(rows);
  for (const [name, run] of Object.entries(runs)) {
    if (JSON.stringify(run()) !== expected) throw new Error(`${name} gives something else`);
  }
  const timed = (run) => () => {
    const start = performance.now();
    run();
    return ((performance.now() - start) * 1e6) / count;
  };
  return Object.fromEntries(Object.entries(runs).map(([name, run]) => [name, timed(run)]));
}
