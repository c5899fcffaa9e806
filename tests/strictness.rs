//! What is refused although its signature is genuine: every token and request here is signed by the
//! right key over exactly what it says, so that only the rule under test stands in its way.

mod say;

use base64ct::{Base64UrlUnpadded, Encoding};
use curve25519_dalek::constants::EIGHT_TORSION;
use say::say;
use serde_json::{Value, json};
use xp2p::canonical::{HttpRequest, Item, SignatureInput, content_digest, signature_base};
use xp2p::receipt::{Expected, KeySet, Receipt, verify_receipt};
use xp2p::signature::{Policy, Presented, PublicKey, SigningKey};
use xp2p::{AccountId, Amount, ErrorCode, Handle, Party, Result};

const NOW: u64 = 1_763_819_689;

fn key() -> SigningKey {
    SigningKey::from_seed([9; 32])
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    Base64UrlUnpadded::encode_string(bytes.as_ref())
}

/// Every encoding of the eight points of small order, also those that RFC 8032 section 5.1.3 refuses:
/// y not reduced modulo p, and a sign where x is zero.
fn small_order_encodings() -> Vec<[u8; 32]> {
    let p_plus = |k: u8| {
        let mut bytes = [0xff; 32];
        (bytes[0], bytes[31]) = (0xed + k, 0x7f);
        bytes
    };
    let mut encodings: Vec<[u8; 32]> =
        EIGHT_TORSION.iter().map(|point| point.compress().to_bytes()).collect();
    encodings.extend([p_plus(0), p_plus(1)]);
    for index in 0..encodings.len() {
        let mut signed = encodings[index];
        signed[31] ^= 0x80;
        encodings.push(signed);
    }
    encodings.sort();
    encodings.dedup();
    encodings
}

#[test]
fn requirement_13_no_encoding_of_a_weak_key_is_a_key() {
    let encodings = small_order_encodings();
    assert_eq!(encodings.len(), 14);
    for bytes in &encodings {
        let error = PublicKey::from_bytes(bytes).unwrap_err();
        assert_eq!((error.code(), error.param()), (ErrorCode::KeyWeak, Some("x")), "{bytes:02x?}");
        assert_eq!(PublicKey::from_jwk_x(&encode(bytes)).unwrap_err(), error);
        // A key set is refused whole, rather than read without the key.
        let kid = format!("sandbox:{}", key().public_key().key_id());
        let document =
            json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": encode(bytes), "kid": kid}]});
        let refused = KeySet::parse(document.to_string().as_bytes()).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::KeyWeak);
    }
    say(&format!("{} encodings of weak keys refused", encodings.len()));
}

#[test]
fn requirement_13_a_key_has_one_encoding() {
    for low in 0xed..=0xff {
        for high in [0x7f, 0xff] {
            // y from p to 2^255 - 1: RFC 8032 section 5.1.3 step 1. Points of small order among them.
            let mut bytes = [0xff; 32];
            (bytes[0], bytes[31]) = (low, high);
            let code = PublicKey::from_bytes(&bytes).unwrap_err().code();
            assert!(
                matches!(code, ErrorCode::KeyMalformed | ErrorCode::KeyWeak),
                "{low:x} {high:x}"
            );
        }
    }
}

#[test]
fn requirement_13_a_signature_has_one_form() {
    let (key, message) = (key(), b"message");
    let signature = key.sign(message);
    let public = key.public_key();
    public.verify(message, &signature).unwrap();
    // S + L: the order of the base point, RFC 8032 section 5.1.
    let order = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut larger = signature;
    let mut carry = 0_u16;
    for (byte, add) in larger[32..].iter_mut().zip(order) {
        carry += u16::from(*byte) + add;
        *byte = carry.to_le_bytes()[0];
        carry >>= 8;
    }
    assert!(public.verify(message, &larger).is_err());
    for bytes in small_order_encodings() {
        let weak = [&bytes[..], &signature[32..]].concat();
        assert!(public.verify(message, &weak).is_err(), "{bytes:02x?}");
        assert!(public.verify(message, &[&bytes[..], &[0; 32]].concat()).is_err());
    }
    for length in [0, 32, 63, 65, 128] {
        let mut other = signature.to_vec();
        other.resize(length, 0);
        assert!(public.verify(message, &other).is_err(), "{length} bytes");
    }
}

fn kid() -> String {
    format!("sandbox:{}", key().public_key().key_id())
}

fn keys() -> KeySet {
    let x = key().public_key().to_jwk_x();
    let document = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": kid(), "x": x}]});
    KeySet::parse(document.to_string().as_bytes()).unwrap()
}

fn claims() -> Value {
    json!({
        "iss": "https://api.example/sandbox", "iat": NOW, "jti": "pay_00000001",
        "payer": {"handle": "alice", "account": "acct_alice000"},
        "payee": {"handle": "lutece", "account": "acct_lutece00"},
        "amount": {"value": "12.50", "currency": "EUR"}, "reference": "order-1042",
        "request_digest": content_digest(b"{}"),
    })
}

fn header() -> Value {
    json!({"alg": "EdDSA", "kid": kid(), "typ": "xp2p-receipt+jwt"})
}

/// A token of these parts, genuinely signed.
fn token(header: &str, claims: &str) -> String {
    let input = format!("{}.{}", encode(header), encode(claims));
    format!("{input}.{}", encode(key().sign(input.as_bytes())))
}

fn verify(token: &str) -> Result<Receipt> {
    verify_expecting(token, |_| ())
}

/// Verifies against what [`claims`] says, changed in one place.
fn verify_expecting(token: &str, change: impl FnOnce(&mut Wanted)) -> Result<Receipt> {
    let mut wanted = Wanted::default();
    change(&mut wanted);
    let (handle, account) = (Handle::parse(wanted.payee.0)?, AccountId::parse(wanted.payee.1)?);
    verify_receipt(
        token,
        &keys(),
        &Expected {
            issuer: wanted.issuer,
            payee: &Party::new(handle, account),
            amount: &Amount::parse(wanted.amount.0, wanted.amount.1)?,
            reference: wanted.reference,
            request_digest: Some(&content_digest(wanted.body)),
            payment: Some(wanted.payment),
        },
    )
}

struct Wanted {
    issuer: &'static str,
    payee: (&'static str, &'static str),
    amount: (&'static str, &'static str),
    reference: Option<&'static str>,
    body: &'static [u8],
    payment: &'static str,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            issuer: "https://api.example/sandbox",
            payee: ("lutece", "acct_lutece00"),
            amount: ("12.50", "EUR"),
            reference: Some("order-1042"),
            body: b"{}",
            payment: "pay_00000001",
        }
    }
}

#[test]
fn requirement_14_a_token_says_nothing_about_how_to_verify_it() {
    let claims = claims().to_string();
    verify(&token(&header().to_string(), &claims)).unwrap();
    let mut refused = 0;
    let mut refuse = |token: &str, why: &str| {
        let error = verify(token).expect_err(why);
        assert!(
            matches!(error.code(), ErrorCode::ReceiptMalformed | ErrorCode::ReceiptKeyUnknown),
            "{why}: {error}"
        );
        refused += 1;
    };
    let with = |name: &str, value: Value| {
        let mut header = header();
        header[name] = value;
        token(&header.to_string(), &claims)
    };
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": key().public_key().to_jwk_x()});
    // Every header parameter that IANA has registered, and one that it has not.
    for (name, value) in [
        ("jwk", jwk),
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/x5u")),
        ("x5c", json!(["AAAA"])),
        ("x5t", json!("AAAA")),
        ("x5t#S256", json!("AAAA")),
        ("crit", json!([])),
        ("crit", json!(["b64"])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
        ("enc", json!("A128GCM")),
        ("epk", json!({})),
        ("apu", json!("AAAA")),
        ("apv", json!("AAAA")),
        ("iv", json!("AAAA")),
        ("tag", json!("AAAA")),
        ("p2s", json!("AAAA")),
        ("p2c", json!(1_000_000)),
        ("url", json!("https://api.example/")),
        ("nonce", json!("AAAA")),
        ("ppt", json!("shaken")),
        ("svt", json!([])),
        ("iss", json!("https://api.example/sandbox")),
        ("sub", json!("alice")),
        ("aud", json!("lutece")),
        ("unregistered", json!(null)),
    ] {
        refuse(&with(name, value), name);
    }
    for algorithm in [
        "none", "None", "", "HS256", "HS512", "RS256", "PS256", "ES256", "ES256K", "Ed448",
        "ed25519", "eddsa", "EDDSA", "EdDSA ", "ED25519", "dir",
    ] {
        refuse(&with("alg", json!(algorithm)), algorithm);
    }
    for value in [json!(null), json!(["EdDSA"]), json!({"EdDSA": true}), json!(1)] {
        refuse(&with("alg", value.clone()), "an algorithm that is no text");
        refuse(&with("typ", value.clone()), "a type that is no text");
        refuse(&with("kid", value), "a key id that is no text");
    }
    for typ in [
        "JWT",
        "jwt",
        "at+jwt",
        "xp2p-receipt",
        "XP2P-RECEIPT+JWT",
        "application/xp2p-receipt+jwt",
        "",
    ] {
        refuse(&with("typ", json!(typ)), typ);
    }
    for name in ["alg", "kid", "typ"] {
        let mut without = header();
        without.as_object_mut().unwrap().remove(name);
        refuse(&token(&without.to_string(), &claims), name);
        let once = header().to_string();
        let again = format!("{},\"{name}\":{}}}", once.trim_end_matches('}'), header()[name]);
        refuse(&token(&again, &claims), "a member twice");
        let escaped = again.replace(
            &format!(",\"{name}\""),
            &format!(",\"\\u{:04x}{}\"", name.as_bytes()[0], &name[1..]),
        );
        refuse(&token(&escaped, &claims), "a member twice, once escaped");
    }
    let claimed_twice = claims.replacen('{', "{\"jti\":\"pay_00000001\",", 1);
    refuse(&token(&header().to_string(), &claimed_twice), "a claim twice");
    say(&format!("{refused} genuinely signed tokens refused for what they say"));
}

#[test]
fn requirement_14_a_token_has_one_way_to_be_written() {
    let (header, claims) = (header().to_string(), claims().to_string());
    let genuine = token(&header, &claims);
    let parts: Vec<&str> = genuine.split('.').collect();
    let mut refused = 0;
    let mut refuse = |token: &str| {
        let code = verify(token).unwrap_err().code();
        // One more character can be one more byte, which then is not what was signed.
        let expected = [ErrorCode::ReceiptMalformed, ErrorCode::ReceiptSignatureInvalid];
        assert!(expected.contains(&code), "{code:?}: {token}");
        refused += 1;
    };
    for index in 0..3 {
        for change in [
            |part: &str| format!("{part}="),
            |part: &str| format!("{part}=="),
            |part: &str| format!("{part}A"),
            |part: &str| format!(" {part}"),
            |part: &str| format!("{part}\n"),
            |part: &str| format!("{}+{}", &part[..4], &part[5..]),
            |part: &str| format!("{}/{}", &part[..4], &part[5..]),
            |_: &str| String::new(),
        ] {
            let mut other: Vec<String> = parts.iter().copied().map(String::from).collect();
            other[index] = change(&other[index]);
            refuse(&other.join("."));
        }
    }
    for other in [
        String::new(),
        ".".into(),
        "..".into(),
        "...".into(),
        parts[0].into(),
        parts[..2].join("."),
        format!("{genuine}."),
        format!(".{genuine}"),
        format!("{genuine}.{}", parts[2]),
        format!("{}..{}", parts[0], parts[2]),
    ] {
        refuse(&other);
    }
    // The last character of 64 bytes carries four bits that nothing needs.
    let loose = &genuine[..genuine.len() - 1];
    let spellings = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']);
    let taken = spellings.filter(|last| verify(&format!("{loose}{last}")).is_ok()).count();
    assert_eq!(taken, 1);

    // At the limit of 16 KiB and one byte over it.
    let spare = 16 * 1024 - (genuine.len() - parts[1].len());
    let of = |length: usize| {
        let spaces = length / 4 * 3 - claims.len();
        token(&header, &format!("{}{claims}", " ".repeat(spaces)))
    };
    let (longest, longer) = (of(spare), of(spare + 4));
    assert!((16 * 1024 - 3..=16 * 1024).contains(&longest.len()) && longer.len() > 16 * 1024);
    verify(&longest).unwrap();
    refuse(&longer);
    say(&format!("{refused} other spellings of a token refused"));
}

#[test]
fn requirement_15_a_receipt_of_something_else_is_no_receipt_of_this() {
    let genuine = token(&header().to_string(), &claims().to_string());
    verify(&genuine).unwrap();
    let refused = |change: fn(&mut Wanted)| {
        let error = verify_expecting(&genuine, change).unwrap_err();
        assert_eq!(error.code(), ErrorCode::ReceiptMismatch);
        error.param().unwrap().to_owned()
    };
    assert_eq!(refused(|wanted| wanted.payment = "pay_00000002"), "jti");
    assert_eq!(refused(|wanted| wanted.amount.0 = "12.51"), "amount");
    assert_eq!(refused(|wanted| wanted.amount = ("12.50", "USD")), "amount");
    // The audience is the payee: whoever verifies is the one who was to be paid.
    assert_eq!(refused(|wanted| wanted.payee.1 = "acct_mallory0"), "payee");
    assert_eq!(refused(|wanted| wanted.payee.0 = "mallory"), "payee");
    assert_eq!(refused(|wanted| wanted.issuer = "https://evil.example/sandbox"), "iss");
    assert_eq!(refused(|wanted| wanted.issuer = "https://api.example/live"), "kid");
    assert_eq!(refused(|wanted| wanted.reference = Some("order-1043")), "reference");
    assert_eq!(refused(|wanted| wanted.reference = None), "reference");
    assert_eq!(refused(|wanted| wanted.body = b"{ }"), "request_digest");
}

/// A request by the profile, and its signature input, to be changed before it is signed.
fn request() -> (HttpRequest, SignatureInput) {
    let request = HttpRequest::new("POST", "https://api.example/v1/payments")
        .with_json(b"{}".to_vec())
        .with_field("idempotency-key", "\"0198f0a6-b3c9-7d2e\"")
        .with_field("content-digest", content_digest(b"{}"));
    let input = format!(
        "xp2p=(\"@method\" \"@target-uri\" \"content-digest\" \"content-type\" \"idempotency-key\")\
         ;created={NOW};expires={};nonce=\"q83vEjRWeJCrze8SNFZ4kA\";keyid=\"{}\";alg=\"ed25519\"\
         ;tag=\"xp2p-sandbox\"",
        NOW + 300,
        key().public_key().key_id(),
    );
    (request, SignatureInput::parse(&input, "xp2p").unwrap())
}

/// Signs what the input says, and gives the request to the verifier.
fn signed(mut request: HttpRequest, input: &SignatureInput, digest: Option<&str>) -> Result<()> {
    if let Some(digest) = digest {
        request.fields.retain(|(name, _)| name != "content-digest");
        request = request.with_field("content-digest", digest);
    }
    let base = signature_base(&request, input).unwrap();
    sent(request, &format!("xp2p={}", input.to_field_value()), &base, "xp2p")
}

fn sent(request: HttpRequest, input: &str, base: &str, label: &str) -> Result<()> {
    use base64ct::Base64;
    let signature = Base64::encode_string(&key().sign(base.as_bytes()));
    let request = request
        .with_field("signature-input", input)
        .with_field("signature", format!("{label}=:{signature}:"));
    let policy = Policy { environment: "sandbox", now: NOW };
    Presented::read(&request)?.verify(&request, &key().public_key(), &policy)
}

#[test]
fn requirement_16_a_genuine_signature_of_less_is_refused() {
    let (request, input) = request();
    signed(request.clone(), &input, None).unwrap();
    let mut refused = 0;
    let mut refuse = |result: Result<()>, codes: &[ErrorCode], what: &str| {
        let error = result.expect_err(what);
        assert!(codes.contains(&error.code()), "{what}: {error:?}");
        refused += 1;
    };
    let (malformed, incomplete) = (ErrorCode::SignatureMalformed, ErrorCode::SignatureIncomplete);

    for index in 0..input.components.len() {
        let mut less = input.clone();
        let left_out = less.components.remove(index);
        refuse(signed(request.clone(), &less, None), &[incomplete], left_out.identifier());
    }
    for index in 0..input.parameters.len() {
        let mut less = input.clone();
        let (left_out, _) = less.parameters.remove(index);
        refuse(signed(request.clone(), &less, None), &[malformed], &left_out);
    }
    let with = |name: &str, value: Item| {
        let mut other = input.clone();
        other.parameters.retain(|(parameter, _)| parameter != name);
        other.parameters.push((name.into(), value));
        signed(request.clone(), &other, None)
    };
    for algorithm in [
        "hmac-sha256",
        "rsa-pss-sha512",
        "rsa-v1_5-sha256",
        "ecdsa-p256-sha256",
        "ecdsa-p384-sha384",
        "ED25519",
        "Ed25519",
        "eddsa",
        "none",
        "",
    ] {
        refuse(with("alg", Item::String(algorithm.into())), &[malformed], algorithm);
    }
    for (name, value) in [
        ("created", Item::String(NOW.to_string())),
        ("created", Item::Integer(-1)),
        ("expires", Item::String((NOW + 60).to_string())),
        ("expires", Item::Integer(NOW as i64 + 301)),
        ("expires", Item::Integer(NOW as i64)),
        ("nonce", Item::Integer(7)),
        ("nonce", Item::String("short".into())),
        ("keyid", Item::Integer(7)),
        ("tag", Item::String("xp2p".into())),
        ("tag", Item::String("app-sandbox".into())),
        ("unknown", Item::Integer(1)),
        ("sf", Item::Integer(1)),
    ] {
        refuse(with(name, value), &[malformed, ErrorCode::KeyUnknown], name);
    }
    refuse(with("tag", Item::String("xp2p-live".into())), &[ErrorCode::EnvironmentMismatch], "tag");

    // What the SDK's own types cannot even say, so that the text is changed.
    let field = format!("xp2p={}", input.to_field_value());
    for (from, to) in [
        ("\"@method\"", "\"@method\" \"@method\""),
        ("\"content-type\"", "\"content-type\";sf"),
        ("\"content-type\"", "\"content-type\";bs"),
        ("\"content-type\"", "\"content-type\";tr"),
        ("\"@method\"", "\"@method\";req"),
        ("\"content-digest\"", "\"content-digest\";key=\"sha-256\""),
        ("\"@target-uri\"", "\"@target-uri\" \"@request-target\""),
        ("\"@target-uri\"", "\"@target-uri\" \"@status\""),
        ("\"@target-uri\"", "\"@target-uri\" \"@query-param\";name=\"a\""),
        ("\"@method\"", "@method"),
        ("\"content-type\"", "\"Content-Type\""),
        (";alg=", ";alg=\"ed25519\";alg="),
        (";tag=", ";created=1;tag="),
        (";created=", ";created=01;created="),
        ("xp2p=", "sig1=(\"@method\");created=1, xp2p="),
        ("xp2p=", "xp2p=(\"@method\");created=1, xp2p="),
        ("xp2p=", "other="),
    ] {
        let changed = field.replacen(from, to, 1);
        assert_ne!(changed, field);
        let base = signature_base(&request, &input).unwrap();
        let (lines, _) = base.rsplit_once('\n').unwrap();
        let base = format!("{lines}\n\"@signature-params\": {}", &changed[5..]);
        refuse(sent(request.clone(), &changed, &base, "xp2p"), &[malformed, incomplete], to);
    }
    let base = signature_base(&request, &input).unwrap();
    for label in ["sig1", "other", "XP2P", ""] {
        refuse(sent(request.clone(), &field, &base, label), &[malformed], label);
    }

    // The digest is over the bytes that arrived, by the one algorithm.
    let genuine = content_digest(b"{}");
    let sha512 = "sha-512=:J8dGcK23UHX60FjVzq970IMTneGyDuuijL2Jvl3KvNMmjPCBG72D9Knh403jin+yFGAa72aZ4ePOp8c4kgy5yw==:";
    for digest in [
        sha512,
        &format!("{genuine}, {sha512}"),
        &format!("{sha512}, {genuine}"),
        &genuine.replace("sha-256", "SHA-256"),
        &genuine.replace("sha-256=", "sha-256= "),
        &format!("{genuine};a"),
        &format!("{genuine}, {genuine}"),
        &genuine.replace('=', ""),
        &content_digest(b"{ }"),
        "",
    ] {
        let result = signed(request.clone(), &input, Some(digest));
        refuse(result, &[ErrorCode::DigestMismatch], digest);
    }
    say(&format!("{refused} genuine signatures of something less refused"));
}
