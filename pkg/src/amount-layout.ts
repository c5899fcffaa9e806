// Where a currency stands beside a number, and how it looks: what `Intl` knows.

/** Making a formatter takes longer than everything else here. */
const formatters = new Map<string, Intl.NumberFormat>();

/**
 * A number with its currency around it. A symbol is shown where it means this currency in the locale,
 * and the code where it does not.
 */
export function layout(number: string, currency: string, locale: string, means: (symbol: string) => boolean): string {
  const symbol = parts(currency, locale, "symbol");
  const clear = symbol.some(({ type, value }) => type === "currency" && means(value));
  let written = false;
  const text = (clear ? symbol : parts(currency, locale, "code")).map(({ type, value }) => {
    if (type === "currency" || type === "literal") return value;
    const first = !written;
    written = true;
    return first ? number : "";
  });
  return text.join("");
}

function parts(currency: string, locale: string, currencyDisplay: "symbol" | "code"): Intl.NumberFormatPart[] {
  const key = `${locale} ${currency} ${currencyDisplay}`;
  let formatter = formatters.get(key);
  if (!formatter) {
    formatter = new Intl.NumberFormat(locale, { style: "currency", currency, currencyDisplay });
    formatters.set(key, formatter);
  }
  return formatter.formatToParts(1);
}
