#include "simulator/front/parts/runner_releases.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <utility>

#include "base/rfc3339.hpp"
#include "base/whole_number.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

using Numbers = std::array<int, 3>;

/// "2.336.0" as its three numbers.
std::optional<Numbers> numbers_of(std::string_view version) {
  Numbers numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    bool const last = i + 1 == numbers.size();
    std::size_t const end = last ? version.size() : std::min(version.find('.'), version.size());
    std::optional<int> const number = base::whole_number<int>(version.substr(0, end));
    if (!number || *number < 0 || (!last && end == version.size())) return std::nullopt;
    numbers[i] = *number;
    if (!last) version.remove_prefix(end + 1);
  }
  return numbers;
}

RunnerRelease release(std::string_view version, std::string_view runtime_ends) {
  return RunnerRelease{std::string(version), std::nullopt, base::parse_rfc3339(runtime_ends)};
}

std::optional<Timestamp> read_time(Fields& fields, std::string_view name) {
  std::optional<std::string> const text = fields.text(name);
  if (!text) return std::nullopt;
  std::optional<Timestamp> const time = base::parse_rfc3339(*text);
  if (!time) fields.complain(name, "must be a time such as 2026-11-05T08:04:55Z");
  return time;
}

std::vector<RunnerRelease> read_releases(Fields& fields) {
  constexpr auto kKeys =
      std::to_array<std::string_view>({"version", "registrationEndsAt", "runtimeEndsAt"});
  std::vector<RunnerRelease> read;
  for (json::value const& element : fields.list("releases").value_or(json::array())) {
    if (!element.is_object()) {
      fields.complain("releases", "every release must be an object");
      return read;
    }
    Fields one(element.as_object());
    one.expect_only(kKeys);
    RunnerRelease made;
    made.version = one.text("version").value_or("");
    if (!numbers_of(made.version)) one.complain("version", "must be three numbers, as in 2.336.0");
    made.registration_ends = read_time(one, "registrationEndsAt");
    made.runtime_ends = read_time(one, "runtimeEndsAt");
    if (!one.problem().empty()) fields.complain("releases", one.problem());
    read.push_back(std::move(made));
  }
  return read;
}

json::value time_json(std::optional<Timestamp> time) {
  return time ? json::value(base::format_rfc3339(*time)) : json::value(nullptr);
}

}  // namespace

RunnerReleases::RunnerReleases()
    : releases_{release("2.334.0", "2026-08-10T00:00:00Z"),
                release("2.335.0", "2026-08-14T00:00:00Z"),
                release("2.335.1", "2026-09-24T00:00:00Z"),
                release("2.336.0", "2026-11-05T08:04:55Z"),
                release("2.337.0", ""),
                release("2.338.0", "")} {}

RunnerRelease const* RunnerReleases::find(std::string_view version) const {
  auto const found = std::ranges::find(releases_, version, &RunnerRelease::version);
  return found == releases_.end() ? nullptr : &*found;
}

bool RunnerReleases::is_too_old(std::string_view version) const {
  std::optional<Numbers> const least = numbers_of(minimum_);
  std::optional<Numbers> const given = numbers_of(version);
  return least && given && *given < *least;
}

void RunnerReleases::change(Fields& fields) {
  constexpr auto kKeys = std::to_array<std::string_view>({"minimum", "releases"});
  fields.expect_only(kKeys);
  std::string minimum = fields.text("minimum").value_or(minimum_);
  if (!minimum.empty() && !numbers_of(minimum))
    fields.complain("minimum", "must be three numbers, as in 2.329.0, or empty");
  std::vector<RunnerRelease> read = read_releases(fields);
  if (!fields.problem().empty()) return;
  minimum_ = std::move(minimum);
  for (RunnerRelease& one : read) {
    auto const known = std::ranges::find(releases_, one.version, &RunnerRelease::version);
    if (known != releases_.end()) {
      *known = std::move(one);
    } else {
      releases_.push_back(std::move(one));
    }
  }
  std::ranges::sort(releases_, {},
                    [](RunnerRelease const& one) { return numbers_of(one.version); });
}

json::object RunnerReleases::view() const {
  json::array releases;
  for (RunnerRelease const& one : releases_) {
    json::object shown;
    shown["version"] = one.version;
    shown["registrationEndsAt"] = time_json(one.registration_ends);
    shown["runtimeEndsAt"] = time_json(one.runtime_ends);
    releases.push_back(std::move(shown));
  }
  json::object body;
  body["minimum"] = minimum_;
  body["releases"] = std::move(releases);
  return body;
}

}  // namespace scaleset::simulator
