//! A lock and a condition variable over the bare interface, as small as they can be.
#![expect(dead_code, reason = "each test file uses its part")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use engine::{
    Effect, Op, TaskId, block, choose, current, hold, may_wake_spuriously, point, progress,
    release, spawn, wait_finished, wake, yield_point,
};

/// A lock without a value.
#[derive(Default)]
pub struct Lock {
    taken: Cell<bool>,
    waiters: RefCell<Vec<TaskId>>,
}

impl Lock {
    fn object(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    #[track_caller]
    pub fn lock(&self) {
        let op = Op::new("Mutex::lock", self.object());
        point(op);
        self.acquire(op);
    }

    /// Takes the lock if it is free.
    #[track_caller]
    pub fn try_lock(&self) -> bool {
        let op = Op::new("Mutex::try_lock", self.object());
        point(op);
        if self.taken.replace(true) {
            progress(Effect::Wait);
            return false;
        }
        hold(self.object(), op);
        progress(Effect::Look);
        true
    }

    /// Takes the lock without counting that as a change, as a lock does whose value is only read.
    #[track_caller]
    pub fn lock_unchanged(&self) {
        let op = Op::new("Mutex::lock", self.object());
        point(op);
        while self.taken.replace(true) {
            self.waiters.borrow_mut().push(current());
            block(op, None);
        }
        hold(self.object(), op);
        progress(Effect::Look);
    }

    /// Lets the lock go whose value was only read.
    #[track_caller]
    pub fn unlock_unchanged(&self) {
        point(Op::new("Mutex::unlock", self.object()));
        self.taken.set(false);
        release(self.object());
        for waiter in self.waiters.take() {
            wake(waiter);
        }
        progress(Effect::Look);
    }

    fn acquire(&self, op: Op) {
        while self.taken.replace(true) {
            self.waiters.borrow_mut().push(current());
            block(op, None);
        }
        hold(self.object(), op);
        progress(Effect::Change);
    }

    #[track_caller]
    pub fn unlock(&self) {
        point(Op::new("Mutex::unlock", self.object()));
        self.let_go();
    }

    fn let_go(&self) {
        self.taken.set(false);
        release(self.object());
        for waiter in self.waiters.take() {
            wake(waiter);
        }
        progress(Effect::Change);
    }
}

/// A condition variable without timeouts.
#[derive(Default)]
pub struct Signal {
    waiters: RefCell<Vec<TaskId>>,
}

impl Signal {
    fn object(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    #[track_caller]
    pub fn wait(&self, lock: &Lock) {
        let op = Op::new("Condvar::wait", self.object());
        point(op);
        self.waiters.borrow_mut().push(current());
        lock.let_go();
        may_wake_spuriously();
        block(op, None);
        self.waiters
            .borrow_mut()
            .retain(|&waiter| waiter != current());
        lock.acquire(Op {
            name: "Mutex::lock",
            object: lock.object(),
            at: op.at,
        });
    }

    #[track_caller]
    pub fn notify_one(&self) {
        point(Op::new("Condvar::notify_one", self.object()));
        let count = self.waiters.borrow().len();
        if count > 0 {
            let waiter = self.waiters.borrow_mut().remove(choose(count));
            wake(waiter);
        }
        progress(Effect::Change);
    }
}

/// An atomic number.
#[derive(Default)]
pub struct Number(Cell<u64>);

impl Number {
    #[track_caller]
    pub fn load(&self) -> u64 {
        point(Op::new("AtomicU64::load", std::ptr::from_ref(self).addr()));
        progress(Effect::Look);
        self.0.get()
    }

    #[track_caller]
    pub fn store(&self, value: u64) {
        point(Op::new("AtomicU64::store", std::ptr::from_ref(self).addr()));
        self.0.set(value);
        progress(Effect::Change);
    }
}

/// Yields as `thread::yield_now` does.
#[track_caller]
pub fn yield_now() {
    yield_point(Op::new("thread::yield_now", 0));
    progress(Effect::Wait);
}

/// Runs the bodies as threads and waits for all of them.
#[track_caller]
pub fn together(bodies: Vec<Box<dyn FnOnce()>>) {
    let op = Op::new("JoinHandle::join", 0);
    let tasks: Vec<TaskId> = bodies.into_iter().map(|body| spawn(None, body)).collect();
    for task in tasks {
        point(op);
        wait_finished(task, op);
    }
}

/// Threads that each run the same thing on a shared value.
#[track_caller]
pub fn crowd<T: Default + 'static>(threads: usize, body: impl Fn(usize, &T) + 'static) -> Rc<T> {
    let shared = Rc::new(T::default());
    let body = Rc::new(body);
    together(
        (0..threads)
            .map(|index| {
                let (shared, body) = (Rc::clone(&shared), Rc::clone(&body));
                Box::new(move || body(index, &shared)) as Box<dyn FnOnce()>
            })
            .collect(),
    );
    shared
}
