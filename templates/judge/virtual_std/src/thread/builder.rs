//! Starting threads.

use super::join::{Handle, JoinHandle};
use super::packet::Packet;
use super::scoped::{Scope, ScopeData, ScopedJoinHandle};
use crate::operation::op;
use engine::Effect;
use std::io;
use std::panic::Location;
use std::sync::Arc;

/// A thread's name and the size of its stack.
#[derive(Debug, Default)]
#[must_use = "must eventually spawn the thread"]
pub struct Builder {
    name: Option<String>,
    stack_bytes: usize,
}

/// Starts a thread.
#[track_caller]
pub fn spawn<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    // SAFETY: everything is `'static`.
    JoinHandle(unsafe { start(Builder::new(), None, f, Location::caller()) })
}

impl Builder {
    /// Nothing said yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the thread.
    pub fn name(self, name: String) -> Self {
        Self {
            name: Some(name),
            ..self
        }
    }

    /// Wants a stack of at least so many bytes. Every thread has two megabytes.
    pub fn stack_size(self, size: usize) -> Self {
        Self {
            stack_bytes: size,
            ..self
        }
    }

    /// Starts a thread.
    ///
    /// # Errors
    /// Never.
    ///
    /// # Panics
    /// If the name contains a null byte.
    #[track_caller]
    pub fn spawn<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        // SAFETY: everything is `'static`.
        Ok(JoinHandle(unsafe {
            start(self, None, f, Location::caller())
        }))
    }

    /// Starts a thread that may borrow from outside its scope.
    ///
    /// # Errors
    /// Never.
    ///
    /// # Panics
    /// If the name contains a null byte.
    #[track_caller]
    pub fn spawn_scoped<'scope, 'env, F, T>(
        self,
        scope: &'scope Scope<'scope, 'env>,
        f: F,
    ) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        // SAFETY: the scope waits for the thread before `'scope` ends.
        let handle = unsafe { start(self, Some(scope.data()), f, Location::caller()) };
        Ok(ScopedJoinHandle::new(handle))
    }
}

/// Starts a thread that runs `f`.
///
/// # Safety
/// What `f` and `T` borrow must live until the thread has ended.
unsafe fn start<'a, F, T>(
    builder: Builder,
    scope: Option<Arc<ScopeData>>,
    f: F,
    at: &'static Location<'static>,
) -> Handle<T>
where
    F: FnOnce() -> T + Send + 'a,
    T: Send + 'a,
{
    assert!(
        engine::active(),
        "a thread was started outside of a check: start it inside check(|| …) or explore(|| …)"
    );
    let Builder { name, stack_bytes } = builder;
    if name.as_ref().is_some_and(|name| name.contains('\0')) {
        panic!("thread name may not contain interior null bytes");
    }
    engine::point(op("thread::spawn", &(), at));
    let packet = Packet::new(scope.clone());
    let body: Box<dyn FnOnce() + 'a> = Box::new({
        let packet = packet.clone();
        move || {
            packet.fill(f);
            engine::end_body();
        }
    });
    // SAFETY: only the lifetime changes; the caller promises that it is long enough.
    let body =
        unsafe { std::mem::transmute::<Box<dyn FnOnce() + 'a>, Box<dyn FnOnce() + 'static>>(body) };
    let task = engine::spawn_with_stack(name, stack_bytes, body);
    if let Some(scope) = scope {
        scope.tasks.borrow_mut().push(task);
    }
    engine::progress(Effect::Change);
    Handle::new(task, packet)
}
