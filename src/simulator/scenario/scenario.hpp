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
///   at = "1h30m5s" or 5.5          seconds since the simulator's start; 0 if it is missing
///   every = "10s", times = 3       it happens three times in all, ten seconds apart
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
/// The contents of `jobs` and `fault` are not checked here but by the control API
/// (front/player.hpp). At most 100,000 calls, and a year. Pure; `text` may be any bytes.
/// Errors: invalid_argument, one line: `NAME:LINE: event 3: what is wrong`, without a line for
/// JSON.
[[nodiscard]] Result<Timeline> parse_scenario(std::string_view text, ScenarioFormat format,
                                              std::string_view name);

/// The file is JSON if its name ends with `.json`, otherwise TOML. Errors: as above, and io.
[[nodiscard]] Result<Timeline> read_scenario(std::filesystem::path const& file);

/// "1h30m5s", "1.5s", "250ms" or, without a unit, seconds. Errors: invalid_argument for any
/// other text, and for more than a year.
[[nodiscard]] Result<std::chrono::milliseconds> parse_span(std::string_view text);

}  // namespace scaleset::simulator
