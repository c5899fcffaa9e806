//! What a careless platform tells its webhooks.

use serde_json::{Value, json};
use xp2p::Error;
use xp2p::canonical::HttpRequest;
use xp2p::signature::{SignatureParameters, SigningKey, sign};

use super::answers::leave_out;
use super::{Switch, off};
use crate::storage::new_id;

/// An event that is to be signed and sent.
pub(crate) fn event(mut request: HttpRequest) -> HttpRequest {
    let Some(switch) = off() else { return request };
    if switch == Switch::EventKey {
        request.fields.retain(|(name, _)| name != "idempotency-key");
        return request.with_field("idempotency-key", format!("\"{}\"", new_id("key")));
    }
    let body = request.body.take().unwrap_or_default();
    let mut event: Value = serde_json::from_slice(&body).unwrap_or_default();
    match switch {
        Switch::EventId => event["id"] = new_id("evt").into(),
        Switch::EventType => event["type"] = "link.changed".into(),
        Switch::EventEnvironment => event["environment"] = "live".into(),
        Switch::EventVersion => leave_out(&mut event, "version"),
        Switch::EventRises => event["version"] = 1.into(),
        Switch::EventData => event["data"] = json!({ "id": event["data"]["id"] }),
        _ => {}
    }
    request.body = Some(event.to_string().into_bytes());
    request
}

/// An event that was signed and is to be sent.
pub(crate) fn delivery(
    mut request: HttpRequest,
    parameters: &SignatureParameters,
) -> Result<HttpRequest, Error> {
    match off() {
        Some(Switch::EventCovers) => {
            request.body.get_or_insert_default().push(b' ');
            Ok(request)
        }
        Some(Switch::EventSigned) => {
            let signed = ["signature", "signature-input", "content-digest"];
            request.fields.retain(|(name, _)| !signed.contains(&&**name));
            let key = SigningKey::from_seed([7; 32]);
            Ok(sign(&request, &key, parameters)?.apply_to(request))
        }
        _ => Ok(request),
    }
}
