// The keys of the wallet: passkeys, devices, and no cookie.
import assert from "node:assert/strict";
import { test } from "node:test";
import { armed, browser, enter, own, person, shop, view, walletAt } from "./wallet-chromium.mjs";

test("a passkey is added, asked for above the limit, for signing in, and removed by itself", async () => {
  const { handle } = await person("1000.00");
  const { page, context, complaints } = await enter("", { handle });
  await view(page, "activity");
  const debug = await context.newCDPSession(page);
  await debug.send("WebAuthn.enable");
  const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
  const { authenticatorId } = await debug.send("WebAuthn.addVirtualAuthenticator", { options });
  await page.goto(`${walletAt()}#settings`);
  await view(page, "settings");
  await page.locator("#add-passkey").click();
  await page.locator("[data-passkey]").waitFor();
  const { credentials } = await debug.send("WebAuthn.getCredentials", { authenticatorId });
  assert.equal(credentials.length, 1);
  assert.equal(credentials[0].rpId, "localhost");

  const asked = await shop.checkout({ value: "250.00" });
  const bodies = [];
  page.on("request", (request) => /approve$|challenges$/.test(request.url()) && request.method() === "POST" && bodies.push([new URL(request.url()).pathname, request.postData()]));
  await page.goto(walletAt(`checkout=${asked.id}`));
  await armed(page);
  await page.locator("#approve").click();
  await view(page, "paid");
  // Refused, a challenge to the digest of exactly that body, and the same body again.
  assert.deepEqual(bodies.map(([path]) => path.replace(/chk_\w+/, "{id}")), ["/v1/checkouts/{id}/approve", "/v1/passkey-challenges", "/v1/checkouts/{id}/approve"]);
  assert.equal(bodies[0][1], bodies[2][1]);
  const { contentDigest } = await import("xp2p");
  assert.equal(JSON.parse(bodies[1][1]).digest, contentDigest(bodies[0][1]));

  // A person who does not want to is asked again, and pays nothing meanwhile.
  const second = await shop.checkout({ value: "150.00" });
  await page.goto(walletAt(`checkout=${second.id}`));
  await armed(page);
  await debug.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  await page.locator("#approve").click();
  await view(page, "passkey");
  assert.equal((await shop.read(second.id)).status, "opened");
  await debug.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
  await page.locator("#use-passkey").click();
  await view(page, "paid");
  // A small payment goes without.
  bodies.length = 0;
  const small = await shop.checkout({ value: "5.00" });
  await page.goto(walletAt(`checkout=${small.id}`));
  await armed(page);
  await page.locator("#approve").click();
  await view(page, "paid");
  assert.equal(bodies.length, 1);

  // Signing in again takes the passkey too.
  await page.goto(`${walletAt()}#devices`);
  await view(page, "devices");
  await page.locator("#sign-out").click();
  await view(page, "sign-in");
  await debug.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  await page.locator("#handle").fill(handle);
  await page.locator("#handle").press("Enter");
  await page.locator("#main").getByText("signs in with a passkey").waitFor();
  await debug.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
  await page.locator("#handle").press("Enter");
  await view(page, "devices");
  await page.goto(`${walletAt()}#settings`);
  await page.locator("[data-passkey] button").click();
  await page.locator("dialog .danger").click();
  await page.getByText("There is no passkey yet").waitFor();
  assert.deepEqual(own(complaints), []);
  await context.close();
});

test("without WebAuthn the wallet says that there are no passkeys here", async () => {
  const context = await browser.newContext({ locale: "en-GB" });
  const page = await context.newPage();
  await page.addInitScript(() => delete globalThis.PublicKeyCredential);
  await page.goto(`${walletAt()}#settings`);
  await view(page, "sign-in");
  await page.locator("#handle").fill((await person()).handle);
  await page.locator("#handle").press("Enter");
  await view(page, "settings");
  await page.getByText("This browser has no passkeys").waitFor();
  assert.equal(await page.locator("#add-passkey").count(), 0);
  await context.close();
});

test("a device is ended from another one, and says so when it is used", async () => {
  const { handle } = await person();
  const here = await enter("", { handle });
  await view(here.page, "activity");
  const there = await enter("", { handle });
  await view(there.page, "activity");
  await here.page.goto(`${walletAt()}#devices`);
  await view(here.page, "devices");
  assert.equal(await here.page.locator("[data-key]").count(), 2);
  await here.page.getByRole("button", { name: "End This browser" }).click();
  await here.page.locator("dialog .second").click();
  assert.equal(await here.page.locator("[data-key] .danger").count(), 1);
  await here.page.getByRole("button", { name: "End This browser" }).click();
  await here.page.locator("dialog .danger").click();
  await here.page.locator("#main").getByText("Ended on").waitFor();
  await there.page.reload();
  await there.page.getByText("This device was signed out").waitFor();
  await there.page.locator("#handle").fill(handle);
  await there.page.locator("#handle").press("Enter");
  await view(there.page, "activity");
  await here.context.close();
  await there.context.close();
});

test("requirement 30: the wallet has no cookie, and its key is the session", async () => {
  const asked = await shop.checkout();
  const { page, context } = await enter(`checkout=${asked.id}`);
  const headers = [];
  page.on("request", async (request) => headers.push(await request.allHeaders()));
  await armed(page);
  await page.locator("#approve").click();
  await view(page, "paid");
  assert.deepEqual(await context.cookies(), []);
  assert.ok(headers.length > 0);
  assert.deepEqual(headers.filter(({ cookie }) => cookie), []);
  // Not a word of whom one pays, and none of the key, is kept where a text could be read.
  assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 0]);
  await context.close();
});
