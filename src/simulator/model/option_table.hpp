#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <span>
#include <string_view>

#include "simulator/model/options.hpp"

/// What a user can set about the service's times and limits: one table for the flags, their help
/// and the JSON that shows what was chosen. The defaults are ModelOptions' own.
namespace scaleset::simulator {

struct TimeOption {
  std::string_view name;  // the flag without its dashes; a number of seconds, fractions allowed
  std::chrono::milliseconds ModelOptions::* field;
  std::string_view help;
};
[[nodiscard]] std::span<TimeOption const> time_options() noexcept;

struct SwitchOption {
  std::string_view name;
  bool ModelOptions::* field;
  std::string_view help;
};
[[nodiscard]] std::span<SwitchOption const> switch_options() noexcept;

/// All options by name, with times in seconds.
[[nodiscard]] boost::json::object options_json(ModelOptions const& options);

}  // namespace scaleset::simulator
