#include "stage.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <utility>
#include <vector>

#include "backends/pretend/pretend_backend.hpp"
#include "base/jwt.hpp"

namespace scaleset::simulation {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr char const* kTenant = "my-org";
constexpr char const* kSet = "set";

/// Signing with a key of the usual length would take a large part of the time, and nothing here
/// depends on the length.
base::RsaPrivateKey some_key() {
  static base::RsaPrivateKey const key = base::RsaPrivateKey::generate(512);
  return key;
}

std::unique_ptr<simulator::Simulator> start_service(asio::any_io_executor executor,
                                                    std::uint64_t seed,
                                                    simulator::Profile profile) {
  simulator::SimulatorOptions options;
  options.listen = false;
  options.key = some_key();
  options.seed = seed;
  options.model.profile = profile;
  return simulator::Simulator::start(std::move(executor), std::move(options)).value();
}

}  // namespace

Stage::Stage(std::uint64_t seed, simulator::Profile profile, std::shared_ptr<LogSink> log)
    : log_(std::move(log)),
      random_(seed),
      service_(start_service(context_.get_executor(), seed, profile)),
      program_(std::make_unique<RunnerProgram>(service_->front(), kTenant, random_)),
      machine_(std::make_unique<backends::PretendWorld>(
          context_.get_executor(), std::make_shared<SeededRandom>(seed + 1),
          [this](backends::PretendInstance& instance) { return program_->run(&instance); })) {}

Stage::~Stage() { finish(); }

asio::awaitable<void> Stage::end_surroundings() {
  co_await machine_->finish();
  co_await service_->stop();
}

/// Ends everything. Whoever derives from this calls it before what it watches with goes away.
void Stage::finish() {
  if (std::exchange(finished_, true)) return;
  kill();
  bool done = false;
  asio::co_spawn(context_, end_surroundings(), [&done](std::exception_ptr) { done = true; });
  for (int i = 0; i < 10000 && !done; ++i) time_.advance(milliseconds(100));
}

// The daemon.

daemon::SetSettings Stage::settings() const {
  daemon::SetSettings settings;
  settings.url = service_->config_url(kTenant);
  settings.name = kSet;
  return settings;
}

Result<void> Stage::start(daemon::SetSettings settings) {
  auto journal = store::Journal::open(folder_.path() / "journal");
  if (!journal) return std::unexpected(journal.error());
  if (journal->set_aside())
    return fail(ErrorCode::io, "the journal was damaged: " + journal->set_aside()->why);
  mortality_ = std::make_shared<Mortality>();
  daemon_ = std::make_unique<DaemonLife>(context_.get_executor(), *std::move(journal), mortality_);
  daemon::HousePorts ports;
  ports.book = &daemon_->book;
  ports.hooks.log = log_;
  ports.hooks.clock = time_.clock();
  ports.hooks.random = another_random();
  ports.make_ports = [this](daemon::SetSettings const& each, base::OwnerKey const& owner,
                            daemon::SetRecord const&) { return make_ports(each, owner); };
  daemon_->house = std::make_unique<daemon::House>(
      context_.get_executor(), std::vector<daemon::SetSettings>{std::move(settings)},
      std::move(ports));
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
  return {};
}

std::shared_ptr<SeededRandom> Stage::another_random() {
  return std::make_shared<SeededRandom>(static_cast<std::uint64_t>(random_.number(1, 1LL << 40)));
}

Result<daemon::SetPorts> Stage::make_ports(daemon::SetSettings const& settings,
                                           base::OwnerKey const& owner) {
  ClientOptions options;
  options.config_url = settings.url;
  options.credentials = PersonalAccessToken{constant_secret(Secret("ghp_x"))};
  options.retry.max_retries = 2;
  options.hooks.clock = time_.clock();
  options.hooks.log = log_;
  options.hooks.random = another_random();
  auto finalized = finalize(std::move(options));
  if (!finalized) return std::unexpected(finalized.error());
  auto transport = std::make_shared<MortalTransport>(
      service_->transport(), mortality_,
      [this](HttpRequest const& request) {
        if (on_request) on_request(request);
      },
      [this](HttpResponse const& answer) {
        if (on_answer) on_answer(answer);
      });
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

void Stage::kill() {
  mortality_->dead = true;
  static_cast<void>(bury());
}

bool Stage::detach() { return bury(); }

bool Stage::bury() {
  if (!daemon_) return true;
  stopping_ = true;
  daemon_->house->detach("the simulation");
  for (int i = 0; i < 1000 && !daemon_->ended; ++i) pass(milliseconds(100));
  if (!daemon_->ended) {
    // Its coroutines still use it.
    static_cast<void>(daemon_.release());
    return false;
  }
  daemon_.reset();
  return true;
}

void Stage::drain() {
  if (!daemon_) return;
  stopping_ = true;
  daemon_->house->drain("the simulation");
}

daemon::SetSnapshot Stage::snapshot() const {
  auto snapshot = daemon_ ? daemon_->house->snapshot() : daemon::Snapshot();
  return snapshot.sets.empty() ? daemon::SetSnapshot() : std::move(snapshot.sets.front());
}

// What is around it.

void Stage::pass(Duration time) {
  auto const until = time_.clock()->now().steady + time;
  while (time_.clock()->now().steady < until) step(until);
}

bool Stage::pass_until(std::function<bool()> const& condition, Duration limit) {
  auto const until = time_.clock()->now().steady + limit;
  while (!condition()) {
    if (time_.clock()->now().steady >= until) return false;
    step(until);
  }
  return true;
}

/// Goes to the next moment in which something happens.
void Stage::step(std::chrono::steady_clock::time_point until) {
  // What is ready now may be about to wait for a nearer moment than all others.
  time_.advance(milliseconds(0));
  auto const next = time_.next();
  auto const now = time_.clock()->now().steady;
  auto const by = next ? std::clamp<std::chrono::steady_clock::duration>(
                             *next - now, milliseconds(0), until - now)
                       : until - now;
  time_.advance(by);
  if (on_step) on_step();
}

void Stage::queue_jobs(std::int64_t count) {
  auto& live = service_->front().live;
  simulator::JobOrder order;
  order.count = count;
  order.labels = {kSet};
  live.model.open_tenant(kTenant);
  live.model.queue_jobs(live.now(), kTenant, std::move(order));
  static_cast<void>(live.commit_changes());
}

simulator::Tenant const& Stage::tenant() const {
  static simulator::Tenant const nobody;
  auto const* found = service_->front().live.model.find_tenant(kTenant);
  return found == nullptr ? nobody : *found;
}

std::size_t Stage::instances() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(machine_->instances(), &backends::PretendInstance::alive));
}

}  // namespace scaleset::simulation
