#pragma once

#include "backends/conformance/bench.hpp"

/// The checks of the rules. What each one means is in its name.
namespace scaleset::backends::conformance {

// Starts.
void a_start_is_idempotent_by_name(Bench& bench);
void two_starts_at_once_make_one_instance(Bench& bench);
void many_start_at_once(Bench& bench);
void a_cancelled_start_leaves_nothing(Bench& bench);
void a_start_that_is_refused_leaves_nothing(Bench& bench);
void a_lost_answer_leaves_one_at_most(Bench& bench);
void a_name_that_others_have_is_refused(Bench& bench);

// Lives and ends.
void the_whole_life_is_told_once(Bench& bench);
void a_stop_is_idempotent(Bench& bench);
void a_graceful_stop_lets_it_end(Bench& bench);
void a_forced_stop_ends_what_does_not_listen(Bench& bench);
void what_does_not_end_when_asked_is_killed(Bench& bench);
void an_exit_code_is_told(Bench& bench);
void a_signal_is_told(Bench& bench);
void a_refused_version_is_told(Bench& bench);
void a_lack_of_memory_is_told(Bench& bench);
void a_removal_by_others_is_told(Bench& bench);
void the_tail_is_the_end_without_secrets(Bench& bench);

// Lists and adoption.
void a_list_says_whose_it_is_and_what_it_does(Bench& bench);
void what_is_of_others_is_left_alone(Bench& bench);
void what_runs_is_adopted(Bench& bench);
void what_was_said_meanwhile_is_told_later(Bench& bench);
void an_end_meanwhile_is_told_later(Bench& bench);
void a_detached_backend_says_nothing_more(Bench& bench);
void a_killed_daemon_leaves_nothing_half_done(Bench& bench);

// Engines.
void a_list_that_hangs_ends(Bench& bench);
void a_call_can_be_cancelled(Bench& bench);
void a_preparation_is_shared(Bench& bench);
void a_preparation_may_be_long(Bench& bench);
void a_cancelled_preparation_goes_on_for_others(Bench& bench);
void it_says_whether_it_works(Bench& bench);
void an_engine_that_is_away_has_no_room(Bench& bench);
void what_outlives_its_engine_is_watched_again(Bench& bench);

}  // namespace scaleset::backends::conformance
