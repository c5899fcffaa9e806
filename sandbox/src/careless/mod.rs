//! What a careless platform leaves out, one thing at a time.
//!
//! `cargo xtask conform` is worth something only if it notices each verification that a platform lacks. So
//! the sandbox can be built with the feature `switches`, and then does without one of them: where it
//! verifies, it asks [`checks!`] first, or lets this module read, write or look up in the careless way.
//! Only the binary `careless-sandbox` is built so. Without the feature none of this is compiled, and
//! `checks!` is the word `true`.

mod answers;
mod bodies;
mod decisions;
mod lookups;
mod news;
mod passkeys;
mod reading;
mod signature;

pub(crate) use answers::{answer, claims, fields, header, holder, key_set, problem, settings};
pub(crate) use decisions::{approved, end_unpaid};
pub(crate) use lookups::{
    account_of_block, account_of_delivery, all_webhooks, any_block, everybodys_payments,
    find_handle, forget_answer, keep_refusal_of_form, known_handle, payment, promoted, shown,
    webhook,
};
pub(crate) use news::{delivery, event};
pub(crate) use passkeys::{answered, counter, keep_demand, state, taken};
pub(crate) use reading::read;
pub(crate) use signature::authenticate;

use std::sync::OnceLock;

/// Unrolls the one table of switches.
macro_rules! switches {
    ($($room:ident { $($switch:ident $name:literal $says:literal;)* })*) => {
        /// A verification, or something else that the contract demands, that can be switched off.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Switch { $($(#[doc = $says] $switch,)*)* }

        /// What a switch is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Room { $($room,)* }

        impl Switch {
            /// Every switch, in the order of the table.
            pub const ALL: &'static [Self] = &[$($(Self::$switch,)*)*];

            /// Its name on the command line.
            pub const fn name(self) -> &'static str {
                match self { $($(Self::$switch => $name,)*)* }
            }

            /// What a platform does that lacks it.
            pub const fn says(self) -> &'static str {
                match self { $($(Self::$switch => $says,)*)* }
            }

            const fn room(self) -> Room {
                match self { $($(Self::$switch => Room::$room,)*)* }
            }
        }
    };
}

switches! {
    Signature {
        SignatureThere "signature-there" "takes a request without a signature";
        SignatureVerified "signature-verified" "reads the signature and does not verify it";
        SignatureReduced "signature-reduced" "takes an S that is not reduced";
        SignatureStrict "signature-strict" "takes an R of small order";
        OneLine "one-line" "takes the last of two lines of a field";
        OneMember "one-member" "takes the first of several signatures";
        Label "label" "takes a signature under any label";
        AnyOrder "any-order" "knows one order of components only";
        ComponentMore "component-more" "takes no component but those it needs";
        ComponentOnce "component-once" "lets a component stand twice";
        ComponentBare "component-bare" "passes over the parameters of a component";
        ComponentKnown "component-known" "puts nothing where it does not know a component";
        CoversMethod "covers-method" "does not look whether the method is covered";
        CoversAddress "covers-address" "does not look whether the address is covered";
        CoversDigest "covers-digest" "does not look whether the digest is covered";
        CoversType "covers-type" "does not look whether the content type is covered";
        CoversKey "covers-key" "does not look whether the idempotency key is covered";
        HasCreated "has-created" "needs no `created`";
        HasExpires "has-expires" "needs no `expires`";
        HasNonce "has-nonce" "needs no `nonce`";
        HasKeyId "has-keyid" "needs no `keyid`";
        HasAlgorithm "has-alg" "needs no `alg`";
        HasTag "has-tag" "needs no `tag`";
        ParameterOnce "parameter-once" "takes the first of two parameters of one name";
        ParameterKnown "parameter-known" "passes over parameters that it does not know";
        Algorithm "alg" "passes over the algorithm";
        NonceLength "nonce-length" "takes a nonce that can be guessed";
        Lifetime "lifetime" "takes a signature that lives long";
        LifetimePositive "lifetime-positive" "takes a signature that ends before it was made";
        Tolerance "tolerance" "has no patience with another clock";
        Old "created-old" "takes a signature of long ago";
        Ahead "created-ahead" "takes a signature of the future";
        Expired "expired" "takes an expired signature";
        Environment "environment" "takes a signature for another environment";
        Application "application" "takes a signature of another application";
        DigestCompared "digest-compared" "does not compare the digest with the body";
        DigestAlgorithm "digest-algorithm" "passes over a digest that is not sha-256";
        DigestOnce "digest-once" "takes the first of several digests";
        KeyKnown "key-known" "does not verify with a key that it does not know";
        Host "host" "takes its own address from `Host`";
        Forwarded "forwarded" "takes its own address from `X-Forwarded-Host`";
        Query "query" "leaves the query out of its address";
        IdempotencyKeyThere "idempotency-key-there" "needs no idempotency key";
        IdempotencyKeyQuoted "idempotency-key-quoted" "takes a bare idempotency key";
        IdempotencyKeyLength "idempotency-key-length" "takes an idempotency key that can be guessed";
    }
    Nonce {
        Nonce "nonce" "does not remember nonces";
        NonceOfRefusal "nonce-of-refusal" "forgets the nonce of a request that it refused";
        NonceOfReading "nonce-of-reading" "remembers no nonce of a request that only reads";
        NonceOfKey "nonce-of-key" "does not tell the nonces of two keys apart";
    }
    Body {
        ContentType "content-type" "takes a body of any type";
        BodySize "body-size" "takes a body of any size";
        MemberOnce "member-once" "takes the last of two members of one name";
        MemberKnown "member-known" "passes over members that it does not know";
        AmountText "amount-text" "takes a number for an amount";
        AmountForm "amount-form" "takes an amount in any form";
        AmountPrecise "amount-precise" "cuts decimals that are too many";
        AmountLength "amount-length" "cuts digits that are too many";
        AmountZero "amount-zero" "takes nothing for the least amount";
        AmountNegative "amount-negative" "takes a negative amount for a positive one";
        CurrencyKnown "currency-known" "takes a currency that it does not know for EUR";
        HandleFolded "handle-folded" "folds a handle that was signed";
        AccountForm "account-form" "folds an account that was signed";
        ReferenceForm "reference-form" "leaves a malformed reference out";
        NoteForm "note-form" "leaves a malformed note out";
    }
    Money {
        HandleKnown "handle-known" "takes a handle that nobody has for somebody's";
        PayeePinned "payee-pinned" "pays whoever has the handle";
        PayeeIsPayer "payee-is-payer" "does not look whether somebody pays themself";
        Offered "offered" "takes a currency that it does not offer";
        Limits "limits" "has no limits";
        Funds "funds" "does not look whether the money is there";
    }
    Once {
        Replay "replay" "carries an intent out whenever it is sent";
        ReplayBody "replay-body" "answers another body as the first one";
        ReplayScope "replay-scope" "does not tell the idempotency keys of two accounts apart";
        ReplayRefusal "replay-refusal" "forgets that it refused an intent";
        ReplayForm "replay-form" "keeps the refusal of a body's form";
        Replayed "replayed" "does not say that an answer is an earlier one";
    }
    Payments {
        Visible "visible" "shows a payment to anybody with a key";
        VisibleToPayee "visible-to-payee" "shows a payment to its payer only";
        PaymentThere "payment-there" "answers for a payment that is not there";
        PaymentKept "payment-kept" "does not keep the receipt";
        Location "location" "does not say where the payment is";
        PaymentPayer "payment-payer" "answers with another payer";
        PaymentPayee "payment-payee" "answers with another payee";
        PaymentAmount "payment-amount" "answers with another amount";
        PaymentTexts "payment-texts" "answers without reference and note";
        PaymentDigest "payment-digest" "answers with another digest";
        PaymentEnvironment "payment-environment" "answers for another environment";
        PaymentStatus "payment-status" "answers with another status";
        PaymentTime "payment-time" "answers with a time in milliseconds";
    }
    Lists {
        ListOrder "list-order" "lists the oldest of a page first";
        ListLimit "list-limit" "has pages of one length";
        ListCursor "list-cursor" "passes over the cursor";
        ListNext "list-next" "does not say where the next page begins";
        ListCursorForm "list-cursor-form" "takes anything for a cursor";
        ListLimitForm "list-limit-form" "takes anything for a limit";
        ListEnd "list-end" "leads on from the last page";
        ListIntent "list-intent" "does not look for the intent that is asked about";
        ListVisible "list-visible" "lists everybody's payments";
    }
    Keys {
        KeyIntroduced "key-introduced" "lets no key make itself known";
        KeyOnceMore "key-once-more" "does not let a key register once more";
        KeySigner "key-signer" "lets a requester key make another one known";
        KeyAsksFrom "key-asks-from" "does not look from where a key asks";
        KeyFurther "key-further" "lets no approval key make another one known";
        KeyByApproval "key-by-approval" "lets any key register any other";
        KeyOfTwo "key-of-two" "lets a key be of two accounts";
        KeyWeak "key-weak" "takes a key of small order";
        KeyCurve "key-curve" "takes a key on another curve";
        KeyRevoked "key-revoked" "does not look whether a key was revoked";
        KeyForGood "key-for-good" "lets a revoked key register";
        KeyOfAnother "key-of-another" "lets anybody revoke a key";
        KeyRevokedOnce "key-revoked-once" "does not let a revoked key be revoked once more";
        Roles "roles" "lets any key do what an approval key may";
    }
    Checkouts {
        CheckoutPayee "checkout-payee" "does not name the payee of a checkout";
        CheckoutAmount "checkout-amount" "answers a checkout with another amount";
        CheckoutTexts "checkout-texts" "answers a checkout without reference and note";
        CheckoutDigest "checkout-digest" "answers a checkout with another digest";
        CheckoutEnvironment "checkout-environment" "answers a checkout for another environment";
        CheckoutStatus "checkout-status" "answers a checkout as if a payer had opened it";
        CheckoutEnd "checkout-end" "does not say when a checkout ends";
        CheckoutState "checkout-state" "does not hand the page's state back";
        CheckoutWallet "checkout-wallet" "does not say where a payer decides";
        CheckoutOrigin "checkout-origin" "does not keep the web origin of a checkout";
        CheckoutVerified "checkout-verified" "calls every web origin registered";
        CheckoutOriginMadeUp "checkout-origin-made-up" "names a web origin where there was none";
        CheckoutVersion "checkout-version" "gives every state of a checkout one version";
        CheckoutToAsker "checkout-to-asker" "shows a checkout to wallets only";
        CheckoutToWallet "checkout-to-wallet" "shows a checkout to the page that asked only";
        CheckoutVisible "checkout-visible" "shows a checkout to anybody with a key";
        ExpiresIn "expires-in" "passes over an end that it does not allow";
        ExpiresInDefault "expires-in-default" "gives a checkout another time where nothing is said";
        StateForm "state-form" "leaves a malformed state out";
        ReturnUrlKept "return-url-kept" "leaves the return address out";
        ReturnUrl "return-url" "takes any return address";
        ReturnUrlQuery "return-url-query" "does not look at what follows the path of a return address";
        ReturnUrlPath "return-url-path" "looks only how a return address begins";
        CheckoutSteps "checkout-steps" "does not keep what became of a checkout";
        OpenOnce "open-once" "does not let a checkout be opened twice";
        CancelAsker "cancel-asker" "lets anybody who reads a checkout take it back";
        FinalOpen "final-open" "opens and takes back what has ended";
        FinalDecided "final-decided" "lets a payer decide again";
        StreamBegins "stream-begins" "streams no state but the next one";
        StreamForm "stream-form" "gives the events of a stream another name";
        StreamGoesOn "stream-goes-on" "ends a stream after its first event";
        StreamEnds "stream-ends" "does not end a stream";
        StreamForward "stream-forward" "tells a state of a stream again and again";
        StreamLastEventForm "stream-last-event-form" "takes anything for `Last-Event-ID`";
        StreamLastEvent "stream-last-event" "passes over `Last-Event-ID`";
    }
    Approvals {
        ApprovalCheckout "approval-checkout" "does not compare the checkout that is approved";
        ApprovalPayer "approval-payer" "does not compare the payer who approves";
        ApprovalPayeeHandle "approval-payee-handle" "does not compare the payee's handle";
        ApprovalPayeeAccount "approval-payee-account" "does not compare the payee's account";
        ApprovalValue "approval-value" "does not compare the amount that is approved";
        ApprovalCurrency "approval-currency" "does not compare the currency that is approved";
        ApprovalRequest "approval-request" "does not compare the digest that is approved";
        ApprovalEnd "approval-end" "does not compare the end that is approved";
        ApprovalVoids "approval-voids" "lets a payer approve again after a mismatch";
        ApprovalDigest "approval-digest" "puts the approval's digest into the receipt";
        ApprovalOrigin "approval-origin" "puts the wallet's origin into the receipt";
        PaymentCheckout "payment-checkout" "does not say which checkout a payment is for";
        AskedBy "asked-by" "does not show a payment to the key that asked";
        RefusalVoids "refusal-voids" "ends a checkout whose payer has too little";
        WalletOrigin "wallet-origin" "takes an approval from a page of any origin";
        WalletOwn "wallet-own" "takes no approval from the wallet's page";
        FetchSite "fetch-site" "takes an approval from a page that does not say of which origin";
    }
    Reviews {
        ReviewStatus "review-status" "calls a checkout open that is reviewed";
        ReviewHeld "review-held" "does not say what is held for a review";
        ReviewReleased "review-released" "goes on holding what was taken back";
        ReviewCancelled "review-cancelled" "does not let what is reviewed be taken back";
        ReviewEnds "review-ends" "never ends a review";
    }
    Passkeys {
        PasskeyAmount "passkey-amount" "moves any amount without a passkey";
        PasskeyBelow "passkey-below" "asks for a passkey for any amount";
        PasskeyAlways "passkey-always" "adds and removes keys and passkeys without a passkey";
        PasskeyKept "passkey-kept" "goes on refusing once the passkey has answered";
        PasskeyBody "passkey-body" "takes a passkey's answer for any body";
        PasskeyKey "passkey-key" "takes a passkey's answer for any key";
        PasskeyOnce "passkey-once" "takes a passkey's answer twice";
        PasskeyInTime "passkey-in-time" "takes a passkey's answer of long ago";
        PasskeyEnded "passkey-ended" "lets a challenge be answered that has ended";
        PasskeyAnswer "passkey-answer" "does not verify what a passkey answers";
        PasskeyOrigin "passkey-origin" "takes a passkey's answer from another port";
        PasskeyVerified "passkey-verified" "does not look whether a passkey knows its user";
        PasskeyCounter "passkey-counter" "takes a passkey whose counter goes back";
        PasskeyListed "passkey-listed" "lists no passkeys";
        PasskeyRemoved "passkey-removed" "does not remove a passkey";
        PasskeyNamed "passkey-named" "does not compare the passkey that is removed";
    }
    Refunds {
        RefundAmount "refund-amount" "answers a refund with another amount";
        RefundCounted "refund-counted" "does not say what was given back";
        RefundVersion "refund-version" "gives a payment one version whatever is given back";
        RefundExceeds "refund-exceeds" "gives back more than was paid";
        RefundLeft "refund-left" "does not count what was given back before";
        RefundPayee "refund-payee" "lets a payer give back";
        RefundCurrency "refund-currency" "gives back in another currency";
        RefundListed "refund-listed" "lists no refunds";
    }
    Accounts {
        BalancesStand "balances-stand" "shows the balances of yesterday";
        AccountHolder "account-holder" "says that a key is somebody else's";
        BalanceHeld "balance-held" "does not say what is held";
        AccountBlocked "account-blocked" "does not look whether an account is blocked";
    }
    Blocks {
        BlockOpen "block-open" "opens what a blocked page asks for";
        BlockApprove "block-approve" "approves what a blocked page asks for";
        BlockAccount "block-account" "does not look whom a payer has blocked";
        BlockOrigin "block-origin" "does not look which web origins a payer has blocked";
        BlockLink "block-link" "pays blocked payees through a link";
        BlockRemoved "block-removed" "does not remove a block";
        BlockOnce "block-once" "blocks twice who is blocked twice";
        BlockListed "block-listed" "lists no blocks";
        BlockOfAnother "block-of-another" "answers for the block of another account";
    }
    Links {
        LinkKey "link-key" "does not say which key a link is for";
        LinkPayees "link-payees" "does not say whom a link pays";
        LinkLimitsShown "link-limits" "does not say what a link allows";
        LinkStatus "link-status" "calls a link active that nobody has agreed to";
        LinkWallet "link-wallet" "does not say where a payer decides about a link";
        LinkOrigin "link-origin" "does not keep the web origin of a link";
        LinkVerified "link-verified" "calls every web origin of a link registered";
        LinkSound "link-sound" "takes limits that contradict each other";
        LinkLongest "link-longest" "takes a link without end";
        LinkSteps "link-steps" "does not keep what became of a link";
        LinkLess "link-less" "gives a link what was asked, whatever was agreed to";
        LinkMore "link-more" "lets a payer agree to higher limits than were asked for";
        LinkPeriod "link-period" "lets a payer agree to another period";
        LinkEnd "link-end" "lets a payer agree to a later end";
        LinkPayeesPinned "link-payees-pinned" "lets a payer agree to other payees";
        LinkPayer "link-payer" "does not compare the payer of a link";
        LinkDecided "link-decided" "lets a payer agree after they declined";
        LinkVisible "link-visible" "shows a link to anybody with a key";
        PaymentLink "payment-link" "does not say through which link a payment was made";
        LinkPayee "link-payee" "pays anybody through a link";
        LinkCurrency "link-currency" "passes over the currency of a link";
        LinkPerPayment "link-per-payment" "does not limit one payment through a link";
        LinkPerPeriod "link-per-period" "does not limit the payments of a period";
        LinkLifetime "link-lifetime" "does not limit the payments of a link in all";
        LinkNextPeriod "link-next-period" "counts what was paid in earlier periods";
        LinkRemaining "link-remaining" "does not say what a link leaves";
        LinkRevoked "link-revoked" "pays through a link that was ended";
        LinkRevokedOnce "link-revoked-once" "does not let an ended link be ended once more";
        LinkLowered "link-lowered" "passes over lower limits";
        LinkRaised "link-raised" "lets limits be raised";
    }
    Webhooks {
        WebhookAddress "webhook-address" "sends news to private addresses";
        WebhookHttps "webhook-https" "sends news without encryption";
        WebhookBare "webhook-bare" "takes a webhook with a user, a password or a fragment";
        WebhookPort "webhook-port" "sends news to any port";
        WebhookNews "webhook-news" "passes over news that there is not";
        WebhookVisible "webhook-visible" "shows a webhook to anybody";
        WebhookDisabled "webhook-disabled" "tells a disabled webhook what happened";
        ResendDisabled "resend-disabled" "sends to a disabled webhook once more";
        WebhookEvents "webhook-events" "sends all news to everybody";
        EventSigned "event-signed" "signs news with a key that is not in its set";
        EventCovers "event-covers" "changes what it signed before it sends it";
        EventType "event-type" "calls all news by one name";
        EventEnvironment "event-environment" "sends news of another environment";
        EventVersion "event-version" "sends news without a version";
        EventRises "event-rises" "gives all news of a resource one version";
        EventData "event-data" "sends the id of what changed only";
        EventKey "event-key" "sends news with an idempotency key of its own";
        EventId "event-id" "gives an event another id whenever it is sent";
        EventRedirect "event-redirect" "takes a redirect for an answer";
        Redelivery "redelivery" "gives news up that was not taken";
        DeliveryListed "delivery-listed" "does not list what was answered";
        DeliveryVisible "delivery-visible" "sends a delivery of anybody once more";
        Resend "resend" "sends nothing once more";
    }
    Receipts {
        ReceiptSignature "receipt-signature" "signs something else than the receipt";
        ReceiptAlgorithm "receipt-alg" "names another algorithm in a receipt";
        ReceiptType "receipt-typ" "gives a receipt another type";
        ReceiptHeader "receipt-header" "puts a key into a receipt's header";
        ReceiptKeyId "receipt-kid" "names another key in a receipt";
        ReceiptIssuer "receipt-iss" "names another issuer in a receipt";
        ReceiptTime "receipt-iat" "dates a receipt in milliseconds";
        ReceiptPayment "receipt-jti" "names another payment in a receipt";
        ReceiptPayer "receipt-payer" "names another payer in a receipt";
        ReceiptPayee "receipt-payee" "names another payee in a receipt";
        ReceiptAmount "receipt-amount" "names another amount in a receipt";
        ReceiptReference "receipt-reference" "leaves the reference out of a receipt";
        ReceiptDigest "receipt-digest" "names another digest in a receipt";
        ReceiptOrigin "receipt-origin" "leaves the web origin out of a receipt";
        ReceiptClaims "receipt-claims" "puts more into a receipt than it has";
    }
    Public {
        SettingsEnvironment "settings-environment" "names another environment in its settings";
        SettingsIssuer "settings-issuer" "names an issuer on another origin";
        SettingsCurrencies "settings-currencies" "offers no currency";
        SettingsExponent "settings-exponent" "gives a currency other decimals";
        SettingsLimits "settings-limits" "does not name its limits";
        SettingsWallet "settings-wallet" "has its wallet at an address that is not the root of an origin";
        SettingsClock "settings-clock" "shows another clock than it verifies by";
        KeyEnvironment "key-environment" "names a key without its environment";
        KeyThumbprint "key-thumbprint" "names a key by something else than its thumbprint";
        KeyPrivate "key-private" "publishes a private key";
        KeyUse "key-use" "does not say what a key is for";
        HandleCapitals "handle-capitals" "takes a handle in capitals for another one";
        HandleForm "handle-form" "looks a malformed handle up";
        HandleHolder "handle-holder" "does not name the holder of a handle";
    }
    Problems {
        Unknown "unknown-address" "answers for an address that is not there without a problem document";
        Method "method" "answers another method without a problem document";
        ProblemMediaType "problem-media-type" "gives a problem document another media type";
        ProblemCode "problem-code" "leaves the code out of a problem document";
        ProblemType "problem-type" "leaves the type out of a problem document";
        ProblemTitle "problem-title" "leaves the title out of a problem document";
        ProblemStatus "problem-status" "names another status in a problem document";
        ProblemRetryable "problem-retryable" "calls everything retryable";
        ProblemRequestId "problem-request-id" "leaves the request's id out of a problem document";
        RefusalStatus "refusal-status" "gives every refusal one status";
    }
    CrossOrigin {
        AnyOrigin "any-origin" "takes requests from its own origin only";
        AnyMethod "allowed-methods" "lets pages read only";
        SignatureFields "allowed-fields" "lets pages send no signature";
        ExposedFields "exposed-fields" "lets pages read no field of an answer";
        RefusalsRead "refusals-read" "lets pages read no refusal";
        NoCredentials "no-credentials" "takes cookies from other origins";
    }
}

static OFF: OnceLock<Switch> = OnceLock::new();

impl Switch {
    /// Switches it off, in this process and for good.
    ///
    /// # Errors
    ///
    /// When another one is off already.
    pub fn turn_off(self) -> Result<(), Self> {
        OFF.set(self)
    }

    /// Whether it is the one that is off.
    pub(crate) fn is_off(self) -> bool {
        off() == Some(self)
    }
}

/// The one that is off.
fn off() -> Option<Switch> {
    OFF.get().copied()
}
