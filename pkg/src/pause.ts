// Waiting in a page that sleeps, goes offline and comes back.

/** What tells that a page, or its network, is back. */
const WAKES = ["online", "pageshow", "visibilitychange"] as const;

/** Calls the listener when the page wakes, until the result is called. */
export function onWake(listener: () => void): () => void {
  for (const name of WAKES) globalThis.addEventListener?.(name, listener);
  return () => {
    for (const name of WAKES) globalThis.removeEventListener?.(name, listener);
  };
}

/** Waits, until the page wakes or the signal aborts at the latest. Offline it waits for the network. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stop();
      signal?.removeEventListener("abort", end);
      resolve();
    };
    // `onLine` says false only where there is no network at all, and not every system says it in time.
    const timer = setTimeout(end, globalThis.navigator?.onLine === false ? 60_000 : milliseconds);
    const stop = onWake(end);
    signal?.addEventListener("abort", end);
    if (signal?.aborted) end();
  });
}

/** The pause after so many failures in a row: exponential, with full jitter, at most `most`. */
export function backoff(failures: number, most = 15_000): number {
  return Math.random() * Math.min(most, 500 * 2 ** failures);
}
