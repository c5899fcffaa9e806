/** A member of an object, `undefined` where there is none. A getter that throws counts as none. */
export function member(object: unknown, name: string): unknown {
  try {
    return (object as Readonly<Record<string, unknown>>)[name];
  } catch {
    return undefined;
  }
}
