// Files that nobody but their owner reads or writes, for Node and what is like it.
import { constants, type FileHandle, open } from "node:fs/promises";
import { Xp2pError } from "./error.ts";
import { member } from "./member.ts";

/** Names hold addresses, and file systems differ in what they allow: a file is called by the digest. */
export async function fileName(name: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(name));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Opens a file to read it, or nothing when there is none.
 *
 * @throws Xp2pError `argument_invalid` when others can read the file, or own it; and the errors of the file system
 */
export async function openOwn(path: string): Promise<FileHandle | undefined> {
  // A link would be followed to a file of somebody's choice.
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch(unless("ENOENT"));
  if (!file) return undefined;
  const { mode, uid } = await file.stat();
  // Node on Windows has no `getuid`, and makes the mode up.
  if (process.getuid && ((mode & 0o077) !== 0 || uid !== process.getuid())) {
    await file.close();
    throw new Xp2pError("argument_invalid", `others can read ${path}, or own it: take another one, or set its mode to 600`, false, "folder");
  }
  return file;
}

/** Takes one error of the file system for an answer, and throws every other. */
export function unless(code: string): (error: unknown) => undefined {
  return (error) => {
    if (member(error, "code") !== code) throw error;
  };
}
