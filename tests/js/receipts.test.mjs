// The programs of docs/receipts.md, as they stand there, with a receipt that the sandbox gave.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createClient, init, SigningKey } from "xp2p";
import { createLocalJWKSet, jwtVerify } from "jose";
import { startSandbox } from "../sandbox.mjs";

const has = (program) => spawnSync(program, ["--version"]).status === 0;
const shell = has("jq") && spawnSync("openssl", ["version"], { encoding: "utf8" }).stdout?.startsWith("OpenSSL 3");
const python = process.env.XP2P_PYTHON;
/** In CI everything has to be there. */
const unless = (there, missing) => (there || process.env.CI ? false : missing);
const languages = {
  js: { file: "verify.mjs", program: process.execPath, skip: false },
  python: { file: "verify.py", program: python, skip: unless(python, "there is no Python: install python3 with venv") },
  sh: { file: "verify.sh", program: "sh", skip: unless(shell, "there is no OpenSSL 3 with jq") },
};

let folder, sandbox, token, keys, expected, page;
before(async () => {
  await init();
  page = await readFile(join(import.meta.dirname, "../../docs/receipts.md"), "utf8");
  folder = await mkdtemp(join(tmpdir(), "xp2p-receipts-"));
  await symlink(join(import.meta.dirname, "../node_modules"), join(folder, "node_modules"), "junction");
  sandbox = await startSandbox();
  const key = SigningKey.generate();
  await sandbox.enrol("alice", key);
  const client = await createClient({ platform: sandbox.url, key });
  const outcome = await client.pay({ to: "@lutece", amount: "12.50", currency: "EUR", reference: "order-1042" });
  token = outcome.receipt.token;
  keys = await (await fetch(`${sandbox.url}/.well-known/jwks.json`)).json();
  expected = { issuer: client.settings.issuer, payee: "acct_lutece00", value: "12.50", currency: "EUR", reference: "order-1042" };
});
after(async () => {
  await sandbox?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a program of the page on these files. */
async function run(language, change = {}) {
  const { file, program } = languages[language];
  const [, source] = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "s").exec(page);
  await writeFile(join(folder, file), source);
  await writeFile(join(folder, "receipt.jwt"), change.token ?? token);
  await writeFile(join(folder, "jwks.json"), JSON.stringify(change.keys ?? keys));
  await writeFile(join(folder, "expected.json"), JSON.stringify({ ...expected, ...change.expected }));
  return spawnSync(program, [file], { cwd: folder, encoding: "utf8" });
}

/** The same receipt with another claim, under the signature of the old one. */
function forged() {
  const [header, claims, signature] = token.split(".");
  const changed = Buffer.from(claims, "base64url").toString().replace("12.50", "92.50");
  return [header, Buffer.from(changed).toString("base64url"), signature].join(".");
}

const withHeader = (change) => {
  const [header, ...rest] = token.split(".");
  const changed = { ...JSON.parse(Buffer.from(header, "base64url")), ...change };
  return [Buffer.from(JSON.stringify(changed)).toString("base64url"), ...rest].join(".");
};

for (const [language, { skip }] of Object.entries(languages)) {
  test(`the program in ${language} takes the sandbox's receipt, and nothing else`, { skip }, async (t) => {
    const { stdout, stderr, status } = await run(language);
    assert.equal(status, 0, stderr);
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys));
    assert.equal(stdout.trim(), `${payload.jti}: 12.50 EUR to @lutece`);
    const stranger = SigningKey.generate().publicJwk;
    const changes = {
      "a changed amount": { token: forged(), expected: { value: "92.50" } },
      "another key under the same id": { keys: { keys: [{ ...keys.keys[0], ...stranger }] } },
      "no such key": { keys: { keys: [] } },
      "another type": { token: withHeader({ typ: "JWT" }) },
      "no algorithm": { token: withHeader({ alg: "none" }).replace(/[^.]*$/, "") },
      "another amount": { expected: { value: "12.51" } },
      "another currency": { expected: { currency: "USD" } },
      "another payee": { expected: { payee: "acct_mallory0" } },
      "another reference": { expected: { reference: "order-1043" } },
      "another issuer": { expected: { issuer: "https://evil.example/sandbox" } },
      "half a receipt": { token: token.slice(0, token.length / 2) },
    };
    for (const [what, change] of Object.entries(changes)) {
      const { status, stdout } = await run(language, change);
      assert.notEqual(status, 0, `${what}: ${stdout}`);
      assert.doesNotMatch(stdout, /to @lutece/, what);
    }
    t.diagnostic(`one receipt taken, ${Object.keys(changes).length} refused`);
  });
}
