// Pauses that pass at once and are written down, so that a test needs no time to see how long they are.

/** How long one try may take, and how long somebody waits for a network: these are not hurried. */
const LONG = 20_000;

/**
 * Runs while every pause of the package under 20 seconds is over at once and every random number is this
 * one. Gives the pauses in milliseconds. `paused` is told of each before it is over.
 */
export async function hurried(random, run, paused = () => {}) {
  const { setTimeout } = globalThis;
  const draw = Math.random;
  const pauses = [];
  globalThis.setTimeout = (work, milliseconds, ...given) => {
    // Node's own `fetch` has timers as well.
    const ours = new Error().stack.includes("/xp2p/dist/");
    if (!ours || !(milliseconds < LONG)) return setTimeout(work, milliseconds, ...given);
    pauses.push(milliseconds);
    paused(milliseconds);
    return setTimeout(work, 0, ...given);
  };
  Math.random = () => random;
  try {
    return [pauses, await run()];
  } finally {
    globalThis.setTimeout = setTimeout;
    Math.random = draw;
  }
}
