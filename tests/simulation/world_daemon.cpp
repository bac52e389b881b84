#include <boost/asio/co_spawn.hpp>

#include "world.hpp"

/// The lives of the daemon in a world.
namespace scaleset::simulation {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

World::~World() {
  if (daemon_) bury();
  bool done = false;
  auto const end = [this]() -> asio::awaitable<void> {
    co_await machine_->finish();
    co_await service_->stop();
  };
  asio::co_spawn(context_, end(), [&done](std::exception_ptr) { done = true; });
  for (int i = 0; i < 10000 && !done; ++i) time_.advance(milliseconds(100));
}

void World::start_daemon() {
  auto journal = store::Journal::open(folder_.path() / "journal");
  if (!journal) return violated("the journal cannot be opened: " + journal.error().message);
  if (journal->set_aside()) violated("the journal was damaged: " + journal->set_aside()->why);
  mortality_ = std::make_shared<Mortality>();
  delivered_.clear();
  if (plan_.crashes && random_.happens(0.3)) mortality_->dies_at_commit = random_.number(1, 60);
  daemon_ = std::make_unique<DaemonLife>(context_.get_executor(), *std::move(journal), mortality_);
  daemon::SetSettings settings;
  settings.url = service_->config_url("my-org");
  settings.name = "set";
  settings.fleet.min_idle = plan_.min_idle;
  settings.fleet.max_runners = plan_.max_runners;
  daemon::HousePorts ports;
  ports.book = &daemon_->book;
  ports.hooks.log = log_;
  ports.hooks.clock = time_.clock();
  ports.hooks.random =
      std::make_shared<SeededRandom>(static_cast<std::uint64_t>(random_.number(1, 1LL << 40)));
  ports.make_ports = [this](daemon::SetSettings const&, base::OwnerKey const& owner,
                            daemon::SetRecord const&) { return make_ports(owner); };
  daemon_->house = std::make_unique<daemon::House>(
      context_.get_executor(), std::vector<daemon::SetSettings>{settings}, std::move(ports));
  auto const live = [](DaemonLife* life) -> asio::awaitable<void> {
    co_await asio::this_coro::throw_if_cancelled(false);
    auto ended = co_await life->house->run();
    co_await life->writer.close();
    life->ended.emplace(std::move(ended));
  };
  asio::co_spawn(context_, live(daemon_.get()), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  stopping_ = false;
  note("the daemon starts");
}

Result<daemon::SetPorts> World::make_ports(base::OwnerKey const& owner) {
  ClientOptions options;
  options.config_url = service_->config_url("my-org");
  options.credentials = PersonalAccessToken{constant_secret(Secret("ghp_x"))};
  options.retry.max_retries = 2;
  options.hooks.clock = time_.clock();
  options.hooks.log = log_;
  options.hooks.random =
      std::make_shared<SeededRandom>(static_cast<std::uint64_t>(random_.number(1, 1LL << 40)));
  auto finalized = finalize(std::move(options));
  if (!finalized) return std::unexpected(finalized.error());
  auto transport = std::make_shared<MortalTransport>(
      service_->transport(), mortality_, [this](HttpRequest const& request) { watch(request); },
      [this](HttpResponse const& answer) { watch_answer(answer); });
  daemon::SetPorts ports;
  ports.client = std::make_unique<async::Client>(context_.get_executor(), *std::move(finalized),
                                                 std::move(transport));
  ports.make_backend =
      [this,
       owner](backends::InstanceObserver observer) -> Result<std::unique_ptr<backends::Backend>> {
    return std::make_unique<backends::PretendBackend>(owner, std::move(observer), *machine_);
  };
  return ports;
}

/// As kill -9: what it would still do does not reach anybody.
void World::crash() {
  note("the daemon is killed");
  mortality_->dead = true;
  bury();
}

void World::restart() {
  note("the daemon is stopped by SIGTERM");
  bury();
}

void World::bury() {
  stopping_ = true;
  daemon_->house->detach("the simulation");
  for (int i = 0; i < 1000 && !daemon_->ended; ++i) pass(milliseconds(100));
  if (!daemon_->ended) {
    violated("the daemon does not end");
    // Its coroutines still use it.
    static_cast<void>(daemon_.release());
    return;
  }
  daemon_.reset();
}

daemon::SetSnapshot World::snapshot() const {
  auto snapshot = daemon_->house->snapshot();
  return snapshot.sets.empty() ? daemon::SetSnapshot() : std::move(snapshot.sets.front());
}

/// Lets time pass, with the daemon alive, or coming back if it dies.
void World::pass(Duration time) {
  auto const until = time_.clock()->now().steady + time;
  while (time_.clock()->now().steady < until) {
    auto const next = time_.next();
    auto const now = time_.clock()->now().steady;
    auto const step = next ? std::clamp<std::chrono::steady_clock::duration>(
                                 *next - now, milliseconds(0), until - now)
                           : until - now;
    time_.advance(step);
    check_now();
  }
}

void World::drain_and_check() {
  note("the daemon drains");
  stopping_ = true;
  daemon_->house->drain("the simulation");
  pass(minutes(30));
  if (!daemon_->ended) violated("a drain does not end: " + report());
  if (!daemon_->ended) return;
  if (instances() > 0) violated("instances are left after a drain: " + report());
  daemon_.reset();
}

}  // namespace scaleset::simulation
