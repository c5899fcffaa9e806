// The real sandbox, as its own process with a ledger in a folder of its own.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { watch } from "./contract.mjs";

/** The sandbox. */
export const program = process.env.XP2P_SANDBOX;
if (!program) throw new Error("XP2P_SANDBOX does not name the sandbox: run these tests with `cargo xtask test`");

/** Starts a program that prints `ready URL` on its output. */
export async function start(command, ...args) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const lines = createInterface({ input: child.stdout });
  const said = {};
  const url = await new Promise((resolve, reject) => {
    lines.on("line", (line) => {
      const [what, where] = line.split(" ");
      said[what] = where;
      if (what === "ready") resolve(where);
    });
    child.once("error", reject);
    ended.then((code) => reject(new Error(`${command} ended with ${code} before it was ready`)));
  });
  return {
    url,
    /** The wallet's address, where the program serves one. */
    walletUrl: said.wallet,
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      await ended;
    },
  };
}

/** Starts the sandbox. Every exchange of this process with it is held against the contract. */
export async function startSandbox() {
  const folder = await mkdtemp(join(tmpdir(), "xp2p-sandbox-"));
  const database = join(folder, "sandbox.sqlite");
  const page = process.env.XP2P_WALLET;
  const wallet = page ? ["--wallet", page, "--wallet-listen", "127.0.0.1:0"] : [];
  const server = await start(program, "serve", "--listen", "127.0.0.1:0", "--database", database, ...wallet);
  const { url, walletUrl } = server;
  const complaints = [];
  watch(url, (found) => complaints.push(...found));
  return {
    url,
    walletUrl,
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
      if (complaints.length) throw new Error(`against the contract:\n${complaints.join("\n")}`);
    },
    /** Lets a test person trust a key: what the wallet does for a real one. */
    async enrol(handle, key) {
      const body = JSON.stringify({ handle, jwk: key.publicJwk });
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`${url}/sandbox/enrolments`, { method: "POST", headers, body });
      if (!answer.ok) throw new Error(await answer.text());
    },
    async ledger() {
      return (await fetch(`${url}/sandbox/ledger`)).json();
    },
    async balance(handle, currency = "EUR") {
      const { balances } = await this.ledger();
      return balances.find((entry) => entry.handle === handle && entry.amount.currency === currency)?.amount.value ?? "0.00";
    },
  };
}
