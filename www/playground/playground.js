// Shows what xp2p/amount makes of a text: value, minor units, refusal, suggestions.
import { AmountError, amountToMinor, currencyOf, formatAmount, formatAmountNumber, init, parseAmount } from "/xp2p/amount.js";
import { amountInput } from "/xp2p/amount-input.js";

const locales = ["ar-EG", "bn", "de", "de-CH", "en-GB", "en-IN", "en-US", "es", "es-MX", "fa", "fr", "fr-CA", "hi", "it", "ja", "ko", "mr", "nl", "pl", "pt-BR", "ru", "sv", "sw", "tr", "ur", "vi", "zh-CN", "zh-TW"];
const currencies = ["AUD", "BRL", "CAD", "CHF", "CNY", "EUR", "GBP", "HUF", "INR", "ISK", "JPY", "KWD", "MXN", "NGN", "SEK", "TND", "USD", "XOF"];
const examples = [
  ["1.234", "de", "EUR"],
  ["1.234,50 €", "de", "EUR"],
  ["12.50", "de", "EUR"],
  ["1,234", "en-US", "USD"],
  ["$12.50", "en-CA", "USD"],
  ["1’234.50", "de-CH", "CHF"],
  ["₹12,34,567.50", "en-IN", "INR"],
  ["١٬٢٣٤٫٥٠", "ar-EG", "EUR"],
  ["￥１，２３４", "ja", "JPY"],
  ["1 234,505", "fr", "EUR"],
];

const find = (id) => document.getElementById(id);
const [locale, currency, exponent, text, verdict] = ["locale", "currency", "exponent", "text", "verdict"].map(find);
let field;

await init();
fill("locales", locales, option);
fill("currencies", currencies, option);
fill("examples", examples, ([written, where, code]) => {
  const item = document.createElement("li");
  const button = chip(written, () => {
    [locale.value, currency.value, exponent.value, text.value] = [where, code, "", written];
    settle();
    text.focus();
  });
  const place = document.createElement("small");
  place.textContent = `${where}, ${code}`;
  button.append(place);
  item.append(button);
  return item;
});
for (const input of [locale, currency, exponent]) input.addEventListener("input", settle);
text.addEventListener("input", read);
find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const { amount } = Object.fromEntries(new FormData(event.target));
  find("sent").textContent = `amount=${amount}`;
});
settle();

function options() {
  const code = currency.value.trim().toUpperCase();
  const settings = exponent.value === "" ? undefined : { code, exponent: Number(exponent.value) };
  return { locale: locale.value.trim(), currency: code, settings };
}

/** After locale or currency have changed: the field for forms changes with them. */
function settle() {
  read();
  field?.detach();
  find("field").value = "";
  find("sent").textContent = "";
  try {
    field = amountInput(find("field"), options());
  } catch (error) {
    if (!(error instanceof AmountError)) throw error;
    field = undefined;
  }
}

function read() {
  const how = options();
  find("suggestions").replaceChildren();
  try {
    const amount = parseAmount(text.value, how);
    const { number, exponent } = currencyOf(how.currency, how);
    say("taken", `${amount.value} ${amount.currency}`);
    show({
      Value: amount.value,
      "Minor units": `${amountToMinor(amount, how)}`,
      Written: formatAmount(amount, how.locale, how),
      Currency: `${how.currency}, ${number}, ${exponent} decimals`,
    });
  } catch (error) {
    if (!(error instanceof AmountError)) throw error;
    const about = error.reason ? "refused" : "unknown";
    say(about, error.reason ? `Refused: ${error.reason}` : `Not known: ${error.param}`);
    show({ Code: error.code, ...(error.reason && { Reason: error.reason }), Message: error.message });
    fill("suggestions", error.suggestions, (amount) => {
      const item = document.createElement("li");
      item.append(chip(formatAmount(amount, how.locale, how), () => {
        text.value = formatAmountNumber(amount, how.locale, how);
        read();
        text.focus();
      }));
      return item;
    });
  }
}

function say(state, words) {
  verdict.dataset.state = state;
  verdict.textContent = words;
}

function show(lines) {
  fill("result", Object.entries(lines).flat(), (words, index) => {
    const element = document.createElement(index % 2 ? "dd" : "dt");
    element.textContent = words;
    return element;
  });
}

function fill(id, list, make) {
  find(id).replaceChildren(...list.map(make));
}

function option(value) {
  const element = document.createElement("option");
  element.value = value;
  return element;
}

function chip(words, work) {
  const button = document.createElement("button");
  button.type = "button";
  const shown = document.createElement("bdi");
  shown.textContent = words;
  button.append(shown);
  button.addEventListener("click", work);
  return button;
}
