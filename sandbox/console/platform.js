// The sandbox, as the console asks it: its own origin, no cookie, nothing kept.

/** Reads one of the console's addresses. */
export async function read(path) {
  return answered(await fetch(path, { cache: "no-store", credentials: "omit" }));
}

/** Changes something. */
export async function change(method, path, body) {
  const headers = { "content-type": "application/json" };
  return answered(await fetch(path, { method, headers, credentials: "omit", body: body === undefined ? undefined : JSON.stringify(body) }));
}

async function answered(response) {
  const body = response.status === 204 ? null : await response.json();
  if (!response.ok) throw Object.assign(new Error(body.detail ?? body.title), { code: body.code });
  return body;
}

/** Says what happens from now on. The browser takes a lost connection up again by itself. */
export function watch({ request, changed, state }) {
  const live = new EventSource("/sandbox/live");
  live.addEventListener("open", () => state("live"));
  live.addEventListener("error", () => {
    state("lost");
    // Refused, not lost: the browser gives up, and we do not.
    if (live.readyState === EventSource.CLOSED) setTimeout(() => watch({ request, changed, state }), 3000);
  });
  live.addEventListener("request", ({ data }) => request(JSON.parse(data)));
  live.addEventListener("changed", ({ data }) => changed(data));
}
