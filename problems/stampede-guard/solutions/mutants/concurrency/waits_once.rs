//! Flaw: A caller who waits takes the first wake-up for its own, whichever key it was meant for.
#![forbid(unsafe_code)]
//! One lock and one condition variable for everything; flights are numbered, and the last one to read a result takes it away.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadError {
    Failed(String),
    Panicked,
}

pub struct FlightCache<V> {
    ttl: Duration,
    soft: Option<Duration>,
    books: Mutex<Books<V>>,
    landed: Condvar,
}

struct Books<V> {
    values: HashMap<String, (V, Instant)>,
    /// The flight that callers of a key may join.
    current: HashMap<String, u64>,
    flights: HashMap<u64, Flight<V>>,
    next: u64,
}

struct Flight<V> {
    key: String,
    passengers: usize,
    result: Option<Result<V, LoadError>>,
}

struct Pilot<'a, V: Clone> {
    cache: &'a FlightCache<V>,
    number: u64,
    result: Result<V, LoadError>,
}

impl<V: Clone + Send + Sync + 'static> FlightCache<V> {
    pub fn new(ttl: Duration) -> Self {
        let books = Books {
            values: HashMap::new(),
            current: HashMap::new(),
            flights: HashMap::new(),
            next: 0,
        };
        FlightCache {
            ttl,
            soft: None,
            books: Mutex::new(books),
            landed: Condvar::new(),
        }
    }

    pub fn with_refresh_ahead(self, soft: Duration) -> Self {
        FlightCache {
            soft: Some(soft),
            ..self
        }
    }

    pub fn get_or_load(
        &self,
        key: &str,
        load: impl FnOnce() -> Result<V, String>,
    ) -> Result<V, LoadError> {
        let mut books = self.books();
        let mut old = None;
        if let Some((value, since)) = books.values.get(key) {
            let age = since.elapsed();
            if age < self.ttl {
                let hard = self.soft.is_none_or(|soft| age < soft);
                if hard || books.current.contains_key(key) {
                    return Ok(value.clone());
                }
                old = Some(value.clone());
            }
        }
        if let Some(number) = books.current.get(key).copied() {
            return self.fly_along(books, number);
        }
        let number = books.next;
        books.next += 1;
        books.current.insert(key.to_owned(), number);
        let flight = Flight {
            key: key.to_owned(),
            passengers: 0,
            result: None,
        };
        books.flights.insert(number, flight);
        drop(books);
        let mut pilot = Pilot {
            cache: self,
            number,
            result: Err(LoadError::Panicked),
        };
        pilot.result = load().map_err(LoadError::Failed);
        let result = pilot.result.clone();
        drop(pilot);
        match old {
            Some(old) => Ok(result.unwrap_or(old)),
            None => result,
        }
    }

    fn fly_along(&self, mut books: MutexGuard<'_, Books<V>>, number: u64) -> Result<V, LoadError> {
        if let Some(flight) = books.flights.get_mut(&number) {
            flight.passengers += 1;
        }
        let mut books = self
            .landed
            .wait(books)
            .unwrap_or_else(PoisonError::into_inner);
        let Some(flight) = books.flights.get_mut(&number) else {
            return Err(LoadError::Panicked);
        };
        flight.passengers -= 1;
        let result = flight.result.clone().unwrap_or(Err(LoadError::Panicked));
        if flight.passengers == 0 {
            books.flights.remove(&number);
        }
        result
    }

    pub fn invalidate(&self, key: &str) {
        let mut books = self.books();
        books.values.remove(key);
        books.current.remove(key);
    }

    pub fn len(&self) -> usize {
        let books = self.books();
        let live = books
            .values
            .iter()
            .filter(|(_, (_, since))| since.elapsed() < self.ttl);
        let mut keys: Vec<&String> = live.map(|(key, _)| key).collect();
        let flying = books
            .flights
            .values()
            .filter(|flight| flight.result.is_none());
        keys.extend(flying.map(|flight| &flight.key));
        keys.sort_unstable();
        keys.dedup();
        keys.len()
    }
}

impl<V> FlightCache<V> {
    fn books(&self) -> MutexGuard<'_, Books<V>> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V: Clone> Drop for Pilot<'_, V> {
    fn drop(&mut self) {
        let mut books = self.cache.books();
        let Some(mut flight) = books.flights.remove(&self.number) else {
            return;
        };
        if books.current.get(&flight.key) == Some(&self.number) {
            books.current.remove(&flight.key);
            if let Ok(value) = &self.result {
                let entry = (value.clone(), Instant::now());
                books.values.insert(flight.key.clone(), entry);
            } else if let Some((_, since)) = books.values.get(&flight.key)
                && since.elapsed() >= self.cache.ttl
            {
                books.values.remove(&flight.key);
            }
        }
        if flight.passengers > 0 {
            flight.result = Some(self.result.clone());
            books.flights.insert(self.number, flight);
        }
        drop(books);
        self.cache.landed.notify_all();
    }
}
