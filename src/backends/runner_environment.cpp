#include "backends/runner_environment.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <ranges>

#include "base/ascii.hpp"

namespace scaleset::backends {
namespace {

// Only these are passed on, since anything else may be a secret that jobs must not see.
constexpr std::array<std::string_view, 15> kPassed = {
    "PATH",     "HOME",          "LANG",       "LC_ALL",      "TZ",
    "TMPDIR",   "USER",          "LOGNAME",    "http_proxy",  "https_proxy",
    "no_proxy", "SSL_CERT_FILE", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"};

Secret entry(std::string_view name, std::string_view value) {
  std::string text;
  text.reserve(name.size() + 1 + value.size());  // growing would leave copies of the secret behind
  text.append(name).append("=").append(value);
  return Secret(std::move(text));
}

}  // namespace

std::vector<std::string> own_environment() {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) entries.emplace_back(*entry);
  return entries;
}

std::vector<Secret> runner_environment(std::span<std::string const> own, Template const& what,
                                       std::string_view folder, Secret const& jit_config) {
  auto const& pass = what.pass_environment;
  std::vector<Secret> entries;
  for (std::string const& variable : own) {
    std::string const name = variable.substr(0, variable.find('='));
    bool const wanted = std::ranges::find(kPassed, name) != kPassed.end() ||
                        std::ranges::find(pass, name) != pass.end();
    if (wanted && may_pass(name) && !what.environment.contains(name))
      entries.emplace_back(variable);
  }
  for (auto const& [name, value] : what.environment) {
    if (may_pass(name)) entries.push_back(entry(name, value));
  }
  // By this, every process that a job leaves behind is found again (clear_instance).
  entries.push_back(entry(kInstanceVariable, folder));
  // Otherwise a refused version ends like any other error (protocol.md 11.2, B9).
  entries.push_back(entry("ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE", "1"));
  // In the environment, which other users cannot read, and not on the command line, which they can.
  // The runner removes it from there itself (protocol.md 11.1).
  entries.push_back(entry("ACTIONS_RUNNER_INPUT_JITCONFIG", jit_config.reveal()));
  return entries;
}

bool may_pass(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, base::is_ascii_word) &&
         name != "GITHUB_TOKEN" && !name.starts_with("SCALESET_") &&
         !name.starts_with("ACTIONS_RUNNER_INPUT_") &&
         name != "ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE";
}

Result<void> check_environment(Template const& what) {
  std::string bad;
  auto const check = [&bad](std::string const& name) {
    if (!may_pass(name)) bad.append(bad.empty() ? "" : ", ").append("\"" + name + "\"");
  };
  std::ranges::for_each(what.pass_environment, check);
  std::ranges::for_each(what.environment | std::views::keys, check);
  if (!bad.empty())
    return fail(ErrorCode::invalid_options,
                "these variables cannot be passed to runners, because they are not variables' "
                "names, or jobs must not see them: " +
                    bad);
  for (auto const& [name, value] : what.environment) {
    if (value.contains('\0'))
      return fail(ErrorCode::invalid_options, "the variable \"" + name +
                                                  "\" cannot be passed to runners: its value has "
                                                  "a zero byte in it; remove that");
  }
  return {};
}

}  // namespace scaleset::backends
