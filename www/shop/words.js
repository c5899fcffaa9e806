// The words that a payer reads.
const english = {
  sandbox: "Sandbox: play money, nobody is charged.",
  order: "Your order",
  paperbacks: "Two paperbacks",
  postage: "Postage",
  total: "Total",
  payment: "Payment",
  payer: "Test person who pays",
  payee: "Goes to",
  pay: "Pay",
  receipt: "Receipt",
  verified: "Signature verified in this page.",
  token: "The signed receipt",
  loading: "One moment…",
  paying: "Paying…",
  paid: "Paid. Thank you.",
  unreachable: "The payment service cannot be reached. Nothing was paid.",
  unknown: "We do not know yet whether the payment was made. It will not be made twice.",
  checkAgain: "Check again",
  tryAgain: "Try again",
  refused: "The payment was refused. Nothing was paid.",
  insufficientFunds: "There is not enough money in this account. Nothing was paid.",
  to: "To",
  from: "From",
  amount: "Amount",
  reference: "Order",
  date: "Date",
  id: "Payment",
  key: "Signed with",
  nonExtractable: "a key that only this browser can use",
  memory: "a key in this page’s memory",
};

const french = {
  sandbox: "Bac à sable : argent fictif, personne n’est débité.",
  order: "Votre commande",
  paperbacks: "Deux livres de poche",
  postage: "Frais de port",
  total: "Total",
  payment: "Paiement",
  payer: "Personne d’essai qui paie",
  payee: "Destinataire :",
  pay: "Payer",
  receipt: "Reçu",
  verified: "Signature vérifiée dans cette page.",
  token: "Le reçu signé",
  loading: "Un instant…",
  paying: "Paiement en cours…",
  paid: "Payé. Merci.",
  unreachable: "Le service de paiement est injoignable. Rien n’a été payé.",
  unknown: "Nous ne savons pas encore si le paiement a été fait. Il ne sera pas fait deux fois.",
  checkAgain: "Vérifier",
  tryAgain: "Réessayer",
  refused: "Le paiement a été refusé. Rien n’a été payé.",
  insufficientFunds: "Il n’y a pas assez d’argent sur ce compte. Rien n’a été payé.",
  to: "À",
  from: "De",
  amount: "Montant",
  reference: "Commande",
  date: "Date",
  id: "Paiement",
  key: "Signé avec",
  nonExtractable: "une clé que seul ce navigateur peut utiliser",
  memory: "une clé dans la mémoire de cette page",
};

const wanted = new URLSearchParams(location.search).get("lang") ?? navigator.language;
const [language, region, chosen] = wanted.startsWith("fr") ? ["fr", "fr-FR", french] : ["en", "en-IE", english];
export const words = chosen;

const money = new Intl.NumberFormat(region, { style: "currency", currency: "EUR" });
const date = new Intl.DateTimeFormat(region, { dateStyle: "long", timeStyle: "short" });

/** An amount as people write it. `Intl` takes the decimal string as it is, so no digit is lost. */
export const formatted = (value) => money.format(value);

/** A time in Unix seconds, as people write it. */
export const formattedTime = (seconds) => date.format(seconds * 1000);

/** Puts the page into the reader's language. */
export function translate(root) {
  document.documentElement.lang = language;
  for (const element of root.querySelectorAll("[data-words]")) element.textContent = words[element.dataset.words];
  for (const element of root.querySelectorAll("[data-amount]")) element.textContent = formatted(element.dataset.amount);
}
