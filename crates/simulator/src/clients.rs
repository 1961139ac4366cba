//! Clients and workers: they ask again until they are told, as AWS's SDKs do.

use std::sync::Arc;

use engine::{
    ActivityPoll, ActivityTask, ControlError, Durability, Engine, Reply, StartError,
    StartExecution, StopExecution, TokenError,
};
use interpreter::event::Detail;
use interpreter::{Identity, MapRunUpdate, TaskResult, TaskToken};
use query::Payload;
use store::{Error, ExecutionId, Kind, Store};

use crate::ledger::{Known, Ledger, Violation};
use crate::world::{Event, Request, World, outcome};

const ACTIVITY: &str = "arn:aws:states:us-east-1:123456789012:activity:Work";

/// A question that is open: when it is dropped without an answer it is asked again.
struct Asked {
    world: Arc<World>,
    /// In the order of asking: whatever drops them has an order of its own.
    number: u64,
    again: Option<Event>,
}

impl Asked {
    fn new(world: &Arc<World>, again: Event) -> Asked {
        let mut state = world.state();
        state.asked += 1;
        Asked {
            world: world.clone(),
            number: state.asked,
            again: Some(again),
        }
    }

    /// Not repeated.
    fn once(world: &Arc<World>) -> Asked {
        let mut asked = Asked::new(world, Event::Leave);
        asked.again = None;
        asked
    }

    /// The answer is here. `settles` says whether it is one.
    fn answered(mut self, settles: impl FnOnce(&Arc<World>) -> bool) {
        self.world.crash_perhaps("before an acknowledgement");
        if settles(&self.world) {
            self.again = None;
        }
        self.world.crash_perhaps("behind an acknowledgement");
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if let Some(again) = self.again.take() {
            self.world.state().unanswered.insert(self.number, again);
        }
    }
}

pub fn answer(world: &Arc<World>, engine: &Engine, token: TaskToken, result: TaskResult) {
    world.trace(|| format!("answer {token:?}"));
    let asked = Asked::new(world, Event::Token(token.clone(), result.clone()));
    engine.answer_task(
        &token.clone(),
        result,
        None,
        of_token(asked, token, |ledger, token, _| ledger.answered(token)),
    );
}

pub fn heartbeat(world: &Arc<World>, engine: &Engine, token: TaskToken) {
    world.trace(|| format!("heartbeat {token:?}"));
    // A worker does not repeat an old heartbeat.
    let asked = Asked::once(world);
    engine.heartbeat(
        &token.clone(),
        of_token(asked, token, |ledger, token, now| {
            ledger.beat(token, now);
            Ok(())
        }),
    );
}

fn of_token(
    asked: Asked,
    token: TaskToken,
    check: impl FnOnce(&mut Ledger, &TaskToken, i64) -> Result<(), Violation> + Send + 'static,
) -> Reply<Result<(), TokenError>> {
    Box::new(move |answered| {
        asked.answered(|world| {
            let now = world.clock.now_millis();
            match answered {
                Ok(()) => world.check(|ledger| check(ledger, &token, now)),
                Err(TokenError::Invalid) => world.violated(format!("{token:?} is called invalid")),
                Err(TokenError::TimedOut | TokenError::DoesNotExist) => {}
                Err(TokenError::Store(_)) => return false,
            }
            true
        });
    })
}

pub fn poll(world: &Arc<World>, engine: &Engine) -> ActivityPoll {
    let asked = Asked::new(world, Event::Poll);
    let reply = move |task: Option<ActivityTask>| {
        asked.answered(|world| {
            if let Some(task) = task {
                world.trace(|| format!("a worker has {:?}", task.token));
                world.check(|ledger| ledger.handed(&task.token));
                let outcome = outcome(world.seed, task.input.value(), task.token.key().attempt);
                let vanishes = {
                    let mut state = world.state();
                    state.trouble.crash_one_in != 0 && state.rng.one_in(6)
                };
                if !vanishes {
                    world.work(&task.token, outcome);
                }
            }
            false
        });
    };
    engine.poll_activity(&ACTIVITY.into(), Some("worker".into()), Box::new(reply))
}

pub fn request(
    world: &Arc<World>,
    engine: &Engine,
    store: &dyn Store,
    id: ExecutionId,
    request: Request,
) {
    world.trace(|| format!("{request:?} {id}"));
    if matches!(request, Request::Stop | Request::Drain) {
        world.state().ledger.disturb(&id);
    }
    let asked = match request {
        // Repeated, it would come behind the request to go on.
        Request::Pause => {
            let pause = world.draw(|rng| rng.between(0, 100_000));
            world.later(pause, Event::Client(id.clone(), Request::Unpause));
            Asked::once(world)
        }
        _ => Asked::new(world, Event::Client(id.clone(), request)),
    };
    match request {
        Request::Start => start(world, engine, id, asked),
        Request::Stop => {
            let of = id.clone();
            engine.stop(
                &id,
                StopExecution::default(),
                control(asked, id.clone(), move |known| match known.end() {
                    Some(Detail::ExecutionAborted(_)) => Ok(()),
                    other => Err(format!(
                        "{of}: a stop was acknowledged, and it is {other:?}"
                    )),
                }),
            );
        }
        Request::Drain => engine.drain(&id, None, control(asked, id.clone(), |_| Ok(()))),
        Request::Pause => engine.pause(&id, None, control(asked, id.clone(), |_| Ok(()))),
        Request::Unpause => engine.unpause(&id, None, control(asked, id.clone(), |_| Ok(()))),
        Request::Redrive => engine.redrive(&id, None, control(asked, id.clone(), |_| Ok(()))),
        Request::UpdateMapRun => {
            let map_runs = store.map_runs(&id).unwrap_or_default();
            let Some(map_run) = map_runs.first() else {
                return asked.answered(|_| true);
            };
            let update = MapRunUpdate {
                max_concurrency: Some(world.draw(|rng| rng.below(3)) as u64),
                ..MapRunUpdate::default()
            };
            let reply = control(asked, id.clone(), |_| Ok(()));
            engine.update_map_run(&id, &map_run.arn, update, None, reply);
        }
        Request::WhenEnded => {
            let reply_id = id.clone();
            engine.when_ended(
                &id,
                Box::new(move |answered| {
                    asked.answered(|world| {
                        match answered {
                            Ok(ended) => world.check(|ledger| {
                                let known = ledger.known(&reply_id).and_then(Known::end);
                                match known.is_some() {
                                    true => Ok(()),
                                    false => Err(format!(
                                        "{reply_id} is said to have ended as {ended:?}"
                                    )),
                                }
                            }),
                            Err(ControlError::Store(_)) => return false,
                            Err(_) => {}
                        }
                        true
                    });
                }),
            );
        }
    }
}

fn start(world: &Arc<World>, engine: &Engine, id: ExecutionId, asked: Asked) {
    let start = {
        let mut state = world.state();
        let seed = world.seed;
        let Some(root) = state.roots.get_mut(&id) else {
            return;
        };
        root.start_tries += 1;
        let identity = Identity {
            execution_arn: id.clone(),
            execution_name: id.clone(),
            state_machine_arn: "machine".into(),
            state_machine_name: "machine".into(),
            role_arn: "role".into(),
            region: "us-east-1".into(),
            seed,
            child_of: None,
        };
        let input = Payload::from_value(root.input.clone().into());
        let mut start = StartExecution::new(root.machine.clone(), identity, input);
        if root.express {
            start.durability = Durability::Accept;
            start.listing.kind = Kind::Express;
        }
        start
    };
    engine.start(
        start,
        Box::new(move |answered| {
            asked.answered(|world| {
                match answered {
                    Ok(_) => {}
                    Err(StartError::AlreadyExists(_)) => {
                        let tries = world.state().roots.get(&id).map(|root| root.start_tries);
                        if tries == Some(1) {
                            world.violated(format!("{id} exists, and was never started"));
                        }
                    }
                    Err(StartError::Store(Error::Corrupt(text))) => world.violated(text),
                    Err(StartError::Store(_)) => return false,
                }
                let mut state = world.state();
                let is_there = state
                    .ledger
                    .known(&id)
                    .is_some_and(|known| known.version > 0);
                if let Some(root) = state.roots.get_mut(&id) {
                    root.is_started = true;
                    if !is_there && !root.express {
                        drop(state);
                        world.violated(format!(
                            "{id}: its start was acknowledged, and it is not there"
                        ));
                    }
                }
                true
            });
        }),
    );
}

/// `check`: what has to hold of the execution when the request is acknowledged.
fn control(
    asked: Asked,
    id: ExecutionId,
    check: impl FnOnce(&Known) -> Result<(), Violation> + Send + 'static,
) -> Reply<Result<i64, ControlError>> {
    Box::new(move |answered| {
        asked.answered(|world| {
            let is_started = world
                .state()
                .roots
                .get(&id)
                .is_some_and(|root| root.is_started);
            world.check(|ledger| {
                let known = ledger.known(&id);
                match (&answered, known) {
                    (Ok(_), Some(known)) => check(known),
                    (Ok(_), None) => Err(format!(
                        "{id}: something was done to it, and it is not there"
                    )),
                    (Err(ControlError::HasEnded(_)), known)
                        if !known.is_some_and(Known::is_ended) =>
                    {
                        Err(format!("{id} is said to have ended"))
                    }
                    (Err(ControlError::DoesNotExist), _) if is_started => {
                        Err(format!("{id} is said not to exist"))
                    }
                    _ => Ok(()),
                }
            });
            !matches!(answered, Err(ControlError::Store(_)))
        });
    })
}
