//! Behaviours for the traits that a problem supplies: what a double does when it is called.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::Effect;

use crate::gate::Gate;
use crate::waiting::{lock, operation};

/// What a double does in one call.
#[derive(Clone, Debug)]
pub enum Respond {
    /// Succeeds at once.
    Ok,
    /// Fails at once: [`Script::play`] returns [`Scripted`].
    Fail,
    /// Panics with "scripted panic", as foreign code may.
    Panic,
    /// Takes this much virtual time, then succeeds.
    Slow(Duration),
    /// Waits at the gate, then succeeds.
    Gated(Gate),
    /// One after the other, up to the first that fails or panics.
    Each(Vec<Respond>),
}

/// The failure of a [`Script`]; a double turns it into the error of its trait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scripted;

/// A queue of responses for a double; the last one is repeated for ever.
///
/// Clones are the same script. It also counts who is inside, which is what pools and single-flight caches are judged by.
///
/// ```
/// use judge_kit::{Respond, Script, check};
/// struct Connector { script: Script }
/// impl Connector {
///     fn connect(&self) -> Result<u32, &'static str> {
///         let _inside = self.script.play().map_err(|_| "refused")?;
///         Ok(7)
///     }
/// }
/// check(|| {
///     let connector = Connector { script: Script::new([Respond::Fail, Respond::Ok]) };
///     assert_eq!(connector.connect(), Err("refused"));
///     assert_eq!(connector.connect(), Ok(7));
///     assert_eq!(connector.script.calls(), 2);
/// });
/// ```
#[derive(Clone, Debug)]
pub struct Script {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    responses: VecDeque<Respond>,
    calls: usize,
    inside: usize,
    most_inside: usize,
}

impl Script {
    /// Responds in this order, then with the last one for ever. An empty list responds with [`Respond::Ok`].
    pub fn new(responses: impl IntoIterator<Item = Respond>) -> Self {
        let responses = responses.into_iter().collect();
        Self {
            state: Arc::new(Mutex::new(State {
                responses,
                calls: 0,
                inside: 0,
                most_inside: 0,
            })),
        }
    }

    /// Responds to every call in the same way.
    pub fn always(response: Respond) -> Self {
        Self::new([response])
    }

    /// Replaces what is left of the script.
    pub fn now(&self, responses: impl IntoIterator<Item = Respond>) {
        let responses = responses.into_iter().collect();
        let old = std::mem::replace(&mut lock(&self.state).responses, responses);
        drop(old);
    }

    /// Plays the next response; a scheduling point at the start.
    ///
    /// Fails if the response is [`Respond::Fail`]. The caller counts as inside until the returned [`Inside`] is dropped.
    #[track_caller]
    pub fn play(&self) -> Result<Inside, Scripted> {
        engine::point(operation("Script::play", &*self.state));
        let (response, inside) = self.enter();
        engine::progress(Effect::Change);
        perform(&response)?;
        Ok(inside)
    }

    /// Calls so far, those still inside included.
    pub fn calls(&self) -> usize {
        lock(&self.state).calls
    }

    /// Calls that are inside now.
    pub fn inside(&self) -> usize {
        lock(&self.state).inside
    }

    /// The most calls that were ever inside at once.
    pub fn most_inside(&self) -> usize {
        lock(&self.state).most_inside
    }

    fn enter(&self) -> (Respond, Inside) {
        let mut state = lock(&self.state);
        state.calls += 1;
        state.inside += 1;
        state.most_inside = state.most_inside.max(state.inside);
        let response = if state.responses.len() > 1 {
            state.responses.pop_front()
        } else {
            state.responses.front().cloned()
        };
        drop(state);
        (
            response.unwrap_or(Respond::Ok),
            Inside {
                script: self.clone(),
            },
        )
    }
}

#[track_caller]
fn perform(response: &Respond) -> Result<(), Scripted> {
    match response {
        Respond::Ok => Ok(()),
        Respond::Fail => Err(Scripted),
        Respond::Panic => panic!("scripted panic"),
        Respond::Slow(time) => {
            virtual_std::thread::sleep(*time);
            Ok(())
        }
        Respond::Gated(gate) => {
            gate.wait();
            Ok(())
        }
        Respond::Each(responses) => {
            for response in responses {
                perform(response)?;
            }
            Ok(())
        }
    }
}

/// A call inside a double; dropping it is leaving.
#[derive(Debug)]
#[must_use = "dropping it at once means that the call is over"]
pub struct Inside {
    script: Script,
}

impl Drop for Inside {
    fn drop(&mut self) {
        lock(&self.script.state).inside -= 1;
    }
}
