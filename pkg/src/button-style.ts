// How the button looks. A page changes that by custom properties and by `::part`.
const STYLE = `
:host {
  display: inline-block;
  box-sizing: border-box;
  inline-size: 22rem;
  max-inline-size: 100%;
  font: var(--xp2p-font, 1rem/1.25 system-ui, sans-serif);
  color: var(--xp2p-color, light-dark(#17191c, #f1f1ef));
}
:host([hidden]) { display: none }
* { box-sizing: border-box }
[hidden] { display: none !important }

.main {
  display: flex;
  align-items: center;
  justify-content: center;
  gap: 0.625em;
  inline-size: 100%;
  min-block-size: var(--xp2p-height, 3rem);
  padding: 0.125em 0.75em;
  border: var(--xp2p-border, 1px solid transparent);
  border-radius: var(--xp2p-radius, 0.625rem);
  background: var(--xp2p-background, light-dark(#17191c, #f1f1ef));
  color: var(--xp2p-on-background, light-dark(#fff, #17191c));
  font: inherit;
  font-weight: 600;
  line-height: 1.25;
  font-variant-numeric: tabular-nums;
  text-align: center;
  text-decoration: none;
  cursor: pointer;
  transition: filter 0.15s;
}
.main:hover:not([aria-disabled="true"]) { filter: brightness(1.2) contrast(0.95) }
.main[aria-disabled="true"] { cursor: default }
.main:disabled { cursor: not-allowed; opacity: 0.55 }

.frame:is([data-state="loading"], [data-state="waiting"]) .main {
  border-color: var(--xp2p-line, light-dark(#cfd0cd, #45494e));
  background: var(--xp2p-waiting-background, light-dark(#f1f1ef, #26292d));
  color: var(--xp2p-color, light-dark(#17191c, #f1f1ef));
}
.frame[data-state="paid"] .main {
  background: var(--xp2p-paid-background, light-dark(#166339, #7fd6a4));
  color: var(--xp2p-on-paid-background, light-dark(#fff, #0d2a19));
}

:focus-visible {
  outline: 3px solid var(--xp2p-focus, light-dark(#1b5fd0, #8ab4ff));
  outline-offset: 2px;
}

.sign { flex: none; inline-size: 1.125em; block-size: 1.125em; fill: none; stroke: currentColor; stroke-width: 2.5; stroke-linecap: round; stroke-linejoin: round }
.spinner { display: none; animation: turn 1s linear infinite }
.done { display: none }
.frame:is([data-state="loading"], [data-state="waiting"]) .spinner, .frame[data-state="paid"] .done { display: block }
@keyframes turn { to { transform: rotate(1turn) } }

/* As high in every state, so that nothing below moves. What can be done stands behind the words, like a word. */
.row {
  min-block-size: 3.5rem;
  padding-block-start: 0.5rem;
  font-size: 0.875rem;
  line-height: 1.25rem;
  text-align: center;
  text-wrap: balance;
}
.status {
  display: inline;
  color: var(--xp2p-quiet-color, light-dark(#565b60, #abb0b5));
}
.frame[data-state="failed"]:not([data-detail="unreachable"]) .status { color: var(--xp2p-wrong-color, light-dark(#9b2417, #ffa598)) }
.unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }

.actions { display: inline }
.action {
  min-block-size: 1.5rem;
  margin-inline: 0.5rem;
  padding: 0 0.375rem;
  border: 0;
  border-radius: 0.375rem;
  background: none;
  color: inherit;
  font: inherit;
  text-decoration: underline;
  text-underline-offset: 0.2em;
  cursor: pointer;
}

@media (prefers-reduced-motion: reduce) {
  .main { transition: none }
  .spinner { animation: none; stroke-dasharray: 4 4 }
}
@media (forced-colors: active) {
  .main, .frame .main { border-color: ButtonText }
  .main:is(a) { border-color: LinkText }
}
`;

let sheet: CSSStyleSheet | undefined;

/** Gives a shadow root its style, without an element that a Content-Security-Policy would have to allow. */
export function adoptStyle(root: ShadowRoot): void {
  try {
    if (!sheet) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
    }
    root.adoptedStyleSheets = [sheet];
  } catch {
    // An engine from before constructable style sheets draws its own button, which works as well.
  }
}
