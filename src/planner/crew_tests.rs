//! A crew does what is wanted, in its order, and what comes next meanwhile; by tasks that wait for each other.

use std::sync::atomic::AtomicUsize;

use super::*;

fn crew(threads: usize) -> Crew<u64, u64> {
    Crew::new(threads)
}

fn task(name: u64, work: impl FnOnce() -> u64 + Send + 'static) -> Task<u64, u64> {
    Task { name, work: Box::new(work) }
}

fn squares(names: impl IntoIterator<Item = u64>) -> Vec<Task<u64, u64>> {
    names.into_iter().map(|name| task(name, move || name * name)).collect()
}

/// Waits, for twenty seconds at most.
fn until(what: impl Fn() -> bool) {
    let comes = (0..20_000).any(|_| {
        let is = what();
        std::thread::sleep(Duration::from_millis(u64::from(!is)));
        is
    });
    assert!(comes, "never came");
}

static GO_ON: AtomicBool = AtomicBool::new(false);

#[test]
fn what_is_wanted_comes_in_its_order_whoever_is_first() {
    for threads in [0, 1, 2, 7] {
        let (crew, count) = (crew(threads), AtomicUsize::new(0));
        let done = || {
            count.fetch_add(1, Ordering::Relaxed);
        };
        assert_eq!(crew.run(squares([5, 3, 9]), squares([4, 8]), &GO_ON, &done), [25, 9, 81]);
        assert_eq!(crew.run(squares([8, 4, 2]), Vec::new(), &GO_ON, &done), [64, 16, 4]);
        assert_eq!(crew.run(Vec::new(), squares([1]), &GO_ON, &done), [0; 0]);
        assert_eq!(count.into_inner(), 6, "only for what was wanted");
    }
}

#[test]
fn what_comes_next_begins_while_the_last_one_wanted_runs_and_is_done_once() {
    let (crew, begun) = (crew(2), Arc::new(AtomicUsize::new(0)));
    let own = begun.clone();
    let next = || {
        let own = begun.clone();
        vec![task(2, move || own.fetch_add(1, Ordering::Relaxed) as u64 + 40)]
    };
    let slow = vec![task(1, move || {
        until(|| own.load(Ordering::Relaxed) == 1);
        7
    })];
    assert_eq!(crew.run(slow, next(), &GO_ON, &|| {}), [7], "it waited for the next one to begin");
    assert_eq!(crew.run(next(), Vec::new(), &GO_ON, &|| {}), [40], "the first time it was done");
    assert_eq!(begun.load(Ordering::Relaxed), 1);
}

#[test]
fn one_thread_does_nothing_ahead() {
    let (crew, begun) = (crew(1), Arc::new(AtomicBool::new(false)));
    let own = begun.clone();
    let next = vec![task(2, move || u64::from(own.swap(true, Ordering::Relaxed)))];
    crew.run(squares([1]), next, &GO_ON, &|| {});
    crew.run(squares([3]), Vec::new(), &GO_ON, &|| {});
    assert!(!begun.load(Ordering::Relaxed));
}

#[test]
fn a_wish_to_stop_is_heard_while_a_task_runs() {
    let (crew, stop) = (crew(2), Arc::new(AtomicBool::new(false)));
    let (own, free) = (stop.clone(), Arc::new(AtomicBool::new(false)));
    let held = free.clone();
    let endless = task(2, move || {
        own.store(true, Ordering::Relaxed);
        until(|| held.load(Ordering::Relaxed));
        0
    });
    let wanted = squares([1]).into_iter().chain([endless]).chain(squares([3])).collect();
    let taken = crew.run(wanted, Vec::new(), &stop, &|| {});
    assert!(taken.is_empty() || taken == [1], "those before the first that is not finished: {taken:?}");
    free.store(true, Ordering::Relaxed);
}

#[test]
fn a_panic_comes_out_where_its_task_was_wanted_and_the_crew_goes_on() {
    let crew = crew(2);
    let bad = vec![task(1, || panic!("foul"))];
    let caught = catch_unwind(AssertUnwindSafe(|| crew.run(bad, squares([2]), &GO_ON, &|| {})));
    assert_eq!(caught.expect_err("it panicked").downcast_ref(), Some(&"foul"));
    assert_eq!(crew.run(squares([2, 3]), Vec::new(), &GO_ON, &|| {}), [4, 9]);
}
