#include <utility>

#include "base/rfc3339.hpp"
#include "base/url.hpp"
#include "daemon/set_runner.hpp"

/// How long the runners' version still works (I3). What happens when the service refuses it is the
/// fleet's to decide (B9).
namespace scaleset::daemon {
namespace {

Timestamp wall(Now const& now) { return std::chrono::floor<std::chrono::milliseconds>(now.wall); }

}  // namespace

Currency::Version SetRunner::judged(std::string const& version) const {
  auto const url = base::parse_url(owner_.url);
  return {url ? url->origin() : owner_.url, version};
}

void SetRunner::note_version(std::string const& version) {
  if (version.empty() || !ports_.currency) return;
  version_ = version;
  if (ports_.currency->saw(judged(version), wall(ports_.hooks.clock->now()))) {
    tasks_.spawn(ask_about(version));
  } else {
    tell_end_of(version);
  }
}

boost::asio::awaitable<void> SetRunner::ask_about(std::string version) {
  auto const found = co_await ports_.client->find_runner_deprecation(version);
  auto const now = wall(ports_.hooks.clock->now());
  if (found) {
    ports_.currency->learn(judged(version), *found, now);
    tell_end_of(version);
    co_return;
  }
  ports_.currency->failed(judged(version), now);
  std::string const error = found.error().to_string();
  log_.debug("GitHub does not tell how long a version of the runner works",
             {{"version", version}, {"error", error}});
}

void SetRunner::tell_end_of(std::string const& version) {
  auto const now = wall(ports_.hooks.clock->now());
  if (!ports_.currency->is_news(judged(version), now)) return;
  auto const end = ports_.currency->end_of(judged(version), now);
  std::string const ends = base::format_rfc3339(end->ends);
  log_.write(end->is_alarm ? LogLevel::error : LogLevel::warn,
             "GitHub will refuse this version of the runner; put a newer release of actions/runner "
             "into the runner folder, and the next runner uses it",
             {{"version", version}, {"ends", ends}, {"days_left", end->days_left}});
}

std::string SetRunner::end_of_version() const {
  if (version_.empty()) return "";
  auto const end = ports_.currency->end_of(judged(version_), wall(ports_.hooks.clock->now()));
  if (!end) return "";
  return "version " + version_ + " of the runner works until " + base::format_rfc3339(end->ends) +
         ": install a newer release of actions/runner";
}

}  // namespace scaleset::daemon
