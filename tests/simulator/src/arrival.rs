//! A request reaches the platform: what that does, what is seen of it, and what comes back.

use anyhow::Result;
use xp2p::ErrorCode;
use xp2p::canonical::HttpRequest;
use xp2p::transport::{HttpResponse, read_refusal};

use crate::happenings::Happening;
use crate::platform::ORIGIN;
use crate::world::{Event, Sender, World};

/// What the platform died before or after, at each step of an operation.
const DEATHS: [Happening; xp2p_sandbox::simulated::STEPS as usize] = [
    Happening::DiedBeforeNonce,
    Happening::DiedAfterNonce,
    Happening::DiedBeforeCommit,
    Happening::DiedAfterCommit,
];

impl World {
    /// A request reaches the platform, and its answer whoever waits for it.
    pub async fn arrives(
        &mut self,
        request: HttpRequest,
        asked_by: Option<Sender>,
        answered: Option<u64>,
    ) -> Result<()> {
        let dies = !self.calm && self.chance.happens(15);
        let steps = u64::from(xp2p_sandbox::simulated::STEPS);
        let dies_at = dies.then(|| self.chance.between(1, steps) as u32);
        let answer = self.platform.answer(&request, dies_at).await?;
        self.exchanges += 1;
        if let (None, Some(step)) = (&answer, dies_at) {
            self.counts.count(DEATHS[step as usize - 1]);
        }
        if let Some(sender) = asked_by {
            self.came(sender, answer.as_ref(), answered.is_none());
        }
        if let Some(answer) = &answer {
            self.saw(&request, answer);
        }
        // Somebody reads along at the platform's end, and sends again what they have seen.
        if asked_by.is_some() && !self.calm && self.chance.happens(60) {
            self.captured.push(request.clone());
            let (captured, later) = (self.captured.len() - 1, self.chance.between(10, 400_000));
            self.after(later, Event::Replayed { captured });
        }
        if let (Some(sender), Some(later)) = (asked_by, answered) {
            self.after(later, Event::Answered { sender, answer });
        }
        Ok(())
    }

    /// Counts what the network did to a request, and what the platform said of it.
    fn came(&mut self, sender: Sender, answer: Option<&HttpResponse>, lost: bool) {
        let counts = &mut self.counts;
        let tab = &mut self.tabs[sender.tab];
        let awaits = tab.run.as_ref().and_then(|run| run.awaits);
        if tab.life != sender.life || awaits != Some(sender.request) {
            counts.count(Happening::RequestLate);
        }
        if tab.latest > sender.request {
            counts.count(Happening::RequestOvertaken);
        } else if tab.latest == sender.request {
            counts.count(Happening::RequestCopied);
        }
        tab.latest = tab.latest.max(sender.request);
        let Some(answer) = answer else { return };
        if lost {
            counts.count(Happening::AnswerLost);
        }
        let device = &self.devices[tab.device];
        match read_refusal(answer).map(|error| error.code()) {
            Some(ErrorCode::ClockSkew | ErrorCode::SignatureExpired) if device.skew > 0 => {
                counts.count(Happening::ClockAheadRefused);
            }
            Some(ErrorCode::ClockSkew | ErrorCode::SignatureExpired) => {
                counts.count(Happening::ClockBehindRefused);
            }
            Some(ErrorCode::LinkLimitExceeded) => counts.count(Happening::LinkLimitHeld),
            Some(ErrorCode::KeyNotAllowed) => counts.count(Happening::LinkNotThere),
            Some(ErrorCode::InsufficientFunds) => counts.count(Happening::MoneyLacked),
            _ => {}
        }
    }

    /// A request that was accepted once must not be accepted again, whoever sends it.
    fn saw(&mut self, request: &HttpRequest, answer: &HttpResponse) {
        let Some(signature) = request.field("signature") else { return };
        let taken = answer.status < 400;
        let before = self.accepted.get(&signature).copied().unwrap_or(false);
        if taken && before {
            let path = request.url.trim_start_matches(ORIGIN);
            self.violations
                .push(format!("a captured {} {path} was answered again", request.method));
        }
        self.accepted.insert(signature, taken || before);
    }
}
