// What stands in for a platform's own way of knowing who somebody is: test people, chosen or made here. None of
// it is in the contract, and a live wallet has none of it.
import { parseHandle } from "/xp2p/index.js";
import { answerWithPasskey, hasPasskeys } from "./passkeys.js";

/** The test people to choose from, or none where the sandbox does not list them. */
export async function people(platform) {
  try {
    const answer = await fetch(`${platform}/sandbox/people`, { credentials: "omit" });
    if (!answer.ok) return [];
    const { people } = await answer.json();
    return people.filter(({ name, handle, account }) => [name, handle, account].every((text) => typeof text === "string"));
  } catch {
    return [];
  }
}

/** Lets a test person trust this device's key. Whoever has a passkey is asked for it, for this key and no other. */
export async function enrol(platform, handle, key, label) {
  const enrolment = { handle, jwk: key.publicJwk, label };
  try {
    return await post(platform, "/sandbox/enrolments", enrolment);
  } catch (error) {
    if (error.code !== "passkey_required" || !hasPasskeys) throw error;
  }
  const { id, options } = await post(platform, "/sandbox/enrolments/challenge", { handle, jwk: key.publicJwk });
  const credential = await answerWithPasskey(options).catch((cause) => {
    throw Object.assign(new Error("no passkey was given", { cause }), { code: "passkey_required" });
  });
  return post(platform, "/sandbox/enrolments", { ...enrolment, passkey: { challenge: id, credential } });
}

/** Makes a person with some play money in each currency that is offered. */
export async function makePerson(platform, { name, handle, currencies }) {
  const funds = Object.entries(PLAY_MONEY).filter(([currency]) => currencies.some(({ code }) => code === currency));
  return post(platform, "/sandbox/accounts", { name, handle, funds: funds.map(([currency, value]) => ({ value, currency })) });
}

const PLAY_MONEY = { EUR: "100.00", USD: "100.00", JPY: "15000" };

async function post(platform, path, content) {
  const headers = { "content-type": "application/json" };
  const request = { method: "POST", headers, body: JSON.stringify(content), credentials: "omit" };
  const answer = await fetch(platform + path, request);
  const body = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(body.title), { code: body.code, param: body.param });
  return body;
}

/** Handles that a name suggests, the plainest first. */
export function handlesFor(name) {
  const plain = name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const words = plain.split(/[^a-z0-9]+/).filter(Boolean);
  const [first = "", last = ""] = [words[0], words.length > 1 ? words.at(-1) : ""];
  const number = String(crypto.getRandomValues(new Uint16Array(1))[0] % 900 + 100);
  const ideas = [first, last && `${first}.${last}`, last && `${first[0]}.${last}`, `${first}.${number}`, last && `${first}.${last}.${number}`, `guest.${number}`];
  return [...new Set(ideas.filter(isHandle))];
}

function isHandle(text) {
  try {
    return Boolean(parseHandle(text));
  } catch {
    return false;
  }
}
