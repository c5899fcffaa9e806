//! Sending a message with the `fetch` of a page, worker or JavaScript runtime.

use alloc::string::String;
use alloc::vec::Vec;

use gloo_net::http::{Headers, Method, RequestBuilder, Response};
use js_sys::{Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::HttpResponse;
use crate::canonical::HttpRequest;
use crate::error::{Error, ErrorCode, Result};

/// Sends a request and waits for the whole answer.
///
/// The request carries no cookies, follows no redirect and is not cached: the platform knows a caller
/// by its signature alone, and a redirect would take a signed request to an address that it does not
/// name.
///
/// # Errors
///
/// `platform_unreachable` when no whole answer came, whatever the reason. A request that was sent may
/// have been acted upon all the same.
pub async fn fetch(request: &HttpRequest) -> Result<HttpResponse> {
    send(request).await.map_err(|_| Error::new(ErrorCode::PlatformUnreachable))
}

async fn send(request: &HttpRequest) -> core::result::Result<HttpResponse, JsValue> {
    let headers = Headers::new();
    for (name, value) in &request.fields {
        headers.append(name, value);
    }
    let method = if request.method == "POST" { Method::POST } else { Method::GET };
    let builder = RequestBuilder::new(&request.url)
        .method(method)
        .headers(headers)
        .credentials(web_sys::RequestCredentials::Omit)
        .redirect(web_sys::RequestRedirect::Error)
        .cache(web_sys::RequestCache::NoStore)
        .referrer_policy(web_sys::ReferrerPolicy::NoReferrer);
    let built = match &request.body {
        Some(body) => builder.body(Uint8Array::from(body.as_slice())),
        None => builder.build(),
    };
    let built = web_sys::Request::from(built.map_err(|_| JsValue::UNDEFINED)?);

    // gloo-net's own `send` and `binary` run into `unreachable!` when a promise is rejected with
    // something that is no `Error`, which a page can do to us by replacing `fetch`. So the promises
    // are awaited here.
    let fetch: Function = Reflect::get(&js_sys::global(), &"fetch".into())?.dyn_into()?;
    let promise: Promise = fetch.call1(&JsValue::UNDEFINED, &built)?.dyn_into()?;
    let response: web_sys::Response = JsFuture::from(promise).await?.dyn_into()?;
    let body = JsFuture::from(response.array_buffer()?).await?;
    let response = Response::from(response);
    let fields: Vec<(String, String)> = response.headers().entries().collect();
    Ok(HttpResponse { status: response.status(), fields, body: Uint8Array::new(&body).to_vec() })
}
