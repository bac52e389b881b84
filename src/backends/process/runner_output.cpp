#include "backends/process/runner_output.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace scaleset::backends {
namespace {

constexpr std::size_t kMaxTelling = 300;
// Tokens and JIT configurations are longer; words and ids are not.
constexpr std::size_t kSecretLength = 64;
// Lines that say why a runner ended, which its exit code often does not (B9, protocol.md 11.2).
constexpr std::array<std::string_view, 8> kTelling = {
    "is deprecated and cannot receive messages",
    "The runner registration has been deleted from the server",
    "The runner no longer exists on the server",
    "A session for this runner already exists",
    "Failed to create a session",
    "Skipping message Job",
    "Must not run interactively with sudo",
    "An error occurred:"};

bool is_base64_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/' || c == '=' || c == '-' || c == '_';
}

/// "text" of the line "2026-11-23 16:00:00Z: text"; no value if the line has no time stamp.
std::optional<std::string_view> after_time_stamp(std::string_view line) {
  constexpr std::string_view kShape = "dddd-dd-dd dd:dd:ddZ: ";
  if (line.size() < kShape.size()) return std::nullopt;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    bool const digit = line[i] >= '0' && line[i] <= '9';
    if (kShape[i] == 'd' ? !digit : line[i] != kShape[i]) return std::nullopt;
  }
  return line.substr(kShape.size());
}

std::string printable(std::string_view text) {
  std::string result(text.substr(0, kMaxTelling));
  std::ranges::replace_if(result, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }, ' ');
  return result;
}

std::string_view meaning(int code) {
  switch (code) {
    case 0: return "ended normally (exit code 0)";
    case 1: return "ended with an error (exit code 1)";
    case 2: return "ended with an error that it calls temporary (exit code 2)";
    case 3:
    case 4: return "ended because it wants to update itself (exit code 3 or 4)";
    case 5: return "ended because another session of this runner exists (exit code 5)";
    case 7: return "ended because its version is deprecated: install a newer runner (exit code 7)";
    default: return "";
  }
}

}  // namespace

std::vector<InstanceEvent::Kind> RunnerOutput::take(std::string_view bytes) {
  std::vector<InstanceEvent::Kind> events;
  // For the log of a runner that failed.
  tail_.append(bytes.substr(bytes.size() - std::min(bytes.size(), kMaxTail)));
  if (tail_.size() > kMaxTail) tail_.erase(0, tail_.size() - kMaxTail);
  while (!bytes.empty()) {
    std::size_t const end = std::min(bytes.find('\n'), bytes.size());
    // A longer line is cut: the runner's own lines are short, and a job may write anything.
    line_.append(bytes.substr(0, std::min(end, kMaxLine - line_.size())));
    if (end == bytes.size()) break;
    end_line(events);
    bytes.remove_prefix(end + 1);
  }
  return events;
}

std::vector<InstanceEvent::Kind> RunnerOutput::finish() {
  std::vector<InstanceEvent::Kind> events;
  end_line(events);
  return events;
}

void RunnerOutput::end_line(std::vector<InstanceEvent::Kind>& events) {
  if (line_.ends_with('\r')) line_.pop_back();
  std::optional<InstanceEvent::Kind> const kind = interpret_line(line_);
  if (kind) events.push_back(*kind);
  if (is_telling(line_)) {
    telling_ = mask_secrets(printable(after_time_stamp(line_).value_or(line_)));
  }
  line_.clear();
}

std::optional<InstanceEvent::Kind> interpret_line(std::string_view line) {
  std::optional<std::string_view> const text = after_time_stamp(line);
  if (!text) return std::nullopt;
  if (text->starts_with("Listening for Jobs")) return InstanceEvent::Kind::registered;
  if (text->starts_with("Running job: ")) return InstanceEvent::Kind::busy;
  bool const ended = text->starts_with("Job ") && text->contains(" completed with result: ");
  return ended ? std::optional(InstanceEvent::Kind::idle) : std::nullopt;
}

bool is_telling(std::string_view line) {
  std::optional<std::string_view> const text = after_time_stamp(line);
  if (text && text->starts_with("Running job: "))
    return false;  // the job's name may look like anything
  return std::ranges::any_of(kTelling, [&](std::string_view part) { return line.contains(part); });
}

std::string mask_secrets(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    auto const begin = std::ranges::find_if(text, is_base64_character);
    auto const end = std::find_if_not(begin, text.end(), is_base64_character);
    result.append(text.begin(), begin);
    bool const secret = static_cast<std::size_t>(end - begin) >= kSecretLength;
    if (secret) result.append("***");
    if (!secret) result.append(begin, end);
    text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
  }
  return result;
}

std::string describe_exit(ExitStatus status, std::string_view telling_line) {
  std::string text =
      "ended; its exit code is not known, because an earlier scaleset process had started it";
  if (status.code) {
    text = meaning(*status.code);
    if (text.empty()) text = "ended with exit code " + std::to_string(*status.code);
  }
  if (status.signal) {
    text = "killed by signal " + std::to_string(*status.signal);
    char const* const name = sigabbrev_np(*status.signal);
    if (name != nullptr) text.append(" (SIG").append(name).append(")");
  }
  if (!telling_line.empty()) text.append(": ").append(telling_line);
  return text;
}

}  // namespace scaleset::backends
