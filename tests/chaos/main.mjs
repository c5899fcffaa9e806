// `cargo xtask chaos`: prints a table, and ends with 1 if any order is paid twice, lost, or told wrongly.
import { parseArgs } from "node:util";
import { seed as drawn } from "../random.mjs";
import { chaos, table } from "./run.mjs";

const { values } = parseArgs({ options: { payments: { type: "string", default: "500" }, seed: { type: "string", default: String(drawn) } } });
const [payments, seed] = [Number(values.payments), Number(values.seed)];
console.log(`${payments} payments; to have the same fates again: --seed ${seed}`);
const result = await chaos({
  payments,
  seed,
  say: ({ begun }) => process.stderr.write(`\r${begun} of ${payments} begun `),
});
process.stderr.write("\r\x1b[K");
console.log(table(result));
process.exitCode = result.wrong.length ? 1 : 0;
