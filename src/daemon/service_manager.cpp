#include "daemon/service_manager.hpp"

#include <algorithm>
#include <utility>

#include "scaleset/async/timer.hpp"

namespace scaleset::daemon {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kUntilReady{200};
constexpr std::chrono::seconds kBetweenSentences{10};

std::string counted(std::size_t count, std::string const& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

bool was_tried(SetSnapshot const& set) noexcept { return set.tried; }

}  // namespace

std::string status_sentence(Snapshot const& snapshot) {
  auto const unready = static_cast<std::size_t>(
      std::ranges::count_if(snapshot.sets, [](auto const& set) { return !set.ready; }));
  int busy = 0;
  int idle = 0;
  for (auto const& set : snapshot.sets) {
    busy += set.counts.busy;
    idle += set.counts.idle;
  }
  std::string text = "serving " + counted(snapshot.sets.size(), "scale set");
  if (unready > 0) text += ", " + std::to_string(unready) + " not ready";
  text += "; " + counted(static_cast<std::size_t>(busy), "runner") + " busy, " +
          std::to_string(idle) + " idle";
  if (snapshot.sets.size() == 1 && unready == 1) text += "; " + snapshot.sets.front().reason;
  return text;
}

std::vector<std::string> NotifyMachine::look(Snapshot const& snapshot) {
  if (stopping_) return {};
  std::string const sentence = status_sentence(snapshot);
  bool const is_new = std::exchange(told_, sentence) != sentence;
  if (!ready_ && std::ranges::all_of(snapshot.sets, was_tried)) {
    ready_ = true;
    return {ready_message(sentence)};
  }
  if (is_new) return {status_message(sentence)};
  return {};
}

std::vector<std::string> NotifyMachine::stopping(std::string_view why) {
  if (std::exchange(stopping_, true)) return {status_message(why)};
  return {stopping_message(why)};
}

ServiceManager::ServiceManager(asio::any_io_executor executor, NotifySettings settings,
                               House& house, std::shared_ptr<LogSink> log)
    : settings_(std::move(settings)),
      house_(house),
      log_(log, "daemon"),
      tasks_(std::move(executor), std::move(log)) {}

void ServiceManager::start() {
  if (settings_.address.empty()) return;
  tasks_.spawn(watch());
  if (settings_.watchdog) tasks_.spawn(beat(*settings_.watchdog / 2));
}

void ServiceManager::stopping(std::string_view why) {
  for (auto const& message : machine_.stopping(why)) send(message);
}

void ServiceManager::reloading(std::chrono::microseconds monotonic) {
  if (machine_.is_ready()) send(reloading_message(monotonic));
}

void ServiceManager::reloaded() {
  if (machine_.is_ready()) send(ready_message(status_sentence(house_.snapshot())));
}

void ServiceManager::send(std::string_view message) {
  if (settings_.address.empty()) return;
  bool const sent = send_notification(settings_.address, message);
  if (!sent && !std::exchange(failed_, true))
    log_.warn("the service manager takes no messages; it may end this process for that",
              {{"socket", settings_.address}});
  if (sent) failed_ = false;
}

asio::awaitable<void> ServiceManager::watch() {
  for (;;) {
    for (auto const& message : machine_.look(house_.snapshot())) send(message);
    std::chrono::milliseconds pause = kUntilReady;
    if (machine_.is_ready()) pause = kBetweenSentences;
    bool const slept = co_await async::sleep_for(pause);
    if (!slept) co_return;
  }
}

asio::awaitable<void> ServiceManager::beat(std::chrono::microseconds interval) {
  for (;;) {
    send(kWatchdogMessage);
    bool const slept = co_await async::sleep_for(interval);
    if (!slept) co_return;
  }
}

asio::awaitable<void> ServiceManager::end() {
  tasks_.request_stop();
  co_await tasks_.join();
}

}  // namespace scaleset::daemon
