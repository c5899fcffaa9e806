// The part of Node that is used for files. All of Node's types would declare the globals of browsers
// a second time.
declare module "node:fs/promises" {
  interface FileHandle {
    stat(): Promise<{ readonly mode: number; readonly uid: number; readonly size: number; readonly mtimeMs: number }>;
    read(into: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
    writeFile(bytes: Uint8Array | string): Promise<void>;
    utimes(accessed: Date, modified: Date): Promise<void>;
    sync(): Promise<void>;
    close(): Promise<void>;
  }
  /** Windows has no `O_NOFOLLOW`. */
  const constants: { readonly O_RDONLY: number; readonly O_NOFOLLOW?: number };
  function open(path: string, flags: string | number, mode?: number): Promise<FileHandle>;
  function link(existing: string, path: string): Promise<void>;
  function rename(from: string, to: string): Promise<void>;
  function readdir(path: string): Promise<string[]>;
  function unlink(path: string): Promise<void>;
  function mkdir(path: string, options: { readonly recursive: true; readonly mode: number }): Promise<unknown>;
}

declare const process: { readonly getuid?: () => number };
