// The words that a reader of the shop sees, and how amounts are written.
const english = {
  sandbox: "Sandbox",
  playMoney: "Play money. Nobody is charged.",
  about: "Second-hand classics, paid by handle.",
  basket: "Your basket",
  copies: "Copies of",
  less: "One less of",
  more: "One more of",
  postage: "Postage",
  total: "Total",
  order: "Order",
  orderPaid: "Paid",
  orderPaidProof: "Our server verified the receipt.",
  orderShipped: "Shipped:",
  orderShippedProof: "The platform told our server, signed.",
  orderWaiting: "Waiting for the platform’s word before we ship…",
  orderRefunded: "Given back in full.",
  book: { one: "{count} book", other: "{count} books" },
  refund: "Refund this order",
  serverTitle: "The server sets the amount",
  serverText: "The page sends titles; the server looks up prices and makes the checkout. It ships when the platform’s signed message and the receipt in it verify.",
  catalogue: "The spring catalogue",
  catalogueText: "48 pages, from our own press.",
  tagTitle: "One tag",
  tagText: "The element draws itself, opens the wallet and says how it ended. Whom and how much, the payer sees in the wallet.",
  bookmark: "A bookmark",
  bookmarkText: "Linen, in green.",
  buy: "Buy for",
  fiveTitle: "Five lines, a button of your own",
  fiveText: "Called in the click, it opens the wallet at once. Paid means: the receipt verified in this page.",
  tips: "A tip for our readers at the door",
  tipsText: "Each tip opens your wallet, unless you allow small ones once and for all.",
  tipsLinked: "Up to €1.00 goes without asking, at most €5.00 a day. More than that opens your wallet.",
  tipNote: "Tip",
  link: "Allow tips up to €1.00 without asking",
  unlink: "Ask me every time again",
  tipsTitle: "A linked key",
  linkText: "The payer lets this page’s key pay this payee within limits that the platform enforces. Above them the wallet asks as always.",
  source: "Source",
  thePage: "index.html, the tag",
  footer: "A demonstration of xp2p. The books are real, the shop is not.",

  waiting: "Waiting for your wallet…",
  blocked: "Your browser did not open the wallet’s window.",
  openWallet: "Open the wallet",
  approved: "Being settled…",
  paid: "Paid, and the receipt verified. Thank you.",
  active: "Allowed. The next small tip goes without asking.",
  declined: "Declined. Nothing was paid.",
  cancelled: "Cancelled. Nothing was paid.",
  expired: "The time ran out. Nothing was paid.",
  revoked: "Ended.",
  refused: "That did not work. Nothing was paid.",
  unknown: "We do not know yet whether it was paid. You will not pay twice.",
};

const french = {
  sandbox: "Bac à sable",
  playMoney: "Argent fictif. Personne n’est débité.",
  about: "Classiques d’occasion, payés par pseudonyme.",
  basket: "Votre panier",
  copies: "Exemplaires de",
  less: "Un de moins :",
  more: "Un de plus :",
  postage: "Frais de port",
  total: "Total",
  order: "Commande",
  orderPaid: "Payé :",
  orderPaidProof: "Notre serveur a vérifié le reçu.",
  orderShipped: "Expédié :",
  orderShippedProof: "La plateforme l’a dit à notre serveur, avec sa signature.",
  orderWaiting: "Nous attendons le mot de la plateforme avant d’expédier…",
  orderRefunded: "Remboursé en totalité.",
  book: { one: "{count} livre", other: "{count} livres" },
  refund: "Rembourser la commande",
  serverTitle: "Le serveur fixe le montant",
  serverText: "La page envoie des titres ; le serveur connaît les prix et crée le paiement. Il expédie quand le message signé de la plateforme et le reçu qu’il contient sont vérifiés.",
  catalogue: "Le catalogue de printemps",
  catalogueText: "48 pages, de notre propre presse.",
  tagTitle: "Une balise",
  tagText: "L’élément se dessine, ouvre le portefeuille et dit comment cela s’est terminé. À qui et combien, le payeur le voit dans son portefeuille.",
  bookmark: "Un marque-page",
  bookmarkText: "En lin, vert.",
  buy: "Acheter pour",
  fiveTitle: "Cinq lignes, votre propre bouton",
  fiveText: "Appelé dans le clic, il ouvre aussitôt le portefeuille. Payé veut dire : le reçu est vérifié dans cette page.",
  tips: "Un pourboire pour nos lecteurs publics",
  tipsText: "Chaque pourboire ouvre votre portefeuille, sauf si vous autorisez les petits une fois pour toutes.",
  tipsLinked: "Jusqu’à 1,00 € sans demander, 5,00 € par jour au plus. Au-delà, votre portefeuille s’ouvre.",
  tipNote: "Pourboire",
  link: "Autoriser les pourboires jusqu’à 1,00 € sans demander",
  unlink: "Me demander à chaque fois",
  tipsTitle: "Une clé liée",
  linkText: "Le payeur laisse la clé de cette page payer ce destinataire dans des limites que la plateforme fait respecter. Au-delà, le portefeuille demande comme toujours.",
  source: "Code source",
  thePage: "index.html, la balise",
  footer: "Une démonstration de xp2p. Les livres existent, la librairie non.",

  waiting: "En attente de votre portefeuille…",
  blocked: "Votre navigateur n’a pas ouvert la fenêtre du portefeuille.",
  openWallet: "Ouvrir le portefeuille",
  approved: "Traitement en cours…",
  paid: "Payé, reçu vérifié. Merci.",
  active: "Autorisé. Le prochain petit pourboire part sans demander.",
  declined: "Refusé. Rien n’a été payé.",
  cancelled: "Annulé. Rien n’a été payé.",
  expired: "Le délai est passé. Rien n’a été payé.",
  revoked: "Terminé.",
  refused: "Cela n’a pas fonctionné. Rien n’a été payé.",
  unknown: "Nous ne savons pas encore si c’est payé. Vous ne paierez pas deux fois.",
};

const wanted = new URLSearchParams(location.search).get("lang") ?? navigator.language;
const [language, region, chosen] = wanted.startsWith("fr") ? ["fr", "fr-FR", french] : ["en", "en-IE", english];
export const words = chosen;

/** The platform that this shop is paid through. */
export const platform = document.querySelector("meta[name=xp2p-platform]").content;

const money = new Intl.NumberFormat(region, { style: "currency", currency: "EUR" });
const rules = new Intl.PluralRules(language);

/** An amount as people write it. `Intl` takes the decimal string as it is, so no digit is lost. */
export const formatted = (value) => money.format(value);

/** So many books. */
export const plural = (count) => (words.book[rules.select(count)] ?? words.book.other).replace("{count}", count);

/** Puts the page into the reader's language. */
export function translate(root) {
  document.documentElement.lang = language;
  for (const element of root.querySelectorAll("[data-words]")) element.textContent = words[element.dataset.words];
  for (const element of root.querySelectorAll("[data-amount]")) element.textContent = formatted(element.dataset.amount);
}

/** Says where a checkout or a link stands; with a way to the wallet, where the browser opened none. */
export function say(selector, { state, walletUrl }) {
  const place = document.querySelector(selector);
  place.textContent = words[state] ?? words.waiting;
  place.dataset.state = state;
  if (state !== "blocked") return;
  const link = document.createElement("a");
  Object.assign(link, { href: walletUrl, target: "_blank", rel: "noopener", textContent: words.openWallet });
  place.append(" ", link);
}
