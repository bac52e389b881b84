#include "host.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <exception>
#include <vector>

#include "backends/pretend/pretend_backend.hpp"
#include "daemon/testing/pretend_client.hpp"

namespace scaleset::simulation {
namespace asio = boost::asio;

Host::Host(Surroundings& around)
    : around_(around),
      clock_(std::make_shared<HostClock>(around.time.clock())),
      machine_(around.context.get_executor(), around.another_random(),
               [&around](backends::PretendInstance& instance) {
                 return around.program.run(&instance);
               }) {}

Result<void> Host::start(daemon::SetSettings settings) {
  std::vector<daemon::SetSettings> sets;
  sets.push_back(std::move(settings));
  return begin(std::move(sets), daemon::HousePorts());
}

Result<void> Host::start(std::vector<daemon::SetSettings> sets,
                         daemon::BudgetDesk::Budgets budgets) {
  daemon::HousePorts ports;
  ports.stays = true;
  ports.budgets = std::move(budgets);
  return begin(std::move(sets), std::move(ports));
}

void Host::serve(std::vector<daemon::SetSettings> sets, daemon::Missing missing) {
  daemon_->house->serve(std::move(sets), missing);
}

void Host::budget(daemon::BudgetDesk::Budgets budgets) {
  daemon_->house->budget(std::move(budgets));
}

void Host::reload() { daemon_->house->reload(); }

void Host::command(daemon::ControlRequest request, std::function<void(std::string const&)> done) {
  auto const answer = [](std::shared_ptr<Mortality> life, daemon::Control* control,
                         daemon::ControlRequest what,
                         std::function<void(std::string const&)> tell) -> asio::awaitable<void> {
    auto const line = co_await control->answer(std::move(what));
    if (!life->dead) tell(line);
  };
  asio::co_spawn(around_.context,
                 answer(mortality_, daemon_->control.get(), std::move(request), std::move(done)),
                 asio::detached);
}

Result<void> Host::begin(std::vector<daemon::SetSettings> sets, daemon::HousePorts ports) {
  auto opened = store::Journal::open(journal());
  if (!opened) return std::unexpected(opened.error());
  if (opened->set_aside())
    return fail(ErrorCode::io, "the journal was damaged: " + opened->set_aside()->why);
  auto const executor = around_.context.get_executor();
  mortality_ = std::make_shared<Mortality>();
  daemon_ = std::make_unique<DaemonLife>(executor, *std::move(opened), mortality_);
  ports.book = &daemon_->book;
  ports.hooks.log = around_.log;
  ports.hooks.clock = clock_;
  ports.hooks.random = around_.another_random();
  ports.make_ports = [this](daemon::SetSettings const& each, base::OwnerKey const& owner,
                            daemon::SetRecord const&) { return make_ports(each, owner); };
  daemon_->house = std::make_unique<daemon::House>(executor, std::move(sets), std::move(ports));
  daemon::ControlPorts control;
  control.house = daemon_->house.get();
  control.clock = clock_;
  daemon_->control = std::make_unique<daemon::Control>(std::move(control));
  auto const live = [](DaemonLife* life) -> asio::awaitable<void> {
    co_await asio::this_coro::throw_if_cancelled(false);
    auto ended = co_await life->house->run();
    co_await life->writer.finish();
    life->ended.emplace(std::move(ended));
  };
  asio::co_spawn(executor, live(daemon_.get()), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  stopping_ = false;
  return {};
}

Result<daemon::SetPorts> Host::make_ports(daemon::SetSettings const& settings,
                                          base::OwnerKey const& owner) {
  Hooks hooks;
  hooks.clock = clock_;
  hooks.log = around_.log;
  hooks.random = around_.another_random();
  auto transport = std::make_shared<MortalTransport>(
      around_.service->transport(), mortality_,
      [this](HttpRequest const& request) {
        if (on_request) on_request(request);
      },
      [this](HttpResponse const& answer) {
        if (on_answer) on_answer(answer);
      },
      [this, url = settings.url] { return revoked.contains(url); });
  constexpr int kRetries = 2;
  auto client = daemon::testing::pretend_client(around_.context.get_executor(), settings.url,
                                                std::move(transport), std::move(hooks), kRetries);
  if (!client) return std::unexpected(client.error());
  daemon::SetPorts ports;
  ports.client = *std::move(client);
  ports.make_backend =
      [this,
       owner](backends::InstanceObserver observer) -> Result<std::unique_ptr<backends::Backend>> {
    return std::make_unique<backends::PretendBackend>(owner, std::move(observer), machine_);
  };
  return ports;
}

void Host::detach() {
  if (!daemon_) return;
  stopping_ = true;
  daemon_->house->detach("the simulation");
}

void Host::drain() {
  if (!daemon_) return;
  stopping_ = true;
  daemon_->house->drain("the simulation");
}

bool Host::bury() {
  if (!has_ended()) {
    // Its coroutines still use it.
    static_cast<void>(daemon_.release());
    return false;
  }
  daemon_.reset();
  return true;
}

daemon::SetSnapshot Host::snapshot() const {
  auto sets = snapshots();
  return sets.empty() ? daemon::SetSnapshot() : std::move(sets.front());
}

std::vector<daemon::SetSnapshot> Host::snapshots() const {
  return daemon_ ? daemon_->house->snapshot().sets : std::vector<daemon::SetSnapshot>();
}

std::size_t Host::instances() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(machine_.instances(), &backends::PretendInstance::alive));
}

}  // namespace scaleset::simulation
