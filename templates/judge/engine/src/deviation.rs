//! One departure from the default schedule, and the readable token of many.

use std::fmt;

use crate::task::MOST_NUMBERS;

/// What happens instead of the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// Another task runs: `>t3`.
    Switch(u16),
    /// Another alternative of an explored choice: `#1`.
    Choice(u16),
    /// A blocked task wakes for no reason: `!t3`.
    Rouse(u16),
    /// A weak compare-exchange fails for no reason: `!`.
    Fail,
    /// The clock moves to the next timer although others can run: `+`.
    Tick,
}

/// At the `n`-th decision of `task`, counted from 1, `action` is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Deviation {
    pub n: u32,
    pub action: Action,
    /// By its number.
    pub task: u16,
}

impl Deviation {
    pub fn new(task: u16, n: u32, action: Action) -> Deviation {
        Deviation { n, action, task }
    }

    /// Not a matter of order alone: a spurious event or a late clock.
    pub fn is_special(&self) -> bool {
        match self.action {
            Action::Switch(_) | Action::Choice(_) => false,
            Action::Rouse(_) | Action::Fail | Action::Tick => true,
        }
    }
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t{}@{}", self.task, self.n)?;
        match self.action {
            Action::Switch(to) => write!(f, ">t{to}"),
            Action::Choice(index) => write!(f, "#{index}"),
            Action::Rouse(task) => write!(f, "!t{task}"),
            Action::Fail => f.write_str("!"),
            Action::Tick => f.write_str("+"),
        }
    }
}

/// The schedule without any deviation, in words.
const DEFAULT: &str = "default";

/// Writes deviations as a token: `t2@5>t3,t3@4#1`, or `default`.
pub(crate) fn token(deviations: &[Deviation]) -> String {
    if deviations.is_empty() {
        return DEFAULT.to_owned();
    }
    deviations
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(",")
}

/// Reads a token back. Fails with the part that cannot be read.
pub(crate) fn parse(token: &str) -> Result<Vec<Deviation>, String> {
    let token = token.trim();
    if token.is_empty() || token == DEFAULT {
        return Ok(Vec::new());
    }
    token
        .split(',')
        .map(|part| one(part.trim()).ok_or_else(|| part.trim().to_owned()))
        .collect()
}

fn one(part: &str) -> Option<Deviation> {
    let (task, rest) = part.split_once('@')?;
    let digits = rest.find(|c: char| !c.is_ascii_digit())?;
    let (n, action) = rest.split_at(digits);
    let action = match action {
        "!" => Action::Fail,
        "+" => Action::Tick,
        _ if action.starts_with('>') => Action::Switch(number(&action[1..])?),
        _ if action.starts_with('!') => Action::Rouse(number(&action[1..])?),
        _ if action.starts_with('#') => Action::Choice(action[1..].parse().ok()?),
        _ => return None,
    };
    Some(Deviation {
        n: n.parse().ok()?,
        action,
        task: number(task)?,
    })
}

fn number(task: &str) -> Option<u16> {
    let number: u16 = task.strip_prefix('t')?.parse().ok()?;
    (usize::from(number) < MOST_NUMBERS).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_deviation_comes_back_from_its_token() {
        let actions = [
            Action::Switch(3),
            Action::Choice(12),
            Action::Rouse(4),
            Action::Fail,
            Action::Tick,
        ];
        let deviations: Vec<Deviation> = (1..)
            .zip(actions)
            .map(|(n, action)| Deviation::new(2, n, action))
            .collect();
        assert_eq!(token(&deviations), "t2@1>t3,t2@2#12,t2@3!t4,t2@4!,t2@5+");
        assert_eq!(parse(&token(&deviations)), Ok(deviations));
    }

    #[test]
    fn the_default_schedule_has_a_name() {
        assert_eq!(token(&[]), "default");
        assert_eq!(parse("default"), Ok(Vec::new()));
        assert_eq!(parse(" "), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_token_is_named() {
        for wrong in [
            "t2",
            "t2@",
            "t2@5",
            "t2@5>3",
            "t2@5>t16384",
            "x2@5+",
            "t2@5?",
            "t70000@1!",
        ] {
            assert_eq!(parse(&format!("t1@1+, {wrong}")), Err(wrong.to_owned()));
        }
    }
}
