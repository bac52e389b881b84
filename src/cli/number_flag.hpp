#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace scaleset::cli {

/// The numbers that a flag takes.
struct NumberRange {
  std::uint64_t least = 0;
  std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
};
/// That a runner group can have (protocol.md 8).
inline constexpr NumberRange kRunnerCount{0, 10000};
inline constexpr NumberRange kId{1, std::numeric_limits<std::int64_t>::max()};

/// Adds a flag that takes a whole number in decimal digits and passes it to `keep`. Anything else
/// is refused while parsing, with the range in the message.
CLI::Option* add_number(CLI::App& command, std::string const& flag, NumberRange range,
                        std::function<void(std::uint64_t)> keep, std::string const& help);

/// The same, kept in `target`, which must outlive the parsing.
template <class Number>
CLI::Option* add_number(CLI::App& command, std::string const& flag, NumberRange range,
                        Number& target, std::string const& help) {
  return add_number(command, flag, range,
                    std::function<void(std::uint64_t)>(
                        [&target](std::uint64_t number) { target = static_cast<Number>(number); }),
                    help);
}

}  // namespace scaleset::cli
