// The contract itself: it passes a linter, its examples are what it says they must be, and the watch
// that the other tests keep over their exchanges does see what is wrong.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { complaints, contract, file } from "../contract.mjs";
import { errorCodes } from "../vectors.mjs";

test("the linter finds nothing", async () => {
  const linter = fileURLToPath(import.meta.resolve("@redocly/cli/bin/cli.js"));
  const env = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" };
  const { stderr } = await promisify(execFile)(process.execPath, [linter, "lint", "--extends", "recommended-strict", file], { env });
  assert.match(stderr, /is valid/);
});

test("every example is what its schema says", () => {
  const ajv = new Ajv({ strict: false });
  addFormats(ajv);
  ajv.addSchema(contract, "openapi.yaml");
  let count = 0;
  const walk = (node, pointer) => {
    if (node === null || typeof node !== "object") return;
    if ("example" in node && node.type) {
      count++;
      assert.ok(ajv.validate({ $ref: `openapi.yaml#${pointer}` }, node.example), `${pointer}: ${ajv.errorsText()}`);
    }
    for (const [step, inner] of Object.entries(node)) {
      walk(inner, `${pointer}/${encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1"))}`);
    }
  };
  walk(contract.components.schemas, "/components/schemas");
  assert.ok(count > 30);
});

test("every operation that acts for somebody says whose keys may, and every change has an idempotency key", () => {
  for (const [path, item] of Object.entries(contract.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      if (operation.security.length === 0) continue;
      assert.ok(operation["x-keys"]?.length, `${method} ${path}`);
      const parameters = operation.parameters.map(({ $ref, name }) => $ref?.split("/").at(-1) ?? name);
      assert.ok(parameters.includes("Signature") && parameters.includes("SignatureInput"), `${method} ${path}`);
      assert.equal(parameters.includes("IdempotencyKey"), method === "post", `${method} ${path}`);
    }
  }
});

test("the codes it lists are those of the vectors", () => {
  const sent = errorCodes.filter(({ status }) => status).map(({ code }) => code);
  assert.deepEqual(contract.components.schemas.ErrorCode.enum, sent);
});

test("the watch sees what is wrong", () => {
  const exchange = { method: "GET", url: "https://api.example/v1/handles/lutece", status: 200, type: "application/json" };
  const holder = { handle: "lutece", account: "acct_lutece00", name: "Lutèce Books", kind: "merchant" };
  const seen = (change) => complaints({ ...exchange, body: JSON.stringify(holder), ...change });
  assert.deepEqual(seen({}), []);
  assert.equal(seen({ body: JSON.stringify({ ...holder, kind: "robot" }) }).length, 1);
  assert.equal(seen({ type: "text/html" }).length, 1);
  assert.equal(seen({ status: 204 }).length, 1);
  assert.equal(seen({ status: 404, type: "application/problem+json", body: "{}" }).length, 6);
  assert.deepEqual(seen({ url: "https://api.example/healthz" }), []);
});
