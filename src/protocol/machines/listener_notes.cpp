#include "protocol/machines/listener_notes.hpp"

#include <algorithm>

namespace scaleset::protocol {
namespace {

// A message has up to 50 jobs (protocol.md 6.3); all of their ids would make the line unreadable.
constexpr std::size_t kMostIds = 10;

std::vector<RequestId> without(std::vector<RequestId> ids, std::vector<RequestId> const& others) {
  std::erase_if(ids, [&others](RequestId id) {
    return std::find(others.begin(), others.end(), id) != others.end();
  });
  return ids;
}

std::string list(std::vector<RequestId> const& ids) {
  std::string text;
  for (std::size_t i = 0; i < std::min(ids.size(), kMostIds); ++i)
    text += (i == 0 ? "" : ", ") + std::to_string(ids[i].value);
  return ids.size() > kMostIds ? text + ", ..." : text;
}

}  // namespace

Error with_holder(Error error, std::string_view our_owner) {
  bool const ours = error.code == ErrorCode::session_conflict && !our_owner.empty() &&
                    error.message.contains("for owner " + std::string(our_owner) + ".");
  if (ours)
    error.message +=
        " That is this host: an earlier process did not close it, and then it ends by itself "
        "within "
        "about 90 s, or another process is running here.";
  return error;
}

ListenerNote warning(std::string text) { return {LogLevel::warn, std::move(text)}; }

std::string in_seconds(std::chrono::milliseconds delay) {
  return std::to_string((delay.count() + 500) / 1000) + " s";
}

// One line per message, however many entries are bad: the count, and one example.
std::string unreadable_parts(Message const& message) {
  std::string text;
  int count = 0;
  for (auto const& job : message.jobs) {
    auto const* unknown = std::get_if<UnknownJobMessage>(&job);
    if (unknown == nullptr) continue;
    ++count;
    // Cut, because this text comes from the service and goes into a log line.
    text = unknown->problem.empty() ? "unknown type \"" + unknown->type.substr(0, 60) + "\""
                                    : unknown->problem;
  }
  if (count == 0) return {};
  return "message " + std::to_string(message.id.value) + ": " + std::to_string(count) +
         " entries were skipped, the last one because of: " + text;
}

std::string shortfall(std::vector<RequestId> const& asked, std::vector<RequestId> const& granted) {
  auto const missing = without(asked, granted);
  auto const strange = without(granted, asked);
  std::string text;
  if (!missing.empty()) {
    text = std::to_string(asked.size() - missing.size()) + " of " + std::to_string(asked.size()) +
           " offered jobs were still free; not acquired: " + list(missing);
  }
  // Compared in both directions; GitHub's client compares in neither (W-23).
  if (!strange.empty()) {
    text += (text.empty() ? "" : "; ") +
            ("the service granted jobs that were not asked for: " + list(strange));
  }
  return text;
}

}  // namespace scaleset::protocol
