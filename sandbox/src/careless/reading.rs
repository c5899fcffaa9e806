//! A careless reader of bodies: what the strict one refuses is mended until it passes.

use serde_json::{Value, json};
use xp2p::{Error, ErrorCode};

use super::{Switch, off};
use crate::operation::{Operation, Order};

/// How often one body is mended.
const ATTEMPTS: usize = 4;

/// What an operation reads, or what it would read if it were not so strict.
pub(crate) fn read<O: Operation>(
    order: &Order,
    mut read: Result<O::Request, Error>,
) -> Result<O::Request, Error> {
    let (Some(switch), Ok(mut document)) = (off(), serde_json::from_slice(&order.body)) else {
        return read;
    };
    for _ in 0..ATTEMPTS {
        match &read {
            Err(refused) if mend(switch, refused, &mut document).is_some() => {
                let body = document.to_string().into();
                read = O::read(&Order { body, ..order.clone() });
            }
            _ => break,
        }
    }
    read
}

/// Mends what was refused, if this switch is what refused it. serde_json has taken the last of two members
/// with one name already, and dropped the space between them.
fn mend(switch: Switch, refused: &Error, document: &mut Value) -> Option<()> {
    let path = refused.param().unwrap_or_default();
    match (switch, refused.code()) {
        (Switch::BodySize, ErrorCode::RequestTooLarge) => {}
        (Switch::MemberOnce, ErrorCode::RequestMalformed) if path.is_empty() => {}
        (Switch::MemberKnown, ErrorCode::RequestMalformed) => leave_out(document, path)?,
        (Switch::AmountText, ErrorCode::AmountNotText) => {
            let number = member(document, path)?.as_f64()?;
            replace(document, path, |_| format!("{number:.2}"))?;
        }
        (Switch::AmountForm, ErrorCode::AmountMalformed)
        | (Switch::AmountPrecise, ErrorCode::AmountTooPrecise) => {
            replace(document, path, |text| {
                format!("{:.2}", text.parse::<f64>().unwrap_or_default())
            })?;
        }
        (Switch::AmountLength, ErrorCode::AmountTooLong) => {
            replace(document, path, |text| text.chars().skip(text.len() - 4).collect())?;
        }
        (Switch::AmountZero, ErrorCode::AmountZero) => {
            replace(document, path, |_| "0.01".into())?;
        }
        (Switch::AmountNegative, ErrorCode::AmountNegative) => {
            replace(document, path, |text| text.replace('-', ""))?;
        }
        (Switch::CurrencyKnown, ErrorCode::CurrencyUnknown) => {
            replace(document, path, |_| "EUR".into())?;
        }
        (Switch::HandleFolded, ErrorCode::HandleMalformed)
        | (Switch::AccountForm, ErrorCode::AccountMalformed) => {
            replace(document, path, |text| text.trim_start_matches('@').to_lowercase())?;
        }
        (Switch::ReferenceForm, ErrorCode::ReferenceMalformed)
        | (Switch::NoteForm, ErrorCode::NoteMalformed) => leave_out(document, path)?,
        (Switch::KeyWeak, ErrorCode::KeyWeak) => {
            replace(document, path, |_| "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".into())?;
        }
        (Switch::KeyCurve, ErrorCode::KeyMalformed) => {
            replace(document, path, |_| "Ed25519".into())?;
        }
        (Switch::ExpiresIn, ErrorCode::RequestMalformed) if path == "expires_in" => {
            leave_out(document, path)?;
        }
        (Switch::StateForm, ErrorCode::RequestMalformed) if path == "state" => {
            leave_out(document, path)?;
        }
        (Switch::WebhookNews, ErrorCode::RequestMalformed) if path == "events" => {
            *member(document, path)? = json!(["payment.paid"]);
        }
        _ => return None,
    }
    Some(())
}

/// The member at a path such as `amount.value`.
fn member<'a>(document: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    path.split('.').try_fold(document, |value, name| value.get_mut(name))
}

fn replace(document: &mut Value, path: &str, with: impl FnOnce(&str) -> String) -> Option<()> {
    let value = member(document, path)?;
    *value = Value::String(with(value.as_str().unwrap_or_default()));
    Some(())
}

fn leave_out(document: &mut Value, path: &str) -> Option<()> {
    let (object, name) = match path.rsplit_once('.') {
        Some((object, name)) => (member(document, object)?, name),
        None => (document, path),
    };
    object.as_object_mut()?.shift_remove(name).map(drop)
}
