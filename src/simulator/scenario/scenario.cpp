#include "simulator/scenario/scenario.hpp"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <limits>
#include <set>

#include "base/files.hpp"
#include "base/seconds.hpp"

namespace scaleset::simulator {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr std::size_t kMostCalls = 100000;
constexpr milliseconds kLongest = std::chrono::days(366);

/// Turns one event into calls. Remembers the first thing that is wrong with it.
class EventReader {
 public:
  EventReader(json::object const& event, std::string origin)
      : event_(event), origin_(std::move(origin)) {}

  Result<Timeline> read() {
    refuse_unknown_keys();
    TimedCall call = read_action();
    call.origin = origin_;
    call.at = span("at");
    Timeline calls = repeated(std::move(call));
    if (!problem_.empty()) return fail(ErrorCode::invalid_argument, origin_ + ": " + problem_);
    return calls;
  }

 private:
  static constexpr std::array<std::string_view, 5> kActions = {"jobs", "cancel", "fault",
                                                               "clear_faults", "advance"};
  static constexpr std::array<std::string_view, 4> kOthers = {"at", "every", "times", "name"};

  void refuse_unknown_keys() {
    int actions = 0;
    for (auto const& [key, value] : event_) {
      bool const is_action = std::ranges::find(kActions, std::string_view(key)) != kActions.end();
      bool const known =
          is_action || std::ranges::find(kOthers, std::string_view(key)) != kOthers.end();
      if (is_action) ++actions;
      if (!known) complain("\"" + std::string(key) + "\" is not known");
    }
    if (actions != 1)
      complain("must have exactly one of jobs, cancel, fault, clear_faults and advance");
    if (has("name") && !has("jobs")) complain("only jobs have a name");
  }

  TimedCall read_action() {
    TimedCall call;
    call.method = "POST";
    if (has("jobs")) {
      call.path = "/_sim/jobs";
      call.body = object("jobs");
      if (has("name")) call.name = text("name");
    } else if (has("cancel")) {
      call.path = "/_sim/jobs/{id}/cancel";
      call.name = text("cancel");
    } else if (has("fault")) {
      call.path = "/_sim/faults";
      call.body = object("fault");
    } else if (has("clear_faults")) {
      call.method = "DELETE";
      call.path = "/_sim/faults";
      json::value const& flag = event_.at("clear_faults");
      if (!flag.is_bool() || !flag.as_bool()) complain("clear_faults must be true");
    } else {
      call.path = "/_sim/clock/advance";
      json::object seconds;
      seconds["seconds"] = static_cast<double>(span("advance").count()) / 1000;
      call.body = json::serialize(seconds);
    }
    return call;
  }

  Timeline repeated(TimedCall call) {
    std::int64_t times = 1;
    if (has("times")) {
      json::value const& value = event_.at("times");
      times = value.is_int64() ? value.as_int64() : 0;
      if (times < 1 || times > std::int64_t{kMostCalls})
        complain("times must be from 1 to " + std::to_string(kMostCalls));
    }
    milliseconds const every = span("every");
    if (has("times") != has("every")) complain("every and times must be given together");
    Timeline calls;
    if (!problem_.empty()) return calls;
    for (std::int64_t i = 0; i < times; ++i, call.at += every) calls.push_back(call);
    if (calls.back().at > kLongest) complain("ends after more than a year");
    return calls;
  }

  [[nodiscard]] bool has(std::string_view key) const { return event_.contains(key); }

  std::string text(std::string_view key) {
    json::value const& value = event_.at(key);
    if (value.is_string() && !value.as_string().empty()) return std::string(value.as_string());
    complain(std::string(key) + " must be a text");
    return "";
  }

  std::string object(std::string_view key) {
    json::value const& value = event_.at(key);
    if (!value.is_object()) complain(std::string(key) + " must be a table");
    return json::serialize(value);
  }

  milliseconds span(std::string_view key) {
    json::value const* const value = event_.if_contains(key);
    if (value == nullptr) return milliseconds(0);
    Result<milliseconds> read = milliseconds(0);
    if (value->is_number()) {
      read = base::milliseconds_from_seconds(value->to_number<double>(), key, {}, kLongest);
      if (!read) complain(read.error().message);
    } else if (value->is_string()) {
      read = parse_span(std::string_view(value->as_string()));
      if (!read) complain(std::string(key) + " " + read.error().message);
    } else {
      complain(std::string(key) + " must be a text or a number");
    }
    return read.value_or(milliseconds(0));
  }

  void complain(std::string text) {
    if (problem_.empty()) problem_ = std::move(text);
  }

  json::object const& event_;
  std::string origin_;
  std::string problem_;
};

/// Each name must be given once, and before it is used.
Result<void> check_names(Timeline const& timeline) {
  std::set<std::string_view> known;
  for (TimedCall const& call : timeline) {
    bool const cancels = call.path.ends_with("/cancel");
    if (!cancels && !call.name.empty()) known.insert(call.name);
    if (cancels && !known.contains(call.name))
      return fail(ErrorCode::invalid_argument,
                  call.origin + ": no jobs named \"" + call.name + "\" are queued before it");
  }
  return {};
}

milliseconds::rep unit_of(std::string_view unit) {
  if (unit == "ms") return 1;
  if (unit == "s" || unit.empty()) return 1000;
  if (unit == "m") return 60000;
  return unit == "h" ? 3600000 : 0;
}

Result<Timeline> read_timeline(std::string_view text, ScenarioFormat format,
                               std::string_view name) {
  std::string const prefix = std::string(name) + ":";
  Result<Document> const document = read_document(text, format);
  if (!document) return fail(ErrorCode::invalid_argument, prefix + " " + document.error().message);
  json::value const* const events = document->root.if_contains("event");
  bool const fits = document->root.size() == 1 && events != nullptr && events->is_array();
  if (!fits)
    return fail(ErrorCode::invalid_argument, prefix + " must consist of events, [[event]]");
  Timeline timeline;
  for (std::size_t i = 0; i < events->as_array().size(); ++i) {
    bool const has_line = i < document->event_lines.size();
    std::string const origin = prefix +
                               (has_line ? std::to_string(document->event_lines[i]) + ":" : "") +
                               " event " + std::to_string(i + 1);
    json::value const& event = events->as_array()[i];
    if (!event.is_object()) return fail(ErrorCode::invalid_argument, origin + ": must be a table");
    Result<Timeline> calls = EventReader(event.as_object(), origin).read();
    if (!calls) return calls;
    if (timeline.size() + calls->size() > kMostCalls)
      return fail(ErrorCode::invalid_argument, origin + ": more than 100000 events in all");
    timeline.insert(timeline.end(), calls->begin(), calls->end());
  }
  sort_timeline(timeline);
  Result<void> const named = check_names(timeline);
  if (!named) return std::unexpected(named.error());
  return timeline;
}

}  // namespace

void sort_timeline(Timeline& timeline) { std::ranges::stable_sort(timeline, {}, &TimedCall::at); }

Result<Timeline> parse_scenario(std::string_view text, ScenarioFormat format,
                                std::string_view name) {
  Result<Timeline> timeline = read_timeline(text, format, name);
  if (timeline) return timeline;
  // The text quotes parts of the file, which must not break its line.
  for (char& c : timeline.error().message) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return timeline;
}

Result<Timeline> read_scenario(std::filesystem::path const& file) {
  Result<std::string> const text = base::read_file(file);
  if (!text) return std::unexpected(text.error());
  ScenarioFormat const format =
      file.extension() == ".json" ? ScenarioFormat::json : ScenarioFormat::toml;
  return parse_scenario(*text, format, file.string());
}

Result<milliseconds> parse_span(std::string_view text) {
  constexpr char const* kWrong = "must be a time such as 90, 1.5s, 250ms or 1h30m, a year at most";
  constexpr auto kNoUnitYet = std::numeric_limits<milliseconds::rep>::max();
  double sum = 0;
  bool valid = !text.empty();
  milliseconds::rep last = kNoUnitYet;
  while (valid && !text.empty()) {
    double amount = 0;
    auto const [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), amount, std::chars_format::fixed);
    if (error != std::errc()) return fail(ErrorCode::invalid_argument, kWrong);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    std::size_t const next = std::min(text.find_first_of("0123456789.-"), text.size());
    milliseconds::rep const unit = unit_of(text.substr(0, next));
    // A number alone means seconds, but not beside others.
    bool const unitless_part = next == 0 && (!text.empty() || last != kNoUnitYet);
    text.remove_prefix(next);
    sum += amount * static_cast<double>(unit);
    // Each unit once, the larger first: 1h1h is a slip.
    valid = unit != 0 && unit < last && amount >= 0 && !unitless_part;
    last = unit;
  }
  Result<milliseconds> const span = base::milliseconds_from_seconds(sum / 1000, "", {}, kLongest);
  if (!valid || !span) return fail(ErrorCode::invalid_argument, kWrong);
  return *span;
}

}  // namespace scaleset::simulator
