#include "simulator/front/simulator.hpp"

#include <random>

#include "base/files.hpp"
#include "base/loop_timer.hpp"
#include "http/server.hpp"
#include "scaleset/async/scope.hpp"
#include "simulator/front/dispatch.hpp"
#include "simulator/front/loopback_transport.hpp"
#include "simulator/front/player.hpp"
#include "simulator/front/routes.hpp"

namespace scaleset::simulator {
namespace asio = boost::asio;
namespace {

constexpr int kKeyBits = 2048;

std::uint64_t fresh_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U) ^ device();
}

Secret fresh_token_key() {
  std::string digits;
  for (int i = 0; i < 4; ++i) digits += std::to_string(fresh_seed());
  return Secret(std::move(digits));
}

/// Nobody renews certificates here, so they must outlive the state file.
http::Validity ten_years() {
  http::Validity validity;
  validity.until = std::chrono::days(3650);
  return validity;
}

/// What the state file holds, or a new world and new keys.
Result<SavedState> found_state(SimulatorOptions const& options, Timestamp now) {
  if (!options.state_file.empty()) {
    Result<std::optional<SavedState>> loaded =
        load_state(options.state_file, options.model.profile, now);
    if (!loaded) return std::unexpected(loaded.error());
    if (*loaded) return std::move(**loaded);
  }
  World world;
  world.random_state = options.seed.value_or(fresh_seed());
  auto runner_key = options.key ? *options.key : base::RsaPrivateKey::generate(kKeyBits);
  return SavedState{std::move(world), fresh_token_key(), std::move(runner_key), std::nullopt};
}

Result<SavedState> initial_state(SimulatorOptions const& options, Timestamp now) {
  Result<SavedState> state = found_state(options, now);
  if (state && options.tls && !state->authority)
    state->authority.emplace("scaleset simulator", ten_years());
  return state;
}

std::unique_ptr<Front> make_front(asio::any_io_executor executor, SimulatorOptions const& options,
                                  SavedState state) {
  std::optional<StateWriter> writer;
  if (!options.state_file.empty()) writer.emplace(options.state_file, options.model, state);
  TimeKeeper time(base::loop_clock(executor));
  if (options.virtual_clock)
    // A virtual clock goes on where the saved world stopped; time never runs backwards.
    time = TimeKeeper(base::loop_clock(executor), std::max(time.now(), state.world.now));
  Model model(options.model, std::move(state.world));
  return std::make_unique<Front>(std::move(model), std::move(time), std::move(state.token_key),
                                 std::move(state.runner_key), std::move(writer),
                                 options.seed.value_or(fresh_seed()), operation_names(),
                                 base::Logger(options.log, "simulator"));
}

std::string host_in_url(std::string const& address) {
  return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

/// `authority` is needed with TLS only.
Result<http::ServerOptions> server_options(SimulatorOptions const& options,
                                           std::optional<http::Authority> const& authority) {
  http::ServerOptions made;
  if (!options.tls || !authority) return made;
  http::Validity leaf = ten_years();
  if (options.tls_expired_leaf) {
    leaf.from = -std::chrono::days(3);
    leaf.until = -std::chrono::days(1);
  }
  made.identity = authority->issue({"localhost", "127.0.0.1", "::1", options.address}, leaf);
  if (!options.tls_ca_file.empty()) {
    Result<void> const written =
        base::write_file_atomically(options.tls_ca_file, authority->certificate_pem());
    if (!written) return std::unexpected(written.error());
  }
  return made;
}

/// Tries all calls of the timeline on a copy of the world, which is then dropped.
Result<void> try_timeline(asio::any_io_executor executor, SimulatorOptions options,
                          SavedState state) {
  if (options.timeline.empty()) return {};
  // The rehearsal must not write the state.
  options.state_file.clear();
  std::unique_ptr<Front> const scratch = make_front(executor, options, std::move(state));
  // As the real start does, so that the calls meet the same world.
  scratch->live.catch_up();
  return rehearse(*scratch, options.timeline);
}

}  // namespace

class Simulator::Impl {
 public:
  Impl(asio::any_io_executor on, std::unique_ptr<Front> made_front, std::shared_ptr<LogSink> log)
      : executor(on), front(std::move(made_front)), scope(on, std::move(log)) {}

  asio::any_io_executor executor;
  std::unique_ptr<Front> front;
  async::TaskScope scope;
  std::unique_ptr<http::Server> server;  // null: it does not listen
  std::string url = "http://simulator";

  /// Opens the port.
  Result<void> listen(SimulatorOptions const& options,
                      std::optional<http::Authority> const& authority);
};

Result<void> Simulator::Impl::listen(SimulatorOptions const& options,
                                     std::optional<http::Authority> const& authority) {
  Result<http::ServerOptions> limits = server_options(options, authority);
  if (!limits) return std::unexpected(limits.error());
  if (options.tls) front->scheme = "https";
  auto handler = [where = front.get()](http::ServerRequest request) {
    return dispatch(where, std::move(request));
  };
  Result<std::unique_ptr<http::Server>> made = http::Server::listen(
      executor, options.address, options.port, std::move(handler), std::move(*limits), options.log);
  if (!made) return std::unexpected(made.error());
  server = std::move(*made);
  url = front->scheme + "://" + host_in_url(options.address) + ":" + std::to_string(server->port());
  return {};
}

Result<std::unique_ptr<Simulator>> Simulator::start(asio::any_io_executor executor,
                                                    SimulatorOptions options) {
  Result<SavedState> state = initial_state(options, TimeKeeper(base::loop_clock(executor)).now());
  if (!state) return std::unexpected(state.error());
  // Before a port is opened: a scenario that cannot be played is an error of the start (ADR 27).
  Result<void> const acceptable = try_timeline(executor, options, *state);
  if (!acceptable) return std::unexpected(acceptable.error());
  std::optional<http::Authority> const authority = state->authority;
  auto impl = std::make_unique<Impl>(executor, make_front(executor, options, std::move(*state)),
                                     options.log);
  Front* const front = impl->front.get();
  for (App& app : options.apps) front->credentials.apps.add(std::move(app));
  // What became due while the process was away happens before the first call.
  front->live.catch_up();
  if (!front->live.commit_changes())
    return fail(ErrorCode::io, "cannot write the state file " + options.state_file.string());
  if (options.listen) {
    Result<void> const listening = impl->listen(options, authority);
    if (!listening) return std::unexpected(listening.error());
  }
  // With a virtual clock, time moves only in POST /_sim/clock/advance.
  if (!options.virtual_clock) impl->scope.spawn(front->live.keep_time());
  if (!options.timeline.empty())
    impl->scope.spawn(play(front, std::move(options.timeline), front->live.now(),
                           base::Logger(options.log, "simulator")));
  return std::unique_ptr<Simulator>(new Simulator(std::move(impl)));
}

Simulator::Simulator(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Simulator::~Simulator() = default;

std::string const& Simulator::url() const noexcept { return impl_->url; }

std::string Simulator::config_url(std::string_view tenant_path) const {
  return impl_->url + "/" + std::string(tenant_path);
}

std::shared_ptr<HttpTransport> Simulator::transport() const {
  return std::make_shared<LoopbackTransport>(impl_->front.get());
}

Front& Simulator::front() noexcept { return *impl_->front; }

asio::awaitable<void> Simulator::stop() {
  // First the server: it waits for its handlers, which use what the scope's tasks use.
  if (impl_->server) {
    co_await impl_->server->stop();
  }
  impl_->scope.request_stop();
  co_await impl_->scope.join();
}

}  // namespace scaleset::simulator
