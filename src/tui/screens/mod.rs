//! One file per screen: what its keys do, its title, and how it is drawn.

pub mod brief;
pub mod designs;
pub mod discuss;
pub mod discuss_view;
mod evidence;
pub mod history;
pub mod overlay;
pub mod palette;
pub mod plan;
pub mod problems;
pub mod rate;
pub mod replay;
pub mod replay_view;
pub mod report;
pub mod report_rows;
pub mod session;
pub mod session_view;
pub mod settings;
pub mod submit;
pub mod talk;
