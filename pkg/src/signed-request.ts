// One signed request, for what is not an exchange of JSON.
import type { Client } from "./client.ts";
import { type ErrorMembers, toError } from "./error.ts";
import { type Exchange, next, signature, start } from "./exchange.ts";
import type { Message } from "./transport.ts";

/** The message that asks for it, signed now and with a nonce of its own: it is sent once. */
export async function signedRequest(signer: Client, asked: Exchange): Promise<Message> {
  const key = signer.signer();
  const course = start(signer.bound, key, asked);
  try {
    const { sign } = next(course);
    if (sign !== undefined) course.signed(await signature(key, sign));
    const { send, refused } = next(course);
    if (send) return send;
    throw toError(refused as ErrorMembers);
  } finally {
    course.free();
  }
}
