// The wallet's window: opened in the click, shown the wallet once there is something to decide.
//
// The wallet has the policy COOP `same-origin`, so this page is no longer told of its window from then on: `closed`
// says nothing, no message is sent and none is listened to. What happens there, the platform tells.

/** How the wallet is shown. `auto` is a window, and a redirect where windows are blocked and `returnUrl` is given. */
export type WalletMode = "auto" | "popup" | "redirect";

/** A window beside the page where there is room for two, a tab on a phone. */
const FEATURES = "popup,width=460,height=760";

export class WalletWindow {
  private constructor(
    /** Whether the wallet is going to take this page's place, so that it needs an address to come back to. */
    readonly redirects: boolean,
    private readonly popup: Window | null | undefined,
  ) {}

  /** To be called in the click itself: after an `await` browsers open no window. */
  static open(walletUrl: string, mode: WalletMode, canReturn: boolean): WalletWindow {
    if (!globalThis.document) return new WalletWindow(false, undefined);
    if (mode === "redirect") return new WalletWindow(true, null);
    const popup = openTab(`${walletUrl}opening`);
    return new WalletWindow(!popup && mode === "auto" && canReturn, popup);
  }

  /** Shows the wallet. Whether it could be shown. Where there are no windows, that is for the caller to do. */
  show(url: string): boolean {
    try {
      if (this.redirects) return redirect(url);
      // A page that has the policy COOP itself finds its window closed already.
      if (this.popup?.closed !== false) return this.popup === undefined;
      this.popup.location.replace(url);
      return true;
    } catch {
      return false;
    }
  }

  /** There is nothing to decide after all. */
  close(): void {
    this.popup?.close();
  }
}

/** A window of its own, or `null` where the browser blocks it. */
export function openTab(url: string): Window | null {
  try {
    const opened = globalThis.open(url, "_blank", FEATURES);
    return opened?.closed === false ? opened : null;
  } catch {
    return null;
  }
}

/** A frame asks for the whole window: the wallet refuses to be framed. Throws where it may not. */
function redirect(url: string): true {
  (globalThis.top ?? globalThis).location.href = url;
  return true;
}
