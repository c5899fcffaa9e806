// What a click has to be before it moves money: requirement 5.

/** For so long the page must have been in view and in use, in milliseconds. */
const SETTLE = 500;

/**
 * Calls `agree` for a click on the button by a person who has had the page before them, visible and
 * focused, for half a second: a script's click, a click that was meant for another window, and the second
 * half of a double click on a page that was here before do nothing. `early` is told of a person who was too quick.
 */
export function onAgreement(button, signal, agree, early) {
  let since = Infinity;
  let timer;
  const present = () => document.visibilityState === "visible" && document.hasFocus();
  const restart = () => {
    clearTimeout(timer);
    since = present() ? performance.now() : Infinity;
    button.dataset.ready = "no";
    if (since !== Infinity) timer = setTimeout(() => (button.dataset.ready = "yes"), SETTLE);
  };
  restart();
  for (const [target, type] of [[window, "focus"], [window, "blur"], [window, "pageshow"], [document, "visibilitychange"]]) {
    target.addEventListener(type, restart, { signal });
  }
  signal.addEventListener("abort", () => clearTimeout(timer));
  // A key that is held down since the page before is not a decision either.
  button.addEventListener("keydown", (event) => event.repeat && event.preventDefault());
  button.addEventListener("click", (event) => {
    if (!event.isTrusted || signal.aborted) return;
    if (!present() || performance.now() - since < SETTLE) return early();
    agree(event);
  });
}
