// A few payments over a bad network; `cargo xtask chaos` makes hundreds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chaos, table } from "../chaos/run.mjs";
import { seed } from "../random.mjs";

test("requirement 8: over a network that loses answers, in browsers that are killed, every order is paid once or not at all", async (t) => {
  t.diagnostic(`to have the same fates again: XP2P_SEED=${seed}`);
  const result = await chaos({ payments: Number(process.env.XP2P_CHAOS ?? 30), seed });
  for (const line of table(result).split("\n")) t.diagnostic(line);
  assert.deepEqual(result.wrong, []);
  assert.ok(result.counts["paid once"] > 0, "nothing was paid");
});
