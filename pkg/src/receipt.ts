// xp2p/receipt: a receipt in words. It needs no wasm, and nobody downloads it who does not import it.
import { readableAmount, readableText } from "./readable.ts";
import type { Receipt } from "./types.ts";

/** The words of one language. */
interface Words {
  readonly title: string;
  readonly amount: string;
  readonly payee: string;
  readonly payer: string;
  readonly date: string;
  readonly reference: string;
  readonly origin: string;
  readonly payment: string;
  readonly issuer: string;
  /** Between a label and what it names. */
  readonly colon: string;
}

const LANGUAGES: Readonly<Record<"en" | "fr", Words>> = {
  en: {
    title: "Payment receipt",
    amount: "Amount",
    payee: "Paid to",
    payer: "Paid by",
    date: "Date",
    reference: "Reference",
    origin: "Requested by",
    payment: "Payment",
    issuer: "Issued by",
    colon: ": ",
  },
  fr: {
    title: "Reçu de paiement",
    amount: "Montant",
    payee: "Payé à",
    payer: "Payé par",
    date: "Date",
    reference: "Référence",
    origin: "Demandé par",
    payment: "Paiement",
    issuer: "Émis par",
    colon: "\u00a0: ",
  },
};

/**
 * A verified receipt as a text of some lines, in English or French; other languages get English.
 * The time is given in UTC, so that everybody reads the same one.
 */
export function describeReceipt(receipt: Receipt, locale = "en"): string {
  const words = /^fr\b/i.test(locale) ? LANGUAGES.fr : LANGUAGES.en;
  const tag = words === LANGUAGES.fr || /^en\b/i.test(locale) ? locale : "en";
  const lines: [label: string, value: string | undefined][] = [
    [words.amount, readableAmount(receipt.amount, tag)],
    [words.payee, `@${receipt.payee.handle} (${receipt.payee.account})`],
    [words.payer, `@${receipt.payer.handle} (${receipt.payer.account})`],
    [words.date, dateText(receipt.issuedAt, tag)],
    [words.reference, receipt.reference],
    [words.origin, receipt.origin],
    [words.payment, receipt.payment],
    [words.issuer, receipt.issuer],
  ];
  const said = lines.flatMap(([label, value]) => (value === undefined ? [] : [label + words.colon + readableText(value)]));
  return [words.title, ...said].join("\n");
}

function dateText(seconds: number, tag: string): string {
  const settings = { dateStyle: "long", timeStyle: "long", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat(tag, settings).format(seconds * 1000);
}
