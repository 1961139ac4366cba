//! One seed: a few executions, and all that may happen to them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use engine::{ActivityPoll, Clock, Engine, Options, Ports, ShardByHand};
use interpreter::Limits;
use states_language::ParseOptions;
use states_language::machine::Machine;
use states_language::source::{Format, Source};
use store::{ExecutionId, Store};

use crate::clients;
use crate::faulty_store::{FaultyStore, Sabotage};
use crate::ledger::Violation;
use crate::rng::Rng;
use crate::workflow::{Generator, Row, definition};
use crate::world::{Crash, Event, Request, Root, Trouble, World};

const BEGIN_MILLIS: i64 = 1_700_000_000_000;
/// Virtual time with trouble; then everything has to come to an end.
const TROUBLE_MILLIS: i64 = 300_000;
const MOST_STEPS: u32 = 200_000;

/// What a seed came to.
#[derive(Debug, Default)]
pub struct Report {
    pub violation: Option<Violation>,
    /// The schedule, if it was asked for.
    pub trace: Vec<String>,
    pub executions: usize,
    /// Whose results were compared with the reference.
    pub compared: usize,
    pub crashes: u32,
    pub steps: u32,
}

/// Simulates one seed.
pub fn simulate(seed: u64, sabotage: Option<Sabotage>, is_traced: bool) -> Report {
    let mut rng = Rng::new(seed);
    let trouble = Trouble {
        crash_one_in: rng.pick(&[0, 20, 60, 200]),
        commit_fails_one_in: rng.pick(&[0, 0, 4, 30]),
        read_fails_one_in: rng.pick(&[0, 0, 5, 50]),
    };
    let clock = Clock::standing_still(BEGIN_MILLIS);
    let transitions_per_step = rng.pick(&[1, 3, 100]);
    let limits = Limits {
        transitions_per_step,
        ..Limits::default()
    };
    let options = Options {
        express_limits: limits.clone().express(),
        limits,
        clock: clock.clone(),
        shards: Some(1 + rng.below(3)),
        cache_bytes: rng.pick(&[0, 4_000, 1 << 24]),
        evict_after_each_step: rng.one_in(4),
        ..Options::default()
    };
    let messages = rng.pick(&[1, 2, 256]);
    let world = Arc::new(World::new(seed, clock, rng, sabotage, is_traced));
    let store = Arc::new(FaultyStore::new(world.clone(), sabotage));
    let mut simulation = Simulation {
        world,
        store,
        options,
        messages,
        engine: None,
        polls: Vec::new(),
        steps: 0,
    };
    simulation.plan(trouble);
    simulation.run();
    simulation.report()
}

struct Simulation {
    world: Arc<World>,
    store: Arc<FaultyStore>,
    options: Options,
    /// That a shard takes in one turn, at most.
    messages: usize,
    /// None between a crash and the next start.
    engine: Option<(Engine, Vec<ShardByHand>)>,
    polls: Vec<ActivityPoll>,
    steps: u32,
}

impl Simulation {
    /// Who will ask for what.
    fn plan(&mut self, trouble: Trouble) {
        let mut state = self.world.state();
        let state = &mut *state;
        state.trouble = trouble;
        let rng = &mut state.rng;
        for index in 0..1 + rng.below(4) {
            let id: ExecutionId = format!("e{index}").into();
            let express = rng.one_in(6);
            let rolls = !express && rng.one_in(6);
            let mut generator = Generator::new(rng, express);
            let row = match rolls {
                true => generator.rolling_restart(),
                false => generator.row(0),
            };
            let machine = match machine(&row) {
                Ok(machine) => machine,
                Err(violation) => {
                    state.violation = Some(violation);
                    return;
                }
            };
            let root = Root {
                machine,
                row,
                input: format!("i{index}"),
                express,
                start_tries: 0,
                is_started: false,
            };
            let mut ask = |after: i64, request| {
                let event = Event::Client(id.clone(), request);
                state.pending.push((BEGIN_MILLIS + after, event));
            };
            ask(rng.between(0, 20_000), Request::Start);
            ask(rng.between(0, 60_000), Request::WhenEnded);
            if !express {
                for _ in 0..rng.below(3) {
                    ask(rng.between(0, 100_000), Request::Start);
                }
                if rng.one_in(6) {
                    let request = rng.pick(&[Request::Stop, Request::Drain]);
                    ask(rng.between(0, 100_000), request);
                }
                if rng.one_in(5) {
                    ask(rng.between(0, 60_000), Request::Pause);
                }
                for _ in 0..rng.below(3) {
                    let request = rng.pick(&[Request::Redrive, Request::UpdateMapRun]);
                    ask(rng.between(10_000, 400_000), request);
                }
            }
            state.roots.insert(id, root);
        }
        for _ in 0..2 {
            state.pending.push((BEGIN_MILLIS, Event::Poll));
        }
        for _ in 0..rng.below(4) {
            let due = BEGIN_MILLIS + rng.between(0, 60_000);
            state.pending.push((due, Event::Leave));
        }
    }

    fn run(&mut self) {
        loop {
            self.steps += 1;
            let calm = self.now() > BEGIN_MILLIS + TROUBLE_MILLIS;
            {
                let mut state = self.world.state();
                if calm {
                    state.trouble = Trouble::default();
                }
                if state.violation.is_some() {
                    return;
                }
            }
            if self.steps > MOST_STEPS {
                return self.world.violated("it does not come to rest");
            }
            self.world.ask_again();
            let acted = catch_unwind(AssertUnwindSafe(|| self.act()));
            match acted {
                Ok(true) => {}
                Ok(false) if calm => return self.check_end(),
                // Nothing happens by itself any more: the trouble has only clients' requests left to trouble.
                Ok(false) => self
                    .options
                    .clock
                    .jump_to(BEGIN_MILLIS + TROUBLE_MILLIS + 1),
                Err(payload) if payload.is::<Crash>() => self.crash(),
                Err(payload) => {
                    let text = payload
                        .downcast_ref::<&str>()
                        .map(|text| (*text).to_owned());
                    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
                    return self
                        .world
                        .violated(format!("a panic: {}", text.unwrap_or_default()));
                }
            }
        }
    }

    fn now(&self) -> i64 {
        self.options.clock.now_millis()
    }

    /// All in memory is gone, in no good order.
    fn crash(&mut self) {
        self.engine = None;
        self.polls.clear();
        self.store.crashed();
        let mut state = self.world.state();
        state.crashes += 1;
        state.ledger.restarted();
        let pending = std::mem::take(&mut state.pending);
        let (answers, rest): (Vec<_>, Vec<_>) = pending
            .into_iter()
            .partition(|(_, event)| matches!(event, Event::Answer(..)));
        state.pending = rest;
        // No process is started in no time.
        let down = match state.rng.below(3) {
            0 => 1,
            1 => state.rng.between(1, 2_000),
            _ => state.rng.between(1, 60_000),
        };
        drop(state);
        drop(answers);
        self.options.clock.jump_to(self.now() + down);
    }

    /// The next thing happens. False: there is none.
    fn act(&mut self) -> bool {
        let now = self.now();
        let Some((engine, shards)) = &mut self.engine else {
            let ports = Ports {
                calls: self.world.clone(),
                machines: self.world.clone(),
                observer: self.world.clone(),
            };
            let opened = Engine::open_by_hand(self.store.clone(), ports, self.options.clone());
            self.world.trace(|| format!("open: {}", opened.is_ok()));
            match opened {
                Ok(opened) => self.engine = Some(opened),
                Err(_) => self.options.clock.jump_to(now + 100),
            }
            return true;
        };
        self.world.crash_perhaps("between two turns");
        let has_mail = engine.stats().queued > 0;
        let due = shards.iter().filter_map(ShardByHand::next_due).min();
        let (due_events, next_event) = {
            let state = self.world.state();
            let dues = state.pending.iter().map(|(due, _)| *due);
            let due_events = dues.clone().filter(|due| *due <= now).count();
            (due_events, dues.min())
        };
        let is_busy = has_mail || due.is_some_and(|due| due <= now);
        let takes_event = due_events > 0 && (!is_busy || self.world.draw(|rng| rng.one_in(2)));
        if takes_event {
            let chosen = self.world.draw(|rng| rng.below(due_events));
            let event = {
                let mut state = self.world.state();
                let mut places = state.pending.iter().enumerate();
                let mut places = places.by_ref().filter(|(_, (due, _))| *due <= now);
                let place = places.nth(chosen).map(|(place, _)| place);
                place.map(|place| state.pending.swap_remove(place).1)
            };
            if let Some(event) = event {
                self.happen(event);
            }
            return true;
        }
        if is_busy {
            let shard = self.world.draw(|rng| rng.below(shards.len()));
            if let Some(shard) = shards.get_mut(shard) {
                shard.turn(self.messages);
            }
            return true;
        }
        let Some(next) = due.into_iter().chain(next_event).min() else {
            return false;
        };
        // Sometimes the process sleeps for longer.
        let late = self.world.draw(|rng| match rng.below(5) {
            0 => rng.between(0, 3_000),
            _ => 0,
        });
        self.options.clock.jump_to(next + late);
        true
    }

    fn happen(&mut self, event: Event) {
        let Some((engine, _)) = &self.engine else {
            return;
        };
        match event {
            Event::Answer(id, key, answer, result) => {
                self.world.trace(|| format!("answer {id} {key:?}"));
                answer.send(result);
            }
            Event::Token(token, result) => clients::answer(&self.world, engine, token, result),
            Event::Heartbeat(token) => clients::heartbeat(&self.world, engine, token),
            Event::Poll => self.polls.push(clients::poll(&self.world, engine)),
            Event::Leave => {
                let place = self.world.draw(|rng| rng.below(self.polls.len()));
                if place < self.polls.len() {
                    self.world.trace(|| "a worker leaves".into());
                    drop(self.polls.swap_remove(place));
                }
            }
            Event::Client(id, request) => {
                clients::request(&self.world, engine, &*self.store, id, request);
            }
        }
    }

    /// What has to hold when nothing happens any more.
    fn check_end(&mut self) {
        let Some((engine, _)) = &self.engine else {
            return self.world.violated("there is no engine at the end");
        };
        let stats = engine.stats();
        let left = [
            ("messages", stats.queued),
            ("open executions", stats.open_executions),
            ("open calls", stats.open_calls),
            ("delayed executions", stats.delayed_executions),
            ("tasks of activities", stats.activity_tasks),
        ];
        for (what, count) in left.into_iter().filter(|(_, count)| *count > 0) {
            self.world
                .violated(format!("{count} {what} are left at the end"));
        }
        match self.store.open_executions() {
            Ok(open) if open.is_empty() => {}
            other => self.world.violated(format!("open at the end: {other:?}")),
        }
        self.world.check_ends();
    }

    fn report(self) -> Report {
        let mut state = self.world.state();
        Report {
            violation: state.violation.take(),
            trace: state.trace.take().unwrap_or_default(),
            executions: state.ledger.executions().count(),
            compared: state.compared,
            crashes: state.crashes,
            steps: self.steps,
        }
    }
}

fn machine(row: &Row) -> Result<Arc<Machine>, Violation> {
    let source = Source::with_format("definition", definition(row).to_string(), Format::Json);
    let parsed = states_language::parse(&source, &ParseOptions::default());
    let refused = || format!("a definition is not accepted: {:?}", parsed.diagnostics);
    parsed.machine.clone().ok_or_else(refused)
}
