#include "simulator/runner/misbehaviour.hpp"

#include <algorithm>
#include <array>

#include "base/files.hpp"
#include "base/whole_number.hpp"
#include "simulator/runner/process_start.hpp"

namespace scaleset::simulator::pretend {
namespace {

constexpr std::string_view kExit = "exit:";
constexpr std::array<MisbehaviourInfo, 7> kMisbehaviours = {{
    {Misbehaviour::exit_at_once, "exit:N", "ends with exit code N before it does anything"},
    {Misbehaviour::hang_before_session, "hang_before_session",
     "does nothing at all, and dies of any signal"},
    {Misbehaviour::hang_after_session, "hang_after_session",
     "is registered and online, but never asks for a job; obeys signals"},
    {Misbehaviour::die_mid_job, "die_mid_job",
     "is killed (SIGKILL) as soon as its job runs, and reports nothing"},
    {Misbehaviour::ignore_sigterm, "ignore_sigterm", "works, but ignores SIGINT and SIGTERM"},
    {Misbehaviour::outlive_registration, "outlive_registration",
     "stays when it should end, after its job or when its registration was deleted, until a "
     "signal comes"},
    {Misbehaviour::version_deprecated, "version_deprecated",
     "behaves as if the service refused its version, once it is online"},
}};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  std::size_t const begin = text.find_first_not_of(kSpace);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

/// -1: the text is not a number from 0 to `most`.
int number_of(std::string_view text, int most) {
  int const number = base::whole_number<int>(text).value_or(-1);
  return number <= most ? std::max(number, -1) : -1;
}

Error unknown(std::string_view text) {
  std::string names;
  for (MisbehaviourInfo const& info : kMisbehaviours) {
    names += (names.empty() ? "" : ", ") + std::string(info.name);
  }
  return Error(ErrorCode::invalid_argument,
               "\"" + std::string(text.substr(0, 100)) +
                   "\" is not a fault of the pretend runner; the faults are: " + names +
                   "; each may be followed by a share, such as 10%");
}

}  // namespace

std::span<MisbehaviourInfo const> misbehaviours() { return kMisbehaviours; }

Result<RunnerFault> parse_runner_fault(std::string_view text) {
  std::string_view name = trimmed(text);
  RunnerFault fault;
  if (name.empty()) return fault;
  if (std::size_t const space = name.find(' '); space != name.npos) {
    std::string_view share = trimmed(name.substr(space));
    if (!share.ends_with('%')) return std::unexpected(unknown(text));
    share.remove_suffix(1);
    fault.percent = number_of(share, 100);
    name = name.substr(0, space);
  }
  if (name.starts_with(kExit)) {
    fault.exit_code = number_of(name.substr(kExit.size()), 255);
    name = kMisbehaviours.front().name;
  }
  auto const* const info = std::ranges::find(kMisbehaviours, name, &MisbehaviourInfo::name);
  bool const known = info != kMisbehaviours.end() && fault.percent >= 0 && fault.exit_code >= 0;
  if (!known) return std::unexpected(unknown(text));
  fault.kind = info->kind;
  return fault;
}

Result<RunnerFault> find_runner_fault(std::filesystem::path const& root, int chance) {
  std::string text = variable("SIMULATE_RUNNER_FAULT");
  if (text.empty()) text = base::read_file(root / "simulated-fault").value_or("");
  Result<RunnerFault> fault = parse_runner_fault(text);
  // The chance is drawn by the caller, so that tests need no randomness.
  if (fault && chance >= fault->percent) return RunnerFault();
  return fault;
}

}  // namespace scaleset::simulator::pretend
