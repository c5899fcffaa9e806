// xp2p/outbox-files: what was begun and has no answer yet, in files, for Node and what is like it.
import { mkdir, open, readdir, rename, unlink } from "node:fs/promises";
import { asText } from "./arguments.ts";
import type { Intent, Outbox } from "./outbox.ts";
import { fileName, openOwn, unless } from "./own-files.ts";
import { pause } from "./pause.ts";

export type { Intent, Outbox } from "./outbox.ts";

/** How long a process that has died keeps others waiting, in milliseconds. */
const LEASE = 10_000;

/**
 * Keeps each intent in a file of its own, of mode 0600, written aside and then named: a process that is
 * killed leaves a whole file or none. Processes on one folder keep out of each other's way by further files.
 */
export class FileOutbox implements Outbox {
  constructor(
    /** The folder, which is made if it is not there. */
    private readonly folder: string,
  ) {
    asText(folder, "folder");
  }

  async put(intent: Intent): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await write(await this.path(intent.id, "json"), JSON.stringify(intent));
  }

  async delete(id: string): Promise<void> {
    await unlink(await this.path(id, "json")).catch(unless("ENOENT"));
  }

  async list(): Promise<readonly Intent[]> {
    const names = (await readdir(this.folder).catch(unless("ENOENT"))) ?? [];
    const texts = await Promise.all(names.filter((name) => name.endsWith(".json")).map((name) => read(`${this.folder}/${name}`)));
    return texts.flatMap((text) => (text === undefined ? [] : [JSON.parse(text) as Intent]));
  }

  async exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const path = await this.path(name, "lock");
    const holder = crypto.randomUUID();
    while (!(await take(path, holder))) await pause(100);
    const renewing = setInterval(() => void renew(path, holder), LEASE / 4);
    try {
      return await work();
    } finally {
      clearInterval(renewing);
      // A process that slept for longer than its lease has lost it: what is there now is somebody else's.
      if ((await read(path)) === holder) await unlink(path).catch(unless("ENOENT"));
    }
  }

  private async path(name: string, extension: string): Promise<string> {
    return `${this.folder}/${await fileName(name)}.${extension}`;
  }
}

async function read(path: string): Promise<string | undefined> {
  const file = await openOwn(path);
  if (!file) return undefined;
  try {
    const bytes = new Uint8Array((await file.stat()).size);
    await file.read(bytes, 0, bytes.length, 0);
    return new TextDecoder().decode(bytes);
  } finally {
    await file.close();
  }
}

/** Writes a file aside and gives it its name, in place of what had it. */
async function write(path: string, text: string): Promise<void> {
  const aside = `${path}.${crypto.randomUUID()}`;
  const file = await open(aside, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(aside, path);
  // The name outlives a power cut once its folder is written. Windows opens no folders.
  const folder = await open(path.slice(0, path.lastIndexOf("/")), "r").catch(() => undefined);
  try {
    await folder?.sync();
  } finally {
    await folder?.close();
  }
}

/** Whether the lock is taken: where there was none, or one of a process that no longer renews it. */
async function take(path: string, holder: string): Promise<boolean> {
  const made = await open(path, "wx", 0o600).catch(unless("EEXIST"));
  if (made) {
    await made.writeFile(holder);
    await made.close();
    return true;
  }
  const file = await openOwn(path);
  if (!file) return false;
  const { mtimeMs } = await file.stat();
  await file.close();
  if (Date.now() - mtimeMs < LEASE) return false;
  // Of several that find it at once, the last one to write has it.
  await write(path, holder);
  await pause(LEASE / 20);
  return (await read(path)) === holder;
}

async function renew(path: string, holder: string): Promise<void> {
  if ((await read(path)) !== holder) return;
  const file = await open(path, "r+").catch(unless("ENOENT"));
  const now = new Date();
  await file?.utimes(now, now);
  await file?.close();
}
