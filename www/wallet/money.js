// How amounts are written in the language of the page.
import { readableAmount } from "/xp2p/wallet.js";
import { locale } from "./words.js";

/** An amount as people write it here. */
export const money = (amount) => readableAmount(amount, locale);
