// The tag is all it takes. Who wants to know how it ended listens.
document.addEventListener("xp2p-paid", ({ target, detail }) => {
  console.info("paid", target, "receipt", detail.outcome.receipt.payment);
});
