#include "backends/docker/engine_link.hpp"

#include <algorithm>
#include <utility>

#include "backends/docker/trouble.hpp"
#include "base/loop_timer.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::backends::docker {

using namespace std::chrono_literals;

EngineLink::EngineLink(boost::asio::any_io_executor executor, http::ServerAddress address,
                       http::Resolver* resolver, base::Logger log, async::TaskScope* scope)
    : executor_(executor),
      engine_(std::move(executor), std::move(address), resolver),
      log_(std::move(log)),
      scope_(*scope) {}

Task<Version> EngineLink::ready() {
  if (version_) co_return *version_;
  co_return co_await ask();
}

Task<Version> EngineLink::ask() {
  auto version = co_await engine_.version();
  if (!version) {
    note(version.error());
    co_return version;
  }
  version_ = *version;
  away_ = false;
  auto const was_away = outage_.worked(base::loop_now(executor_).steady);
  if (was_away)
    log_.info("the engine answers again",
              {{"engine", engine_.address()}, {"after", base::in_words(*was_away)}});
  back_.notify_all();
  co_return version;
}

void EngineLink::note(Error const& error) {
  if (!is_of_connection(error)) return;
  version_.reset();
  if (outage_.failed(error, base::loop_now(executor_).steady)) {
    std::string const text = explained(error).message;
    log_.warn("the engine does not answer", {{"engine", engine_.address()}, {"error", text}});
  }
  if (!std::exchange(away_, true)) scope_.spawn(look_for_it());
}

boost::asio::awaitable<void> EngineLink::look_for_it() {
  constexpr auto kLongest = 30s;
  for (auto pause = 1s; away_; pause = std::min(2 * pause, kLongest)) {
    bool const waited = co_await async::sleep_for(pause);
    if (!waited) co_return;
    if (!away_) co_return;  // another call has found it
    auto found = co_await ask();
    if (!found && found.error().code == ErrorCode::cancelled) co_return;
    // It answers, if only to refuse us: whoever waits shall be told.
    if (!found && !is_of_connection(found.error())) away_ = false;
  }
  back_.notify_all();
}

boost::asio::awaitable<bool> EngineLink::wait_until_back() {
  while (away_) {
    bool const waited = co_await back_.wait();
    if (!waited) co_return false;
  }
  bool const cancelled = co_await async::is_cancelled();
  co_return !cancelled;
}

}  // namespace scaleset::backends::docker
