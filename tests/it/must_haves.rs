//! The 29 must-haves of a terminal program (the research's list), each with the tests that hold it.

use std::{fs, path::Path};

use crate::desk;

/// Number, what a person can rely on, and the functions that hold it.
const TABLE: [(u8, &str, &[&str]); 29] = [
    (
        1,
        "every screen at four sizes",
        &[
            "the_list_shows_every_problem_with_a_preview_where_there_is_room",
            "a_question_is_answered_and_counts_before_coding",
            "the_report_shows_evidence_the_schedule_and_the_own_code",
            "the_broadest_screens_use_their_room",
        ],
    ),
    (
        2,
        "styles",
        &[
            "selection_and_verdicts_stand_out_with_and_without_colour",
            "what_must_stand_out_stands_out_in_every_theme",
        ],
    ),
    (
        3,
        "no panic at any size",
        &[
            "every_screen_draws_at_every_size",
            "ten_thousand_random_keys_and_resizes_do_no_harm",
        ],
    ),
    (
        4,
        "too small says so",
        &["a_screen_that_is_too_small_says_so_and_takes_no_key_but_the_ways_out"],
    ),
    (
        5,
        "nothing by colour alone",
        &[
            "every_theme_draws_the_same_words",
            "good_and_bad_differ_in_more_than_colour_in_mono",
        ],
    ),
    (
        6,
        "NO_COLOR keeps the selection",
        &["without_colour_the_selection_is_reversed_and_nothing_is_coloured"],
    ),
    (
        7,
        "the terminal comes back",
        &[
            "quitting_gives_the_terminal_back",
            "a_panic_gives_the_terminal_back_and_says_whose_fault_it_is",
        ],
    ),
    (
        8,
        "a dead worker tears nothing",
        &[
            "a_worker_that_panics_is_told_and_tears_nothing",
            "an_error_stays_until_the_next_word_and_a_dead_worker_ends_nothing",
        ],
    ),
    (
        9,
        "to the shell and back",
        &[
            "ctrl_z_stops_the_program_and_waking_it_draws_everything_again",
            "to_the_shell_and_back_is_no_gap_and_the_clock_went_on",
        ],
    ),
    (
        10,
        "signals keep the session",
        &[
            "a_signal_ends_it_cleanly_and_the_session_can_be_resumed",
            "a_kill_at_any_moment_loses_nothing_that_was_answered",
        ],
    ),
    (
        11,
        "the editor gets every key",
        &["an_editor_gets_the_terminal_and_every_key_and_gives_both_back"],
    ),
    (
        12,
        "every way to save runs once",
        &["every_way_to_save_counts_once_and_looking_never"],
    ),
    (
        13,
        "a save during a run",
        &[
            "a_save_during_the_compile_starts_anew_and_one_during_the_checks_waits_for_their_end",
            "a_save_runs_the_samples_and_a_later_save_marks_their_results_as_stale",
        ],
    ),
    (
        14,
        "endless code ends",
        &[
            "an_endless_loop_uses_up_its_processor_time",
            "nothing_is_left_running_or_lying_about",
        ],
    ),
    (
        15,
        "the clock's moments",
        &[
            "five_minutes_and_one_are_said_once_each_with_a_bell",
            "the_talk_warns_at_two_minutes_and_at_half_a_minute_once_each",
            "at_fifty_minutes_the_work_is_frozen_and_handed_in_and_the_talk_begins",
            "what_was_there_at_fifty_minutes_is_judged_and_not_what_came_after",
        ],
    ),
    (
        16,
        "sleep, stop, clock jumps",
        &[
            "a_sleep_or_a_stop_is_a_question_and_a_short_silence_is_not",
            "setting_the_wall_clock_moves_nothing_and_sleep_counts",
            "a_clock_that_is_set_back_stands_still",
        ],
    ),
    (
        17,
        "the footer keeps its way out",
        &["every_footer_ends_with_help_and_the_way_out_at_every_width"],
    ),
    (
        18,
        "help, keys and docs agree",
        &[
            "the_page_of_keys_is_the_table_and_the_page_in_the_docs_is_the_page",
            "no_key_means_two_things_on_one_screen_and_every_action_has_a_name_of_its_own",
        ],
    ),
    (
        19,
        "every action can be reached",
        &[
            "the_palette_finds_every_action_by_its_name_and_does_it",
            "every_action_of_every_screen_does_something_or_says_why_not",
        ],
    ),
    (
        20,
        "plain is linear",
        &[
            "a_whole_mock_can_be_sat_through_a_pipe",
            "a_dumb_terminal_gets_sentences_and_not_one_escape",
        ],
    ),
    (
        21,
        "quiet when idle",
        &["nothing_is_written_while_nothing_happens"],
    ),
    (
        22,
        "keys never wait for work",
        &["keys_are_answered_while_a_worker_never_comes_back"],
    ),
    (
        23,
        "streams, JSON, exit codes",
        &[
            "answers_go_to_stdout_and_remarks_to_stderr",
            "one_submission_is_one_object_with_its_keys_in_order",
            "without_a_terminal_there_is_usage_and_no_screen",
        ],
    ),
    (
        24,
        "help and completions",
        &[
            "every_command_explains_itself",
            "completions_are_written_for_shells",
        ],
    ),
    (
        25,
        "wide and odd text",
        &["odd_text_is_shown_without_doing_anything"],
    ),
    (
        26,
        "long statements in narrow panes",
        &[
            "every_statement_of_the_bank_fits_every_width_without_losing_a_letter",
            "code_is_indented_and_folded_further_in_without_losing_a_letter",
        ],
    ),
    (
        27,
        "the clipboard shifts nothing",
        &["the_path_goes_to_the_clipboard_and_stands_on_the_screen"],
    ),
    (
        28,
        "notes get through tmux",
        &[
            "inside_tmux_a_warning_rings_and_its_note_is_wrapped_so_that_it_gets_through",
            "bells_and_notes_ring_as_they_were_chosen",
        ],
    ),
    // Commands may write beside a screen on purpose: questions come from the editor's terminal.
    (
        29,
        "a second window watches",
        &[
            "a_second_window_watches_writes_nothing_and_inherits_the_session",
            "what_another_terminal_asks_shows_up_here",
        ],
    ),
];

fn sources(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            text += &sources(&path);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            text += &desk::text(&path);
        }
    }
    text
}

#[test]
fn every_must_have_is_held_by_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = sources(&root.join("src")) + &sources(&root.join("tests/it"));
    for (at, (number, what, holders)) in TABLE.iter().enumerate() {
        assert_eq!(usize::from(*number), at + 1);
        assert!(!holders.is_empty(), "{what}");
        for holder in *holders {
            assert!(
                text.contains(&format!("fn {holder}()")),
                "{number} {what}: {holder}"
            );
        }
    }
}
