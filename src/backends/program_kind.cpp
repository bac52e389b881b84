#include "backends/program_kind.hpp"

#include <algorithm>

namespace scaleset::backends {

std::optional<std::pair<ProgramKind, std::string>> program_of(std::string_view command_line,
                                                              char separator) {
  for (int argument = 0; argument < 2; ++argument) {
    std::string_view const text = command_line.substr(0, command_line.find(separator));
    std::string_view const name = text.substr(text.rfind('/') + 1);
    if (name == "Runner.Listener") return std::pair(ProgramKind::listener, std::string(text));
    if (name == "Runner.Worker") return std::pair(ProgramKind::worker, std::string(text));
    command_line.remove_prefix(std::min(text.size() + 1, command_line.size()));
  }
  return std::nullopt;
}

}  // namespace scaleset::backends
