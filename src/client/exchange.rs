//! One exchange with the platform, step by step: signed, sent, and sent again where that is safe.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::mem;

use super::facts::PlatformFacts;
use super::retry::Tries;
use super::settings::{Settings, settings_request};
use super::step::Step;
use super::verdict::{Verdict, judge};
use crate::canonical::HttpRequest;
use crate::error::{Error, ErrorCode, Result};
use crate::signature::{MAX_LIFETIME, Prepared, SignatureParameters, prepare};
use crate::transport::{HttpResponse, Platform};

/// For how long an intent is sent again, in seconds. The platform keeps its answer for at least 24 hours
/// and would carry it out once more after that.
const INTENT_LIFETIME: u64 = 22 * 3600;
/// By how much our clock may have been set back meanwhile, in seconds.
const SET_BACK: u64 = 3600;

/// How an exchange ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The platform did it, and answered with JSON.
    Answered(HttpResponse),
    /// Nothing was done, and nothing will be by this request.
    Refused(Error),
    /// The request was sent, and no answer came that can be relied on. The same request with the same
    /// idempotency key finds out.
    Unknown(Error),
}

/// A signed exchange on its way. [`Exchange::next`] says what to do, until it says [`Step::Done`].
pub struct Exchange {
    platform: Platform,
    key_id: String,
    facts: PlatformFacts,
    tries: Tries,
    /// Its body is made once, whatever happens; the fields of the signature are those of the last try.
    request: HttpRequest,
    unsigned_fields: usize,
    /// When a request that changes something was first signed, in Unix seconds of the local clock.
    begun_at: Option<u64>,
    earlier: Earlier,
    clock_corrected: bool,
    /// The milliseconds to wait before the stage goes on.
    pause: Option<u32>,
    stage: Stage,
}

/// What earlier tries of a request that changes something may have done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Earlier {
    /// There were none.
    None,
    /// Each was refused, but not for good: a copy of one that arrives late could be taken.
    Refused,
    /// One may have been carried out, or may yet be.
    Open,
}

/// What is waited for.
enum Stage {
    /// The settings, with which the request can be signed.
    Settings(HttpRequest),
    /// The answer to a request that nobody signs.
    Lookup(HttpRequest),
    /// Everything is there to be signed, at a time and with a nonce that [`Exchange::next`] brings.
    Ready,
    Signature(Box<Prepared>),
    /// The answer to the signed request.
    Answer,
    Done(Reply),
}

impl Exchange {
    /// An exchange that nothing has been sent for.
    ///
    /// `request` is one for this platform; anything else is refused. A `POST` has an `idempotency-key`,
    /// which belongs to the intent: whoever tries the same intent again passes the same one. `key_id`
    /// names the key that will sign; without one, nothing is signed, for what anybody may read.
    pub fn new(
        platform: Platform,
        request: HttpRequest,
        key_id: &str,
        facts: PlatformFacts,
    ) -> Self {
        Self::idle(platform, key_id, facts).sending(request)
    }

    /// Nothing is tried again after this time, in Unix seconds of the local clock.
    #[must_use]
    pub const fn until(mut self, deadline: u64) -> Self {
        self.tries.deadline = deadline;
        self
    }

    /// The very request was begun at this time, perhaps by somebody who died before the answer came: it
    /// may have been carried out.
    #[must_use]
    pub const fn begun(mut self, at: u64) -> Self {
        self.begun_at = Some(at);
        self.earlier = Earlier::Open;
        self
    }

    /// What to do next. `now` is the local clock in Unix seconds and `nonce` a fresh one, at least
    /// 128 random bits in base64url; both are used only if this step needs them.
    pub fn next(&mut self, now: u64, nonce: &str) -> Step<'_, Reply> {
        self.prepare_to_sign(now, nonce);
        match &self.stage {
            Stage::Done(reply) => Step::Done(reply),
            _ => self.step(),
        }
    }

    /// The signature over the text of [`Step::Sign`]. Ignored when none was asked for.
    pub fn signed(&mut self, signature: &[u8; 64]) {
        self.stage = match mem::replace(&mut self.stage, Stage::Ready) {
            Stage::Signature(prepared) => {
                self.request.fields.truncate(self.unsigned_fields);
                self.request.fields.extend(prepared.finish(signature).fields);
                Stage::Answer
            }
            other => other,
        };
    }

    /// The signer failed or was told not to.
    pub fn not_signed(&mut self, error: Error) {
        if let Stage::Signature(_) = self.stage {
            self.stage = self.given_up(error);
        }
    }

    /// The pause of [`Step::Wait`] is over.
    pub const fn waited(&mut self) {
        self.pause = None;
    }

    /// The driver waits no longer, because it was told to stop or the network stays away.
    pub fn stop(&mut self, error: Error) {
        self.pause = None;
        self.stage = match self.stage {
            Stage::Done(_) => return,
            Stage::Answer if self.changes_something() => unknown(error),
            _ => self.given_up(error),
        };
    }

    /// What came back for the request of [`Step::Send`], or the error when nothing did. `now` is the
    /// local clock in Unix seconds and `random` a random number. Ignored when nothing was sent.
    pub fn answered(&mut self, answer: Result<HttpResponse>, now: u64, random: u32) {
        if self.pause.is_some() {
            return;
        }
        let read = match (&self.stage, &answer) {
            (Stage::Ready | Stage::Signature(_) | Stage::Done(_), _) => return,
            (_, Err(error)) => Err(error.clone()),
            (Stage::Settings(_), Ok(answer)) => Settings::read(answer, &self.platform).map(Some),
            (_, Ok(answer)) => answer.json().map(|_| None),
        };
        match read {
            Ok(Some(settings)) => self.learn(settings, now),
            Ok(None) => self.stage = Stage::Done(Reply::Answered(answer.unwrap_or_default())),
            Err(error) => self.not_done(error, answer.ok().as_ref(), now, random),
        }
    }

    /// What was learned of the platform, for the next exchange.
    pub const fn facts(&self) -> &PlatformFacts {
        &self.facts
    }

    /// One that has nothing to send yet, and asks for the settings where they lack.
    pub(crate) fn idle(platform: Platform, key_id: &str, facts: PlatformFacts) -> Self {
        let stage = match facts.settings {
            Some(_) => Stage::Ready,
            None => Stage::Settings(settings_request(&platform)),
        };
        Self {
            platform,
            key_id: key_id.to_owned(),
            facts,
            tries: Tries::new(),
            request: HttpRequest::default(),
            unsigned_fields: 0,
            begun_at: None,
            earlier: Earlier::None,
            clock_corrected: false,
            pause: None,
            stage,
        }
    }

    /// The same with something to send, if that is for this platform. Without a key nothing is signed.
    pub(crate) fn sending(mut self, request: HttpRequest) -> Self {
        let path = request.url.strip_prefix(self.platform.origin());
        if !path.is_some_and(|path| path.starts_with('/')) {
            self.stage = refused(ErrorCode::ArgumentInvalid.at("path"));
        } else if self.key_id.is_empty() {
            self.stage = Stage::Lookup(request);
        } else {
            self.send(request);
        }
        self
    }

    /// Asks for what anybody may read, and signs nothing.
    pub(crate) fn look_up(&mut self, request: HttpRequest) {
        self.stage = Stage::Lookup(request);
    }

    /// Sends what has to be signed, as soon as the settings are there.
    pub(super) fn send(&mut self, request: HttpRequest) {
        self.unsigned_fields = request.fields.len();
        self.request = request;
    }

    /// The platform says that it has done what was asked.
    pub(super) const fn carried_out(&mut self) {
        self.earlier = Earlier::Open;
    }

    /// How it ended, once, if it has.
    pub(super) fn take_reply(&mut self) -> Option<Reply> {
        match mem::replace(&mut self.stage, Stage::Ready) {
            Stage::Done(reply) => Some(reply),
            other => {
                self.stage = other;
                None
            }
        }
    }

    /// The body's bytes.
    pub(super) fn body(&self) -> &[u8] {
        self.request.body.as_deref().unwrap_or_default()
    }

    pub(super) const fn platform(&self) -> &Platform {
        &self.platform
    }

    pub(super) const fn facts_mut(&mut self) -> &mut PlatformFacts {
        &mut self.facts
    }

    fn learn(&mut self, settings: Settings, now: u64) {
        if self.clock_corrected {
            let (theirs, ours) = (settings.now().cast_signed(), now.cast_signed());
            self.facts.clock_offset = theirs.saturating_sub(ours);
        }
        self.facts.settings = Some(Arc::new(settings));
        self.stage = Stage::Ready;
    }

    /// Ends it, or tries again where that is safe and can help.
    fn not_done(&mut self, error: Error, answer: Option<&HttpResponse>, now: u64, random: u32) {
        let signed = matches!(self.stage, Stage::Answer);
        let changes = signed && self.changes_something();
        if changes {
            let open = self.earlier == Earlier::Open;
            match judge(&error, answer) {
                Verdict::OtherBody => return self.stage = unknown(error),
                Verdict::ThisTry if open => return self.stage = unknown(error),
                Verdict::ThisTry | Verdict::Kept => return self.stage = refused(error),
                Verdict::NotNow if open => {}
                Verdict::NotNow => self.earlier = Earlier::Refused,
                Verdict::Open => self.earlier = Earlier::Open,
            }
        }
        let pause = match error.code() {
            // A clock that is behind by almost as much as is allowed makes signatures that expire at once.
            ErrorCode::ClockSkew | ErrorCode::SignatureExpired
                if signed && !self.clock_corrected =>
            {
                self.clock_corrected = true;
                return self.stage = Stage::Settings(settings_request(&self.platform));
            }
            ErrorCode::ClockSkew => None,
            _ if changes || error.is_retryable() => self.tries.pause(answer, now, random),
            _ => None,
        };
        self.pause = pause;
        if pause.is_none() {
            self.stage = self.given_up(error);
        } else if signed {
            self.stage = Stage::Ready;
        }
    }

    /// Prepares the signature, where everything else is there.
    pub(super) fn prepare_to_sign(&mut self, now: u64, nonce: &str) {
        if let (Stage::Ready, None) = (&self.stage, self.pause) {
            self.stage = match self.prepare(now, nonce) {
                Ok(prepared) => Stage::Signature(Box::new(prepared)),
                Err(error) => self.given_up(error),
            };
        }
    }

    fn prepare(&mut self, now: u64, nonce: &str) -> Result<Prepared> {
        if self.changes_something() {
            let begun_at = *self.begun_at.get_or_insert(now);
            let earliest = begun_at.saturating_sub(SET_BACK);
            if !(earliest..begun_at.saturating_add(INTENT_LIFETIME)).contains(&now) {
                return Err(ErrorCode::IntentExpired.into());
            }
        }
        let settings = self.facts.settings.as_ref().ok_or(ErrorCode::Internal)?;
        let created = now.saturating_add_signed(self.facts.clock_offset);
        let parameters = SignatureParameters::new(
            settings.environment(),
            created,
            created.saturating_add(MAX_LIFETIME),
            nonce,
        )?;
        self.request.fields.truncate(self.unsigned_fields);
        prepare(&self.request, &self.key_id, &parameters)
    }

    /// What the driver has to do, unless it has ended.
    pub(super) fn step<End>(&self) -> Step<'_, End> {
        match (&self.stage, self.pause) {
            (_, Some(milliseconds)) => Step::Wait(milliseconds),
            (Stage::Settings(request) | Stage::Lookup(request), _) => Step::Send(request),
            (Stage::Answer, _) => Step::Send(&self.request),
            (Stage::Signature(prepared), _) => Step::Sign(prepared.base()),
            // Both are left before anybody asks; harmless, should that ever change.
            (Stage::Ready | Stage::Done(_), _) => Step::Wait(0),
        }
    }

    fn changes_something(&self) -> bool {
        self.request.method != "GET"
    }

    /// The end when it is us who stop.
    fn given_up(&self, error: Error) -> Stage {
        if self.earlier == Earlier::None { refused(error) } else { unknown(error) }
    }
}

fn refused(error: Error) -> Stage {
    Stage::Done(Reply::Refused(error))
}

/// To find out, the same intent has to be sent again: that can always help.
fn unknown(error: Error) -> Stage {
    Stage::Done(Reply::Unknown(error.retryable()))
}
