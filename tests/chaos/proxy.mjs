// A network between a page and the platform that loses, delays, cuts and repeats.
//
// It listens where the platform says that it is, so that signatures cover its address. What happens to a
// request is drawn from a seed; which request draws what depends on when they come.
import { Agent, createServer, request as ask } from "node:http";
import { randomness } from "../random.mjs";

/** What can happen to an exchange, and how often out of a hundred; whatever is left passes. */
export const fates = {
  /** The request never arrives. */
  "lost request": 8,
  /** The platform answers, and nobody hears it. */
  "lost answer": 12,
  /** Half of the answer arrives. */
  "cut answer": 5,
  "late request": 8,
  "late answer": 8,
  /** It arrives twice, and the first copy's answer is heard. */
  "sent twice": 4,
  /** It arrives twice, and the second copy's answer is heard: the platform has seen its nonce. */
  "second answer heard": 5,
  /** Somebody in between says that the platform is away, before or after it has answered. */
  "gateway away before": 3,
  "gateway away after": 3,
};

/** Milliseconds of a long way, at most. */
const DELAY = 1500;

/** Starts the network. `to(url)` says where the platform really is. */
export async function startProxy(seed) {
  const { below } = randomness(seed);
  const agent = new Agent({ keepAlive: true });
  const happened = {};
  let platform;
  let calm = false;

  const server = createServer(async (incoming, answer) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const message = { incoming, body: Buffer.concat(chunks) };
    // A preflight is the browser's own; it tells the page nothing, and a page cannot repeat it alone.
    const fate = calm || incoming.method === "OPTIONS" ? undefined : draw();
    const name = fate ?? "passed";
    if (incoming.method !== "OPTIONS") happened[name] = (happened[name] ?? 0) + 1;
    try {
      await (ways[fate] ?? pass)(message, answer);
    } catch {
      incoming.socket.destroy();
    }
  });

  function draw() {
    let number = below(100);
    return Object.keys(fates).find((fate) => (number -= fates[fate]) < 0);
  }

  const pass = async (message, answer) => deliver(await forward(message), answer);
  const away = (answer) => answer.writeHead(502, { "content-type": "text/html", "access-control-allow-origin": "*" }).end("<h1>Bad gateway</h1>");
  const ways = {
    "lost request": async ({ incoming }) => incoming.socket.destroy(),
    "lost answer": async (message) => {
      await forward(message);
      message.incoming.socket.destroy();
    },
    "cut answer": async (message, answer) => {
      const { status, headers, body } = await forward(message);
      answer.writeHead(status, headers);
      answer.write(body.subarray(0, Math.floor(body.length / 2)));
      setTimeout(() => message.incoming.socket.destroy(), 20);
    },
    "late request": async (message, answer) => {
      await later();
      await pass(message, answer);
    },
    "late answer": async (message, answer) => {
      const received = await forward(message);
      await later();
      deliver(received, answer);
    },
    "sent twice": async (message, answer) => {
      const received = await forward(message);
      await forward(message);
      deliver(received, answer);
    },
    "second answer heard": async (message, answer) => {
      await forward(message);
      await pass(message, answer);
    },
    "gateway away before": async (message, answer) => away(answer),
    "gateway away after": async (message, answer) => {
      await forward(message);
      away(answer);
    },
  };

  const later = () => new Promise((resolve) => setTimeout(resolve, below(DELAY)));

  function forward({ incoming, body }) {
    const { method, url, headers } = incoming;
    return new Promise((resolve, reject) => {
      const outgoing = ask(new URL(url, platform), { method, headers, agent }, (received) => {
        const chunks = [];
        received.on("data", (chunk) => chunks.push(chunk));
        received.on("end", () => resolve({ status: received.statusCode, headers: received.headers, body: Buffer.concat(chunks) }));
        received.on("error", reject);
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }

  function deliver({ status, headers, body }, answer) {
    answer.writeHead(status, headers).end(body);
  }

  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    to: (url) => (platform = url),
    /** How often each fate was drawn. */
    happened,
    /** From now on nothing goes wrong. */
    calmDown: () => (calm = true),
    stop() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}
