//! Refusals: RFC 9457 problem documents.

use super::HttpResponse;
use crate::canonical::Json;
use crate::error::{Error, ErrorCode};

/// The refusal that a platform states in an answer, or `None` where the answer is no problem document
/// of the contract: an answer that somebody in between made says nothing about the payment.
///
/// Of the document only the code and the parameter's name are taken, and of a code that is not known
/// here whether a retry helps. The platform's words are never shown to anybody.
pub fn read_refusal(response: &HttpResponse) -> Option<Error> {
    if response.media_type()? != "application/problem+json" {
        return None;
    }
    let problem = Json::parse(&response.body).ok()?;
    let code = problem.text("code").ok()?;
    let error = match (ErrorCode::from_wire(code), problem.member("retryable")) {
        (Some(code), _) => Error::new(code),
        (None, Some(Json::Bool(true))) => Error::new(ErrorCode::PlatformRefused).retryable(),
        (None, _) => Error::new(ErrorCode::PlatformRefused),
    };
    match problem.text("param") {
        Ok(param) if is_name(param) => Some(error.at(param)),
        _ => Some(error),
    }
}

/// Whether a text can be the name of a member, header or component, and not a message to a person.
fn is_name(text: &str) -> bool {
    let allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'@' | b'.' | b'_' | b'-');
    text.len() <= 64 && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use alloc::borrow::ToOwned;

    use super::*;

    fn read(media_type: &str, body: &str) -> Option<Error> {
        let fields = vec![("content-type".to_owned(), media_type.to_owned())];
        read_refusal(&HttpResponse { status: 402, fields, body: body.as_bytes().to_vec() })
    }

    #[test]
    fn takes_code_and_parameter_and_no_words() {
        let problem = "application/problem+json; charset=utf-8";
        let error =
            read(problem, r#"{"code":"insufficient_funds","param":"amount","detail":"call +1"}"#);
        let error = error.unwrap();
        assert_eq!((error.code(), error.param()), (ErrorCode::InsufficientFunds, Some("amount")));
        assert_eq!(error.message(), ErrorCode::InsufficientFunds.message());
        let error = read(problem, r#"{"code":"of_the_future","param":"please call us"}"#).unwrap();
        assert_eq!((error.code(), error.param()), (ErrorCode::PlatformRefused, None));
        assert!(!error.is_retryable());
        let error = read(problem, r#"{"code":"of_the_future","retryable":true}"#).unwrap();
        assert!(error.code() == ErrorCode::PlatformRefused && error.is_retryable());
        let error = read(problem, r#"{"code":"insufficient_funds","retryable":true}"#).unwrap();
        assert!(!error.is_retryable(), "the table knows better");
    }

    #[test]
    fn what_is_no_problem_document_says_nothing() {
        assert_eq!(read("text/html", r#"{"code":"insufficient_funds"}"#), None);
        assert_eq!(read("application/problem+json", "<html>"), None);
        assert_eq!(read("application/problem+json", r#"{"status":402}"#), None);
    }
}
