//! WebAuthn level 3, on the relying party's side.
//!
//! Everything is verified by `webauthn-rs`: of the crates that do, it is the one that is reviewed and most
//! used, and since 0.6 its cryptography is RustCrypto's, so that nothing but a Rust toolchain builds it.
//! User verification is required in all that stands here, and the origin is the wallet's, port included.
//!
//! The library wants the state of a ceremony kept where no client can change it: it is in the database,
//! once, and a ceremony that ended cannot be gone on with.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use url::Url;
use webauthn_rs::prelude::{
    Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Uuid, Webauthn, WebauthnBuilder, WebauthnError,
};
use xp2p::canonical::Json;
use xp2p::{Error, ErrorCode};

use crate::failure::Failure;
use crate::settings::Origin;
use crate::storage::passkeys::{Credential, Passkey as Stored};

/// What a person reads in their authenticator.
const NAME: &str = "xp2p sandbox";

/// Whom passkeys are for: the wallet's origin, and its host.
pub(crate) struct RelyingParty(Option<Webauthn>);

/// Whom a passkey is made for.
pub(crate) struct User<'a> {
    /// See [`new_user_handle`].
    pub handle_of_user: &'a str,
    /// What is shown: the handle, and the name.
    pub handle: &'a str,
    pub name: &'a str,
}

/// What goes to the browser, and what stays here to verify its answer with.
pub(crate) struct Ceremony {
    pub options: Value,
    pub state: String,
}

impl RelyingParty {
    /// A wallet at an address instead of a name has no passkeys: browsers give it none.
    pub fn new(wallet: &Origin) -> Self {
        let wallet = Url::parse(wallet.as_str()).ok();
        let host = wallet.as_ref().and_then(|url| Some((url.domain()?, url)));
        let builder = host.map(|(host, wallet)| WebauthnBuilder::new(host, wallet));
        let webauthn = builder
            .and_then(Result::ok)
            .map(|builder| builder.rp_name(NAME).allow_any_port(!checks!(PasskeyOrigin)).build());
        Self(webauthn.and_then(Result::ok))
    }

    /// Section 7.1, up to the browser.
    pub fn begin(&self, user: &User<'_>, existing: &[&str]) -> Result<Ceremony, Failure> {
        let existing = existing.iter().map(|stored| Ok(kept::<Passkey>(stored)?.cred_id().clone()));
        let existing = existing.collect::<Result<Vec<_>, Failure>>()?;
        let id = Uuid::try_parse(user.handle_of_user)
            .map_err(|_| Failure::Corrupt("a user handle of the wrong form"))?;
        let begun =
            self.webauthn()?.start_passkey_registration(id, user.handle, user.name, Some(existing));
        let (options, state) = begun.map_err(cannot_begin)?;
        Ok(Ceremony { options: json!(options.public_key), state: keep(&state)? })
    }

    /// Section 7.1, from the browser on.
    pub fn finish(&self, state: &str, answer: &Registration) -> Result<Credential, Failure> {
        let state = kept::<PasskeyRegistration>(state)?;
        #[cfg(feature = "switches")]
        let state = kept(&crate::careless::state(&state))?;
        let verified = self.webauthn()?.finish_passkey_registration(&answer.0, &state);
        let passkey = verified.map_err(invalid)?;
        let counter = counter(&passkey)?;
        credential(&passkey, counter)
    }

    /// Section 7.2, up to the browser.
    pub fn ask(&self, passkeys: &[&str]) -> Result<Ceremony, Failure> {
        let passkeys = passkeys.iter().map(|stored| kept(stored)).collect::<Result<Vec<_>, _>>()?;
        let begun = self.webauthn()?.start_passkey_authentication(&passkeys);
        let (options, state) = begun.map_err(cannot_begin)?;
        Ok(Ceremony { options: json!(options.public_key), state: keep(&state)? })
    }

    /// Section 7.2, from the browser on: the id of the passkey that answered, and what it is from now on.
    pub fn answered(
        &self,
        state: &str,
        answer: &Assertion,
        existing: &[Stored],
    ) -> Result<(String, Credential), Failure> {
        let state = kept::<PasskeyAuthentication>(state)?;
        #[cfg(feature = "switches")]
        let state = kept(&crate::careless::state(&state))?;
        let verified = self.webauthn()?.finish_passkey_authentication(&answer.0, &state);
        let result = verified.map_err(invalid)?;
        for stored in existing {
            let Some(verifier) = &stored.credential else { continue };
            let mut passkey = kept::<Passkey>(verifier)?;
            if passkey.update_credential(&result).is_some() {
                let counter = result.counter().into();
                #[cfg(feature = "switches")]
                let counter = crate::careless::counter(counter, verifier);
                return Ok((stored.id.clone(), credential(&passkey, counter)?));
            }
        }
        // It was removed since it was asked.
        Err(ErrorCode::PasskeyInvalid.at("credential").into())
    }

    fn webauthn(&self) -> Result<&Webauthn, Failure> {
        let why = "this platform's wallet has no name that a passkey could be for";
        self.0.as_ref().ok_or_else(|| Error::new(ErrorCode::NotFound).because(why.into()).into())
    }
}

/// What an authenticator knows an account by: random, because whoever holds the authenticator may read
/// it (section 14.6.1).
pub(crate) fn new_user_handle() -> Result<String, Failure> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| Failure::Randomness)?;
    Ok(Uuid::from_bytes(random).to_string())
}

/// `RegistrationResponse` of the contract.
pub(crate) struct Registration(RegisterPublicKeyCredential);

impl Registration {
    /// # Errors
    ///
    /// `request_malformed` at the member.
    pub fn read(credential: &Json) -> Result<Self, Error> {
        read(credential, &["clientDataJSON", "attestationObject"], &[]).map(Self)
    }
}

/// `AuthenticationResponse` of the contract.
pub(crate) struct Assertion(PublicKeyCredential);

impl Assertion {
    /// # Errors
    ///
    /// `request_malformed` at the member.
    pub fn read(credential: &Json) -> Result<Self, Error> {
        let needed = ["clientDataJSON", "authenticatorData", "signature"];
        read(credential, &needed, &["userHandle"]).map(Self)
    }
}

/// Takes from a credential what is verified. Browsers write more, and more from year to year.
fn read<T: DeserializeOwned>(
    credential: &Json,
    needed: &[&'static str],
    perhaps: &[&'static str],
) -> Result<T, Error> {
    let response = credential.required("response")?;
    let mut members = Map::new();
    for name in needed {
        let text = response.text(name).map_err(|error| error.within("response"))?;
        members.insert((*name).into(), text.into());
    }
    for name in perhaps {
        let text = response.optional_text(name).map_err(|error| error.within("response"))?;
        members.insert((*name).into(), text.into());
    }
    let whole = json!({
        "id": credential.text("id")?,
        "rawId": credential.text("rawId")?,
        "type": credential.text("type")?,
        "response": members,
    });
    serde_json::from_value(whole).map_err(|_| ErrorCode::RequestMalformed.into())
}

fn credential(passkey: &Passkey, counter: i64) -> Result<Credential, Failure> {
    Ok(Credential {
        id: Base64UrlUnpadded::encode_string(passkey.cred_id()),
        verifier: keep(passkey)?,
        counter,
    })
}

/// The library shows a new passkey's counter only where it is kept.
fn counter(passkey: &Passkey) -> Result<i64, Failure> {
    let written = json!(passkey)["cred"]["counter"].as_i64();
    written.ok_or(Failure::Corrupt("a passkey without a counter"))
}

fn keep(state: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(state).map_err(|_| Failure::Corrupt("a ceremony that is no JSON"))
}

fn kept<T: DeserializeOwned>(state: &str) -> Result<T, Failure> {
    serde_json::from_str(state).map_err(|_| Failure::Corrupt("a ceremony of the wrong form"))
}

fn cannot_begin(cause: WebauthnError) -> Failure {
    tracing::error!(%cause, "a ceremony could not begin");
    Failure::Corrupt("passkeys that cannot be asked")
}

/// Why it does not verify is for the log: whoever tries learns nothing.
fn invalid(cause: WebauthnError) -> Failure {
    tracing::info!(%cause, "a passkey's answer does not verify");
    ErrorCode::PasskeyInvalid.at("credential").into()
}
