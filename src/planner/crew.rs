//! A crew of threads that does tasks: those that are wanted, and while none of these waits, those that will probably be wanted next.
//!
//! Replications take unequally long. Whoever looks at a few at a time would have all threads wait for the slowest of each few; so
//! the next ones begin meanwhile. A replication is the same whoever runs it and when; what nobody comes to want is thrown away.
//!
//! Invariant: a task stands in one place: it waits, it runs, or it is finished.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Something to be done, by a name that tells it apart from all else.
pub struct Task<N, T> {
    pub name: N,
    pub work: Box<dyn FnOnce() -> T + Send>,
}

/// Threads that do tasks; they end with the crew, after what they have begun.
pub struct Crew<N, T> {
    desk: Arc<Desk<N, T>>,
    /// `None`: no thread could be had, and whoever wants something does it.
    pool: Option<rayon::ThreadPool>,
}

/// Where the crew and whoever wants something meet.
struct Desk<N, T> {
    tasks: Mutex<Tasks<N, T>>,
    /// Something waits, or all is over.
    called: Condvar,
    /// Something is finished.
    finished: Condvar,
}

struct Tasks<N, T> {
    waiting: VecDeque<Task<N, T>>,
    running: Vec<N>,
    finished: VecDeque<(N, Finished<T>)>,
    is_over: bool,
}

/// What came of a task, or the panic in it.
type Finished<T> = Result<T, Box<dyn Any + Send>>;

/// Finished ones that nobody wanted, kept at most.
const KEPT: usize = 8;
/// How soon a wish to stop is heard.
const HEARD: Duration = Duration::from_millis(50);

impl<N: Clone + Eq + Send + 'static, T: Send + 'static> Crew<N, T> {
    /// `threads`: zero takes one per processor.
    pub fn new(threads: usize) -> Crew<N, T> {
        let tasks = Tasks { waiting: VecDeque::new(), running: Vec::new(), finished: VecDeque::new(), is_over: false };
        let desk = Arc::new(Desk { tasks: Mutex::new(tasks), called: Condvar::new(), finished: Condvar::new() });
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok();
        if let Some(pool) = &pool {
            let desk = desk.clone();
            pool.spawn_broadcast(move |_| desk.work());
        }
        Crew { desk, pool }
    }

    /// Does what is wanted and hands it out in that order; meanwhile, and until something else is wanted, also what comes `next`.
    /// `done` is called once for each that was wanted. Stopped, it ends before the first that is not finished.
    pub fn run(&self, wanted: Vec<Task<N, T>>, next: Vec<Task<N, T>>, stop: &AtomicBool, done: &dyn Fn()) -> Vec<T> {
        let Some(pool) = &self.pool else { return run_here(wanted, stop, done) };
        let names: Vec<N> = wanted.iter().map(|task| task.name.clone()).collect();
        // One alone never waits for others.
        let next = if pool.current_num_threads() > 1 { next } else { Vec::new() };
        let mut tasks = self.desk.tasks();
        tasks.waiting.clear();
        for task in wanted.into_iter().chain(next) {
            tasks.add(task);
        }
        self.desk.called.notify_all();
        let mut told = 0;
        loop {
            let finished = names.iter().filter(|name| tasks.place_of(name).is_some()).count();
            (told..finished).for_each(|_| done());
            told = finished.max(told);
            if finished == names.len() || stop.load(Ordering::Relaxed) {
                break;
            }
            tasks = self.desk.finished.wait_timeout(tasks, HEARD).unwrap_or_else(PoisonError::into_inner).0;
        }
        let taken: Vec<Finished<T>> = names.iter().map_while(|name| tasks.take(name)).collect();
        let unwanted = tasks.finished.len().saturating_sub(KEPT);
        tasks.finished.drain(..unwanted);
        drop(tasks);
        // A panic in a task goes on where it was wanted.
        taken.into_iter().map(|finished| finished.unwrap_or_else(|panic| resume_unwind(panic))).collect()
    }
}

impl<N, T> Drop for Crew<N, T> {
    fn drop(&mut self) {
        let mut tasks = self.desk.tasks();
        tasks.waiting.clear();
        tasks.is_over = true;
        self.desk.called.notify_all();
    }
}

impl<N, T> Desk<N, T> {
    /// Nothing is left half done where somebody panics, so the lock can be taken all the same.
    fn tasks(&self) -> MutexGuard<'_, Tasks<N, T>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<N: Clone + Eq, T> Desk<N, T> {
    /// Runs what waits, until all is over.
    fn work(&self) {
        let mut tasks = self.tasks();
        while !tasks.is_over {
            let Some(task) = tasks.waiting.pop_front() else {
                tasks = self.called.wait(tasks).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            tasks.running.push(task.name.clone());
            drop(tasks);
            let finished = catch_unwind(AssertUnwindSafe(task.work));
            tasks = self.tasks();
            tasks.running.retain(|name| *name != task.name);
            tasks.finished.push_back((task.name, finished));
            self.finished.notify_all();
        }
    }
}

impl<N: Eq, T> Tasks<N, T> {
    fn place_of(&self, name: &N) -> Option<usize> {
        self.finished.iter().position(|(own, _)| own == name)
    }

    /// It waits, unless it has been begun.
    fn add(&mut self, task: Task<N, T>) {
        if !self.running.contains(&task.name) && self.place_of(&task.name).is_none() {
            self.waiting.push_back(task);
        }
    }

    /// Takes a finished one.
    fn take(&mut self, name: &N) -> Option<Finished<T>> {
        let place = self.place_of(name)?;
        Some(self.finished.remove(place)?.1)
    }
}

fn run_here<N, T>(wanted: Vec<Task<N, T>>, stop: &AtomicBool, done: &dyn Fn()) -> Vec<T> {
    let one = |task: Task<N, T>| {
        let did = (!stop.load(Ordering::Relaxed)).then(task.work);
        did.inspect(|_| done())
    };
    wanted.into_iter().map_while(one).collect()
}

#[cfg(test)]
#[path = "crew_tests.rs"]
mod tests;
