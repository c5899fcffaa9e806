// Chromium as a process that can be killed, with a profile that outlives it.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const executablePath = process.env.XP2P_CHROMIUM;
if (!executablePath) throw new Error("XP2P_CHROMIUM names no browser: run this by `cargo xtask chaos` or `cargo xtask test`");

const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-port=0"];

/** How long a browser may take to start. */
const START = 30_000;

/** A profile folder and the browsers that use it, one after the other. */
export async function newProfile() {
  const folder = await mkdtemp(join(tmpdir(), "xp2p-chaos-"));
  return {
    launch: () => launch(folder),
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }),
  };
}

async function launch(folder) {
  const port = join(folder, "DevToolsActivePort");
  await rm(port, { force: true });
  // In a group of its own, so that none of its processes outlives it.
  const child = spawn(executablePath, [...flags, `--user-data-dir=${folder}`, "about:blank"], { stdio: "ignore", detached: true });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const kill = async () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await ended;
  };
  try {
    const browser = await chromium.connectOverCDP(`http://127.0.0.1:${await whenWritten(port)}`);
    const [context] = browser.contexts();
    return { open: () => context.newPage(), kill };
  } catch (error) {
    await kill();
    throw error;
  }
}

/** The number in the first line of a file that the browser writes when it listens. */
async function whenWritten(file) {
  for (const start = Date.now(); Date.now() - start < START; ) {
    const [port, path] = (await readFile(file, "utf8").catch(() => "")).split("\n");
    if (path) return port;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  throw new Error("the browser did not say where it listens");
}
