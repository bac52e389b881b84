#pragma once

#include <filesystem>
#include <string_view>

#include "scaleset/error.hpp"
#include "simulator/scenario/document.hpp"
#include "simulator/scenario/timeline.hpp"

namespace scaleset::simulator {

/// Reads a scenario: a list of events, in TOML `[[event]]`, in JSON {"event":[...]}. Every event
/// has
///
///   at = "1h30m5s" or 5.5          seconds, since the simulator's start; 0 if it is missing
///   every = "10s", times = 3       it happens again: three times in all, ten seconds apart
///
/// and exactly one of
///
///   jobs = { labels = ["set"], tenant = "my-org", ... }   all of POST /_sim/jobs; with
///       name = "first"                                    they can be cancelled:
///   cancel = "first"
///   fault = { route = "get_message", status = 503, ... }  all of POST /_sim/faults
///   clear_faults = true
///   advance = "90s"                                       a virtual clock
///
/// What is inside `jobs` and `fault` is not looked at here: the control API judges it
/// (front/player.hpp). At most 100,000 calls within a year. Pure; any bytes are an acceptable text.
/// Errors: invalid_argument, one line: `NAME:LINE: event 3: what is wrong`, without a line for
/// JSON.
[[nodiscard]] Result<Timeline> parse_scenario(std::string_view text, ScenarioFormat format,
                                              std::string_view name);

/// The file's name ends with `.json`, or it is TOML. Errors: as above, io.
[[nodiscard]] Result<Timeline> read_scenario(std::filesystem::path const& file);

/// "1h30m5s", "1.5s", "250ms" or, without a unit, seconds. Errors: invalid_argument: no such text,
/// negative or beyond a year.
[[nodiscard]] Result<std::chrono::milliseconds> parse_span(std::string_view text);

}  // namespace scaleset::simulator
