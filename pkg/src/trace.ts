// What goes over the network, told to whoever asks in this page: times and tries, nothing that is secret or says
// who pays whom. Nothing leaves the page.
import { type Answer, type Message, send } from "./transport.ts";

/** One request and its answer. */
export interface Trace {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** 0 where no answer came. */
  readonly status: number;
  /** The platform's own name for this request, which its support asks for. */
  readonly requestId?: string | undefined;
  /** 1 at first; more when the same intent is sent again. */
  readonly attempt: number;
  /** Milliseconds of the Unix epoch. */
  readonly startedAt: number;
  /** Milliseconds until the whole answer was there. */
  readonly duration: number;
}

/** Sends, and tells. */
export class Tracer {
  readonly listeners = new Set<(trace: Trace) => void>();
  private attempts = new Map<string, number>();

  readonly send = async (message: Message): Promise<Answer> => {
    if (!this.listeners.size) return send(message);
    const { method, url, headers } = message;
    const intent = headers["idempotency-key"];
    const attempt = ((intent && this.attempts.get(intent)) || 0) + 1;
    if (intent) this.attempts.set(intent, attempt);
    const startedAt = Date.now();
    const answer = await send(message);
    const [status, fields] = answer;
    const duration = Date.now() - startedAt;
    const parts = fields.split("\0");
    const requestId = parts[parts.indexOf("request-id") + 1 || -1];
    const trace = { method, path: new URL(url).pathname, status, requestId, attempt, startedAt, duration };
    // What a listener throws is its own affair, and must not look like a lost answer.
    for (const listener of this.listeners) void Promise.resolve(trace).then(listener);
    return answer;
  };
}
