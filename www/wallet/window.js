// The window that the wallet is in: its own, opened for one payment, or the one the shop was in.

const MARK = "xp2p opened for a payment";

/** Notes that this window was opened for a payment. It stays so over what is shown in it. */
export function noteWindow() {
  try {
    sessionStorage.setItem(MARK, "yes");
  } catch {
    // Without storage the payer returns by a click.
  }
}

/**
 * Whether the payer came here from another page in this same window, and goes back there by themselves:
 * the address before this one is the shop's. A window of its own has no history, or was marked.
 */
export const cameFromPage = (() => {
  try {
    return history.length > 1 && sessionStorage.getItem(MARK) === null;
  } catch {
    return false;
  }
})();

/** Whether a page may show itself here: never within another one's frame (requirement 5). */
export const isFramed = window.top !== window.self;

/** Where the payer goes back to, with the checkout's id and the asking page's state, and no word of how it ended. */
export function returnAddress({ returnUrl, id, state }) {
  if (!returnUrl) return undefined;
  const address = new URL(returnUrl);
  if (!/^https?:$/.test(address.protocol)) return undefined;
  address.searchParams.set("checkout", id);
  if (state) address.searchParams.set("state", state);
  return address;
}
