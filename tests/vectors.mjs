// The JSON files of tests/vectors, which the tests in Rust read too.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "vectors");

/** Every case of a folder, with its name. */
export function vectors(folder) {
  return readdirSync(join(root, folder)).map((file) => ({
    name: `${folder}/${file}`,
    ...JSON.parse(readFileSync(join(root, folder, file), "utf8")),
  }));
}

export const errorCodes = JSON.parse(readFileSync(join(root, "error-codes.json"), "utf8"));

/** List one of ISO 4217 as of 2026-01-01. */
export const isoCurrencies = JSON.parse(readFileSync(join(root, "iso4217.json"), "utf8"));
