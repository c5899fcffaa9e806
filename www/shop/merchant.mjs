// The merchant's side of a payment: the amount is set here, and nothing is shipped that was not proven here.
import { createCheckout, refund, Verifier } from "xp2p/server";
import { reckon } from "./goods.mjs";
import { advance, begin, find, isNew, note, ofCheckout } from "./orders.mjs";

const json = (value, status = 200) => Response.json(value, { status });

/** `asking` has a key that moves no money, `account` one that may give back. `address` is where news arrives. */
export function merchant({ asking, account, payee, address }) {
  const verifier = new Verifier(asking);

  /** A basket becomes an order, and the order a checkout. The page is told its id. */
  async function order(request) {
    const { basket } = await request.json();
    const { lines, total } = (await reckon(basket)) ?? {};
    if (!total) return json({}, 422);
    const order = begin(lines, total);
    const { id: idempotencyKey, reference } = order;
    const draft = { to: payee, amount: total.value, currency: total.currency, reference };
    const { id, expected } = await createCheckout(asking, draft, { idempotencyKey });
    Object.assign(order, { checkout: id, expected });
    return json({ order: order.id, checkout: id }, 201);
  }

  /** The platform says that a payment was made. Its signature is verified, and then the receipt in it. */
  async function hear(request) {
    try {
      const event = await verifier.verifyWebhookRequest(request, address, isNew);
      const order = event?.type === "payment.paid" && ofCheckout(event.data.checkout);
      if (order && (await prove(order, event.data.receipt))) advance(order, "shipped");
      if (event) note(event.id);
      return new Response(null, { status: 204 });
    } catch (error) {
      // After anything but a success it is delivered again.
      return new Response(null, { status: error.retryable ? 503 : 400 });
    }
  }

  /** The page hands over the receipt that it has. It is believed because it verifies. */
  async function receive(request) {
    const { order: id, receipt } = await request.json();
    const order = find(id);
    if (!order) return json({}, 404);
    return json(show(order), (await prove(order, receipt)) ? 200 : 422);
  }

  /** Whether this is the receipt for just this order: this payee, amount, reference and request. */
  async function prove(order, token) {
    try {
      const { payment, payer } = await verifier.verifyReceipt(token, order.expected);
      advance(order, "paid", { payment, payer: payer.handle });
      return true;
    } catch (error) {
      if (error.retryable) throw error;
      return false;
    }
  }

  async function giveBack(request) {
    const order = find((await request.json()).order);
    // Whose answer was lost asks again, and hears it now.
    if (order?.state === "refunded") return json(show(order));
    if (order?.state !== "shipped") return json({}, 409);
    const { value: amount, currency } = order.amount;
    await refund(account, order.payment, { amount, currency, note: order.reference, idempotencyKey: `refund-${order.id}` });
    advance(order, "refunded");
    return json(show(order));
  }

  const look = async (request) => {
    const order = find(new URL(request.url).searchParams.get("order"));
    return order ? json(show(order)) : json({}, 404);
  };

  return { "POST /orders": order, "GET /orders": look, "POST /receipts": receive, "POST /refunds": giveBack, "POST /hooks": hear };
}

const show = ({ reference, lines, amount, state, payer }) => ({ reference, lines, amount, state, payer });
