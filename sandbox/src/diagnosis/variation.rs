//! The bases of the usual mistakes.

use base64ct::{Base64, Encoding};
use percent_encoding::percent_decode_str;
use url::{Position, Url, form_urlencoded};
use xp2p::canonical::{HttpRequest, SignatureInput, content_digest, signature_base};
use xp2p::signature::required_components;

use super::Cause;

/// What a client may have signed.
pub(super) struct Variation {
    pub causes: Vec<Cause>,
    pub base: String,
    /// The bytes that the signature is over.
    pub message: Vec<u8>,
}

/// One thing that a client may have had otherwise than it arrived.
struct Edit {
    cause: Cause,
    request: HttpRequest,
    input: SignatureInput,
}

/// Bases to try: the one as it arrived, each mistake alone, then another target with one mistake more.
pub(super) fn variations(request: &HttpRequest, input: &SignatureInput) -> Vec<Variation> {
    let mut found: Vec<Variation> = Vec::new();
    let mut add = |causes: Vec<Cause>, base: String, message: Vec<u8>| {
        if found.iter().all(|earlier| earlier.message != message) {
            found.push(Variation { causes, base, message });
        }
    };
    let Ok(base) = signature_base(request, input) else { return found };
    add(Vec::new(), base.clone(), base.clone().into_bytes());
    let targets = targets(request, input);
    let others = others(request, input);
    for Edit { cause, request, input } in targets.iter().chain(&others) {
        if let Ok(base) = signature_base(request, input) {
            add(vec![*cause], base.clone(), base.into_bytes());
        }
    }
    for (cause, base, message) in written_otherwise(request, &base) {
        add(vec![cause], base, message);
    }
    for target in &targets {
        for Edit { cause, request, input } in self::others(&target.request, input) {
            if let Ok(base) = signature_base(&request, &input) {
                add(vec![target.cause, cause], base.clone(), base.into_bytes());
            }
        }
    }
    found
}

/// The request with one value in a field, whatever it had there.
pub(super) fn with_field(request: &HttpRequest, name: &str, value: &str) -> HttpRequest {
    let mut changed = request.clone();
    changed.fields.retain(|(field, _)| field != name);
    changed.with_field(name, value)
}

fn targets(request: &HttpRequest, input: &SignatureInput) -> Vec<Edit> {
    let Some((origin, path)) = split_origin(&request.url) else { return Vec::new() };
    let mut urls: Vec<(Cause, String)> = Vec::new();
    let mut paths: Vec<(Cause, String)> = Vec::new();
    let (bare, query) = path.split_at(path.find('?').unwrap_or(path.len()));
    if !query.is_empty() {
        paths.push((Cause::WithoutQuery, bare.into()));
    }
    paths.push((Cause::TrailingSlash, format!("{}{query}", toggled_slash(bare))));
    paths.extend(other_encodings(origin, path).map(|path| (Cause::OtherEncoding, path)));
    let origins = other_origins(request, origin);
    urls.extend(origins.iter().map(|other| (Cause::AnotherOrigin, format!("{other}{path}"))));
    urls.extend(paths.iter().map(|(cause, path)| (*cause, format!("{origin}{path}"))));
    urls.push((Cause::WithoutOrigin, path.into()));
    urls.push((Cause::WithoutOrigin, bare.into()));
    for (_, path) in &paths {
        urls.extend(origins.iter().map(|other| (Cause::AnotherOrigin, format!("{other}{path}"))));
    }
    let edit = |(cause, url)| {
        let request = HttpRequest { url, ..request.clone() };
        Edit { cause, request, input: input.clone() }
    };
    urls.into_iter().map(edit).collect()
}

/// Where else the client may believe that the platform is: the names of this machine, what the request
/// itself says, and what a page gets that asks its own origin and leaves the rest to a proxy.
fn other_origins(request: &HttpRequest, origin: &str) -> Vec<String> {
    let configured = origin.split_once("://").map_or(origin, |(_, authority)| authority);
    let mut authorities: Vec<String> = vec![configured.into()];
    authorities.extend(request.field("host"));
    authorities.extend(request.field("x-forwarded-host"));
    for authority in authorities.clone() {
        let (host, port) = split_port(&authority);
        authorities.push(host.into());
        for name in ["localhost", "127.0.0.1", "[::1]"] {
            authorities.extend([format!("{name}{port}"), name.into()]);
        }
        if port.is_empty() {
            authorities.extend([format!("{host}:80"), format!("{host}:443")]);
        }
    }
    let mut origins: Vec<String> = request.field("origin").into_iter().collect();
    for authority in authorities {
        origins.extend(["http", "https"].map(|scheme| format!("{scheme}://{authority}")));
    }
    let mut distinct: Vec<String> = Vec::new();
    for other in origins {
        if other != origin && !distinct.contains(&other) {
            distinct.push(other);
        }
    }
    distinct
}

fn others(request: &HttpRequest, input: &SignatureInput) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut add = |cause, request| edits.push(Edit { cause, request, input: input.clone() });
    let method = request.method.to_ascii_lowercase();
    add(Cause::MethodCase, HttpRequest { method, ..request.clone() });
    if let Some(content_type) = request.field("content-type") {
        let bare = content_type.split(';').next().unwrap_or_default().trim_ascii();
        for parameter in
            ["", ";charset=UTF-8", "; charset=utf-8", ";charset=utf-8", "; charset=UTF-8"]
        {
            let value = format!("{bare}{parameter}");
            add(Cause::ContentTypeParameter, with_field(request, "content-type", &value));
        }
    }
    if let Some(key) = request.field("idempotency-key") {
        let bare = key.trim_matches('"');
        for value in [bare.to_string(), format!("\"{bare}\"")] {
            add(Cause::IdempotencyKeyQuotes, with_field(request, "idempotency-key", &value));
        }
    }
    edits
}

/// The base itself built otherwise than RFC 9421 section 2.5 says.
fn written_otherwise(request: &HttpRequest, base: &str) -> Vec<(Cause, String, Vec<u8>)> {
    const PARAMETERS: &str = "\"@signature-params\": ";
    let mut written = Vec::new();
    let mut add = |cause, text: String| written.push((cause, text.clone(), text.into_bytes()));
    add(Cause::LineEnds, format!("{base}\n"));
    add(Cause::LineEnds, base.replace('\n', "\r\n"));
    let (lines, parameters) = base.rsplit_once('\n').unwrap_or(("", base));
    let value = parameters.strip_prefix(PARAMETERS).unwrap_or(parameters);
    for lines in other_orders(request, lines) {
        // Only the lines change places: the parameters are signed as they are presented.
        add(Cause::ComponentOrder, format!("{lines}\n{parameters}"));
    }
    add(Cause::ParametersLine, format!("{lines}\n{PARAMETERS}{}={value}", super::LABEL));
    add(Cause::ParametersLine, lines.into());
    add(Cause::ParametersLine, format!("{lines}\n"));
    let unquoted = |line: &str| match line.split_once(": ") {
        Some((name, value)) => format!("{}: {value}", name.trim_matches('"')),
        None => line.into(),
    };
    let unquoted: Vec<String> = base.lines().map(unquoted).collect();
    add(Cause::NamesWithoutQuotes, unquoted.join("\n"));
    if let Some(hash) = sha_256(base) {
        let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        written.push((Cause::HashSigned, base.into(), hash.clone()));
        written.push((Cause::HashSigned, base.into(), hex.into_bytes()));
        written.push((Cause::HashSigned, base.into(), Base64::encode_string(&hash).into_bytes()));
    }
    written
}

/// The other way round, and as the profile lists them, which is also by name.
fn other_orders(request: &HttpRequest, lines: &str) -> [String; 2] {
    let lines: Vec<&str> = lines.lines().collect();
    let reversed: Vec<&str> = lines.iter().rev().copied().collect();
    let profile: Vec<String> = required_components(request)
        .map(|component| format!("\"{}\": ", component.identifier()))
        .collect();
    let mut as_listed = lines;
    let place = |line: &&str| profile.iter().position(|name| line.starts_with(name.as_str()));
    as_listed.sort_by_key(|line| place(line).unwrap_or(usize::MAX));
    [reversed, as_listed].map(|lines| lines.join("\n"))
}

fn sha_256(text: &str) -> Option<Vec<u8>> {
    let digest = content_digest(text.as_bytes());
    Base64::decode_vec(digest.strip_prefix("sha-256=:")?.strip_suffix(':')?).ok()
}

fn split_origin(url: &str) -> Option<(&str, &str)> {
    let authority = url.find("://")? + 3;
    let path = url[authority..].find(['/', '?']).map_or(url.len(), |at| authority + at);
    Some(url.split_at(path))
}

/// The host, and the port with its colon.
fn split_port(authority: &str) -> (&str, &str) {
    let host_ends = authority.rfind(']').map_or(0, |at| at + 1);
    let at = authority[host_ends..].find(':').map_or(authority.len(), |at| host_ends + at);
    authority.split_at(at)
}

fn toggled_slash(path: &str) -> String {
    match path.strip_suffix('/') {
        Some(without) => without.into(),
        None => format!("{path}/"),
    }
}

/// The path and query decoded, as servers' libraries give it, and as WHATWG's parser and form encoder
/// write it.
fn other_encodings(origin: &str, path: &str) -> impl Iterator<Item = String> {
    let decoded = percent_decode_str(path).decode_utf8().ok().map(String::from);
    let parsed = Url::parse(&format!("{origin}{path}")).ok();
    let normal = parsed.as_ref().map(|url| url[Position::BeforePath..].to_string());
    let form = parsed.filter(|url| url.query().is_some()).map(|url| {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(url.query_pairs())
            .finish();
        format!("{}?{query}", url.path())
    });
    [decoded, normal, form].into_iter().flatten()
}
