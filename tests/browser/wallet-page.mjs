// A payer before the wallet's page, in any of the engines.

/** Waits until a function in the page gives something, and says what the page shows where it never does. */
export async function until(page, look, ...given) {
  for (let attempt = 0; attempt < 1200; attempt++) {
    const found = await page.evaluate(look, ...given).catch(() => undefined);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not there: ${look} ${given} in ${await page.evaluate(() => document.body.innerText)}`);
}

export const view = (page, name) => until(page, (name) => document.querySelector(`[data-view="${name}"]`) !== null, name);
export const armed = (page, id = "approve") => until(page, (id) => document.getElementById(id)?.dataset.ready === "yes", id);
export const text = (page, selector) => page.evaluate((selector) => document.querySelector(selector).textContent, selector);

/** Waits for a view. A browser that nobody signed in with becomes alice's. */
export async function enter(page, name) {
  await until(page, (name) => document.querySelector(`[data-view="${name}"], [data-view="sign-in"]`) !== null, name);
  if (await page.evaluate(() => document.querySelector('[data-view="sign-in"]') !== null)) {
    await page.click("#handle");
    await page.type("alice");
    await page.press("Enter");
  }
  await view(page, name);
}

/** Agrees, and waits for the receipt. */
export async function approve(page) {
  await enter(page, "approval");
  await armed(page);
  await page.click("#approve");
  await view(page, "paid");
}
