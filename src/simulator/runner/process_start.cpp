#include "simulator/runner/process_start.hpp"

#include <strings.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <vector>

namespace scaleset::simulator::pretend {
namespace {

constexpr std::string_view kInputPrefix = "ACTIONS_RUNNER_INPUT_";

std::vector<std::string> input_names() {
  std::vector<std::string> names;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    std::string_view const text = *entry;
    if (text.starts_with(kInputPrefix)) names.emplace_back(text.substr(0, text.find('=')));
  }
  return names;
}

}  // namespace

std::string variable(char const* name) {
  char const* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

bool is_set(char const* name) {
  std::string const value = variable(name);
  return value == "1" || strcasecmp(value.c_str(), "true") == 0;
}

bool prints_log() { return is_set("ACTIONS_RUNNER_PRINT_LOG_TO_STDOUT"); }

std::string take_input(std::string_view name) {
  std::string taken;
  for (std::string const& full_name : input_names()) {
    char* const value = std::getenv(full_name.c_str());
    if (value == nullptr) continue;
    if (full_name.substr(kInputPrefix.size()) == name) taken = value;
    // As the official runner does with all of these (protocol.md 11.1); /proc/PID/environ would
    // still show a variable that was only unset.
    explicit_bzero(value, std::strlen(value));
    unsetenv(full_name.c_str());
  }
  return taken;
}

void set_process_name(char const* name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

}  // namespace scaleset::simulator::pretend
