#include "backends/runner_output.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/ascii.hpp"

namespace scaleset::backends {
namespace {

constexpr std::size_t kMaxTelling = 300;
// Tokens and JIT configurations are longer; words and ids are not.
constexpr std::size_t kSecretLength = 64;
// Lines that say why a runner ended, which its exit code often does not (B9, protocol.md 11.2).
constexpr std::string_view kRefused = "is deprecated and cannot receive messages";
constexpr auto kRemoved =
    std::to_array<std::string_view>({"The runner registration has been deleted from the server",
                                     "The runner no longer exists on the server"});
constexpr auto kTelling = std::to_array<std::string_view>(
    {"A session for this runner already exists", "Failed to create a session",
     "Must not run interactively with sudo", "An error occurred:"});

bool is_base64_character(char c) {
  return base::is_ascii_word(c) || std::string_view("+/=-").contains(c);
}

/// Whether a word is over after this character.
bool ends_word(char c) {
  constexpr std::string_view kEnds = " \t\r\n\"'`:;,()[]<>";
  return kEnds.contains(c);
}

/// Whether a name in a path looks like a part of a secret in which there happens to be a '/'.
bool is_random(std::string_view name) {
  constexpr std::size_t kShortest = 20;
  auto const has = [name](char from, char to) {
    return std::ranges::any_of(name, [=](char c) { return c >= from && c <= to; });
  };
  return name.size() >= kShortest && has('a', 'z') && has('A', 'Z') && has('0', '9');
}

bool is_path(std::string_view word) {
  return word.starts_with('/') || word.starts_with("./") || word.starts_with("~/");
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

/// A line for a person.
std::string presentable(std::string_view line) {
  // Masked before it is cut: half a secret would not look like one.
  std::string result = mask_secrets(after_time_stamp(line).value_or(line)).substr(0, kMaxTelling);
  std::ranges::replace_if(result, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }, ' ');
  return result;
}

/// Whether the line may have any text in it because a job wrote it or gave it its name.
bool is_of_a_job(std::string_view line) {
  std::string_view const text = after_time_stamp(line).value_or(line);
  // ACTIONS_RUNNER_PRINT_LOG_TO_STDOUT copies the worker's log too, with this before each line.
  if (text.starts_with("Running job: ") || text.starts_with("[WORKER ")) return true;
  return text.starts_with("Job ") && text.contains(" completed with result: ");
}

/// The signs of a runner that lost its registration and goes on (B1).
bool is_troubled(std::string_view line) {
  if (line.contains("Skipping message Job")) return true;
  std::size_t const registration = line.find("egistration ");
  return registration != std::string_view::npos &&
         line.substr(registration).contains("was not found");
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

std::vector<OutputEvent> RunnerOutput::take(std::string_view bytes) {
  std::vector<OutputEvent> events;
  tail_cut_ = tail_cut_ || tail_.size() + bytes.size() > kMaxTail;
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

std::vector<OutputEvent> RunnerOutput::finish() {
  std::vector<OutputEvent> events;
  end_line(events);
  return events;
}

void RunnerOutput::end_line(std::vector<OutputEvent>& events) {
  if (line_.ends_with('\r')) line_.pop_back();
  std::optional<InstanceEvent::Kind> const kind = interpret_line(line_);
  bool const goes_on = kind == InstanceEvent::Kind::registered || kind == InstanceEvent::Kind::busy;
  std::optional<ExitCause> const cause = cause_in(line_);
  if (goes_on || cause) cause_ = cause;
  if (is_telling(line_)) telling_ = presentable(line_);
  if (version_.empty()) version_ = version_in(line_);
  if (kind) events.emplace_back(*kind, presentable(line_));
  line_.clear();
}

std::string RunnerOutput::last_line() const {
  std::string const text = tail();
  std::size_t const end = text.find_last_not_of("\r\n \t");
  if (end == std::string::npos) return {};
  std::size_t const before = text.rfind('\n', end);
  std::size_t const begin = before == std::string::npos ? 0 : before + 1;
  return presentable(std::string_view(text).substr(begin, end + 1 - begin));
}

std::string RunnerOutput::tail(std::size_t bytes) const {
  std::string_view text = tail_;
  if (tail_cut_) {
    // What it begins with may be the end of a secret, or of a character of several bytes.
    auto const begin =
        std::ranges::find_if(text, [](char c) { return !is_base64_character(c) && c >= 0; });
    text.remove_prefix(static_cast<std::size_t>(begin - text.begin()));
  }
  std::string masked = mask_secrets(text);
  if (masked.size() > bytes) masked.erase(0, masked.size() - bytes);
  return masked;
}

std::optional<InstanceEvent::Kind> interpret_line(std::string_view line) {
  std::string_view const text = after_time_stamp(line).value_or("");
  if (text.starts_with("Listening for Jobs")) return InstanceEvent::Kind::registered;
  if (text.starts_with("Running job: ")) return InstanceEvent::Kind::busy;
  if (text.starts_with("Job ") && text.contains(" completed with result: "))
    return InstanceEvent::Kind::idle;
  bool const troubled = !is_of_a_job(line) && is_troubled(line);
  return troubled ? std::optional(InstanceEvent::Kind::troubled) : std::nullopt;
}

std::optional<ExitCause> cause_in(std::string_view line) {
  if (is_of_a_job(line)) return std::nullopt;
  if (line.contains(kRefused)) return ExitCause::version_refused;
  auto const is_in_line = [&](std::string_view part) { return line.contains(part); };
  return std::ranges::any_of(kRemoved, is_in_line) ? std::optional(ExitCause::removed)
                                                   : std::nullopt;
}

bool is_telling(std::string_view line) {
  if (is_of_a_job(line)) return false;
  if (cause_in(line) || is_troubled(line)) return true;
  return std::ranges::any_of(kTelling, [&](std::string_view part) { return line.contains(part); });
}

std::string_view version_in(std::string_view line) {
  line = after_time_stamp(line).value_or(line);
  constexpr std::string_view kIntroduction = "Current runner version:";
  if (!line.starts_with(kIntroduction)) return {};
  line.remove_prefix(kIntroduction.size());
  line.remove_prefix(std::min(line.find_first_not_of(" '\"v"), line.size()));
  std::size_t const end = line.find_first_not_of("0123456789.");
  constexpr std::size_t kLongest = 32;
  return line.substr(0, std::min(end, kLongest));
}

std::string mask_secrets(std::string_view text) {
  std::string result;
  bool in_path = false;  // the word that we are in is one
  for (std::size_t at = 0; at < text.size();) {
    bool const word_begins = at == 0 || ends_word(text[at - 1]);
    if (word_begins) in_path = is_path(text.substr(at));
    auto const belongs = [&](char c) { return is_base64_character(c) && !(in_path && c == '/'); };
    std::size_t end = at;
    while (end < text.size() && belongs(text[end])) ++end;
    std::string_view const run = text.substr(at, end - at);
    bool const secret = run.size() >= kSecretLength || (in_path && is_random(run));
    result.append(secret ? std::string_view("***") : run);
    if (run.empty()) result.push_back(text[end++]);
    at = end;
  }
  return result;
}

ExitCause cause_of(ExitStatus status, std::optional<ExitCause> said, bool signalled_by_us,
                   bool adopted) {
  constexpr int kVersionRefused = 7;  // protocol.md 11.2
  if (status.code == kVersionRefused) return ExitCause::version_refused;
  if (said) return *said;
  if (status.signal && !signalled_by_us) return ExitCause::signalled;
  if (status.code || status.signal) return ExitCause::exited;
  return adopted ? ExitCause::unknown : ExitCause::lost;
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

std::string describe_exit(ExitStatus status, RunnerOutput const& output, bool stop_asked) {
  std::string const& telling = output.telling_line();
  bool const normal = status.code == 0 || stop_asked;
  return describe_exit(status, telling.empty() && !normal ? output.last_line() : telling);
}

InstanceEvent to_event(OutputEvent const& said, std::string runner_name, std::string version) {
  InstanceEvent event(said.kind, std::move(runner_name));
  event.version = std::move(version);
  if (said.kind == InstanceEvent::Kind::troubled) event.reason = said.line;
  return event;
}

}  // namespace scaleset::backends
