// Holds exchanges against contract/openapi.yaml: every answer must be one that the contract gives for
// that operation and status, and every request that was answered with success one that it allows.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { parse } from "yaml";

export const file = join(import.meta.dirname, "../contract/openapi.yaml");
export const contract = parse(readFileSync(file, "utf8"));

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema(contract, "openapi.yaml");

/** A schema of the document, compiled; JSON pointers in it are the document's. */
const compiled = new Map();
function validator(pointer) {
  if (!compiled.has(pointer)) compiled.set(pointer, ajv.compile({ $ref: `openapi.yaml${pointer}` }));
  return compiled.get(pointer);
}

/** Follows a `$ref` and says where it led. */
function resolve(node, pointer) {
  if (!node?.$ref) return [node, pointer];
  const target = node.$ref.slice(2).split("/").reduce((place, step) => place[step.replaceAll("~1", "/")], contract);
  return [target, node.$ref];
}

const escape = (step) => encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1"));

/** The operation behind a method and a path, with the place where it stands. */
export function operationOf(method, pathname) {
  for (const [template, item] of Object.entries(contract.paths)) {
    const pattern = new RegExp(`^${template.replace(/[.]/g, "\\.").replace(/\{\w+\}/g, "[^/]+")}$`);
    const operation = pattern.test(pathname) ? item[method.toLowerCase()] : undefined;
    if (operation) return { operation, pointer: `#/paths/${escape(template)}/${method.toLowerCase()}` };
  }
  return undefined;
}

/** What is wrong with an exchange; empty where nothing is. Addresses outside the contract are not looked at. */
export function complaints({ method, url, requestBody, status, type, body }) {
  const found = operationOf(method, new URL(url).pathname);
  if (!found) return [];
  const { operation, pointer } = found;
  const wrong = [];
  const which = operation.responses[status] ? String(status) : "default";
  const [response, place] = resolve(operation.responses[which], `${pointer}/responses/${which}`);
  const media = type?.split(";")[0];
  if (which === "default" && status < 400) wrong.push(`${operation.operationId} does not answer ${status}`);
  else if (!response.content?.[media]) wrong.push(`${operation.operationId} ${status} is not ${media}`);
  else if (media.endsWith("json")) {
    const valid = validator(`${place}/content/${escape(media)}/schema`);
    if (!valid(JSON.parse(body))) wrong.push(...valid.errors.map(({ instancePath, message }) => `${operation.operationId} ${status} ${instancePath} ${message}`));
  }
  if (operation.requestBody && status < 300) {
    const valid = validator(`${pointer}/requestBody/content/application~1json/schema`);
    if (!valid(JSON.parse(requestBody))) wrong.push(...valid.errors.map(({ instancePath, message }) => `${operation.operationId} took ${instancePath} ${message}`));
  }
  return wrong;
}

/** From now on every `fetch` to this origin in this process is held against the contract. */
export function watch(origin, report) {
  const { fetch } = globalThis;
  globalThis.fetch = async (input, settings) => {
    const request = new Request(input, settings);
    const { method, url } = request;
    const requestBody = url.startsWith(origin) ? await request.clone().text() : "";
    const response = await fetch(request);
    // A stream of events has no end to wait for.
    if (url.startsWith(origin) && !response.headers.get("content-type")?.startsWith("text/event-stream")) {
      const body = await response.clone().text();
      report(complaints({ method, url, requestBody, status: response.status, type: response.headers.get("content-type"), body }));
    }
    return response;
  };
}
