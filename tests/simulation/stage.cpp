#include "stage.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <utility>

namespace scaleset::simulation {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr char const* kTenant = "my-org";

}  // namespace

Stage::Stage(std::uint64_t seed, simulator::Profile profile, std::shared_ptr<LogSink> log)
    : around_(seed, profile, std::move(log)) {}

Stage::~Stage() { finish(); }

asio::awaitable<void> Stage::end_surroundings() {
  co_await host_.finish();
  co_await other_host_.finish();
  co_await around_.service->stop();
}

/// Ends everything. Whoever derives from this calls it before what it watches with goes away.
void Stage::finish() {
  if (std::exchange(finished_, true)) return;
  kill(host_);
  kill(other_host_);
  bool done = false;
  asio::co_spawn(around_.context, end_surroundings(), [&done](std::exception_ptr) { done = true; });
  for (int i = 0; i < 10000 && !done; ++i) around_.time.advance(milliseconds(100));
}

daemon::SetSettings Stage::settings(std::string name) const {
  daemon::SetSettings settings;
  settings.url = around_.service->config_url(kTenant);
  settings.name = std::move(name);
  return settings;
}

void Stage::kill(Host& host) {
  host.mortality().dead = true;
  static_cast<void>(detach(host));
}

bool Stage::detach(Host& host) {
  host.detach();
  for (int i = 0; i < 1000 && !host.has_ended(); ++i) pass(milliseconds(100));
  return host.bury();
}

// What is around it.

void Stage::pass(Duration time) {
  auto const until = now() + time;
  // What is ready now may be about to wait for a nearer moment than all others.
  around_.time.advance(milliseconds(0));
  while (now() < until) step(until);
}

bool Stage::pass_until(std::function<bool()> const& condition, Duration limit) {
  auto const until = now() + limit;
  around_.time.advance(milliseconds(0));
  while (!condition()) {
    if (now() >= until) return false;
    step(until);
  }
  return true;
}

/// Goes to the next moment in which something happens. Nothing is ready to run before or after.
void Stage::step(std::chrono::steady_clock::time_point until) {
  auto const next = around_.time.next();
  auto const from = now();
  auto const by = next ? std::clamp<std::chrono::steady_clock::duration>(
                             *next - from, milliseconds(0), until - from)
                       : until - from;
  around_.time.advance(by);
  if (on_step) on_step();
}

void Stage::sleep(Duration time) {
  around_.time.leap(time);
  if (on_step) on_step();
}

void Stage::queue_jobs(std::int64_t count, std::string label, std::string const& tenant) {
  auto& live = front().live;
  simulator::JobOrder order;
  order.count = count;
  order.labels = {std::move(label)};
  live.model.open_tenant(tenant);
  live.model.queue_jobs(live.now(), tenant, std::move(order));
  static_cast<void>(live.commit_changes());
}

}  // namespace scaleset::simulation
