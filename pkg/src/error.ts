/**
 * The one error of this package. `code` is stable: branch on it, never on the message, which is for
 * developers and may be reworded.
 */
export class Xp2pError extends Error {
  override readonly name = "Xp2pError";

  /** @internal */
  constructor(
    /** The stable code, as listed in the contract: `amount_too_precise`, `insufficient_funds`. */
    readonly code: string,
    message: string,
    /** Whether the same intent may be sent again with the same idempotency key. */
    readonly retryable: boolean,
    /** The parameter that was refused, such as `amount`. */
    readonly param?: string,
    options?: ErrorOptions,
  ) {
    super(param === undefined ? message : `${message} (\`${param}\`)`, options);
  }
}

/** An error within a result, as the wasm writes it. */
export type ErrorMembers = Pick<Xp2pError, "code" | "message" | "retryable" | "param">;

/** What the wasm answered, unless it is a refusal: those begin with a mark that nothing else begins with. */
export function unrefused(answer: string): string {
  if (answer.startsWith("!")) throw toError(JSON.parse(answer.slice(1)) as ErrorMembers);
  return answer;
}

export function toError({ code, message, retryable, param }: ErrorMembers): Xp2pError {
  return new Xp2pError(code, message, retryable, param);
}
