#include "simulator/front/simulator.hpp"

#include <random>

#include "base/files.hpp"
#include "http/server.hpp"
#include "scaleset/async/scope.hpp"
#include "simulator/front/dispatch.hpp"
#include "simulator/front/player.hpp"
#include "simulator/front/service.hpp"

namespace scaleset::simulator {
namespace asio = boost::asio;
namespace {

constexpr int kKeyBits = 2048;

std::uint64_t fresh_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U) ^ device();
}

http::Validity ten_years() {
  http::Validity validity;
  validity.until = std::chrono::days(3650);
  return validity;
}

/// What the last run left, or the beginning of everything.
Result<SavedState> found_state(SimulatorOptions const& options) {
  if (!options.state_file.empty()) {
    Result<std::optional<SavedState>> loaded =
        load_state(options.state_file, options.model.profile, TimeKeeper::machine_time());
    if (!loaded) return std::unexpected(loaded.error());
    if (*loaded) return std::move(**loaded);
  }
  World world;
  world.random_state = options.seed.value_or(fresh_seed());
  return SavedState{std::move(world), base::RsaPrivateKey::generate(kKeyBits),
                    base::RsaPrivateKey::generate(kKeyBits), std::nullopt};
}

Result<SavedState> initial_state(SimulatorOptions const& options) {
  Result<SavedState> state = found_state(options);
  if (state && options.tls && !state->authority)
    state->authority.emplace("scaleset simulator", ten_years());
  return state;
}

std::unique_ptr<Service> make_service(asio::any_io_executor executor,
                                      SimulatorOptions const& options, SavedState state) {
  std::optional<StateWriter> writer;
  if (!options.state_file.empty()) writer.emplace(options.state_file, options.model, state);
  std::optional<Timestamp> standing_still;
  if (options.virtual_clock) standing_still = std::max(TimeKeeper::machine_time(), state.world.now);
  Model model(options.model, std::move(state.world));
  return std::make_unique<Service>(executor, std::move(model), TimeKeeper(standing_still),
                                   std::move(state.token_key), std::move(state.runner_key),
                                   std::move(writer), options.seed.value_or(fresh_seed()),
                                   base::Logger(options.log, "simulator"));
}

std::string host_in_url(std::string const& address) {
  return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

/// `authority` with TLS.
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

/// On a copy of the world, which is forgotten.
Result<void> try_timeline(asio::any_io_executor executor, SimulatorOptions options,
                          SavedState state) {
  if (options.timeline.empty()) return {};
  options.state_file.clear();
  std::unique_ptr<Service> const scratch = make_service(executor, options, std::move(state));
  scratch->model.advance(scratch->now());
  return rehearse(*scratch, options.timeline);
}

}  // namespace

class Simulator::Impl {
 public:
  Impl(asio::any_io_executor executor, std::unique_ptr<Service> made_service,
       std::shared_ptr<LogSink> log)
      : service(std::move(made_service)), scope(executor, std::move(log)) {}

  std::unique_ptr<Service> service;
  async::TaskScope scope;
  std::unique_ptr<http::Server> server;
  std::string url;
};

Result<std::unique_ptr<Simulator>> Simulator::start(asio::any_io_executor executor,
                                                    SimulatorOptions options) {
  Result<SavedState> state = initial_state(options);
  if (!state) return std::unexpected(state.error());
  Result<void> const acceptable = try_timeline(executor, options, *state);
  if (!acceptable) return std::unexpected(acceptable.error());
  std::optional<http::Authority> const authority = state->authority;
  auto impl = std::make_unique<Impl>(executor, make_service(executor, options, std::move(*state)),
                                     options.log);
  Service* const service = impl->service.get();
  for (App& app : options.apps) service->apps.add(std::move(app));
  service->model.advance(service->now());
  if (!service->settle())
    return fail(ErrorCode::io, "cannot write the state file " + options.state_file.string());
  auto handler = [service](http::ServerRequest request) {
    return dispatch(service, std::move(request));
  };
  Result<http::ServerOptions> limits = server_options(options, authority);
  if (!limits) return std::unexpected(limits.error());
  if (options.tls) service->scheme = "https";
  Result<std::unique_ptr<http::Server>> server = http::Server::listen(
      executor, options.address, options.port, std::move(handler), std::move(*limits), options.log);
  if (!server) return std::unexpected(server.error());
  impl->server = std::move(*server);
  impl->url = service->scheme + "://" + host_in_url(options.address) + ":" +
              std::to_string(impl->server->port());
  if (!options.virtual_clock) impl->scope.spawn(service->keep_time());
  if (!options.timeline.empty())
    impl->scope.spawn(play(service, std::move(options.timeline), service->now(),
                           base::Logger(options.log, "simulator")));
  return std::unique_ptr<Simulator>(new Simulator(std::move(impl)));
}

Simulator::Simulator(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Simulator::~Simulator() = default;

std::string const& Simulator::url() const noexcept { return impl_->url; }

std::string Simulator::config_url(std::string_view tenant_path) const {
  return impl_->url + "/" + std::string(tenant_path);
}

asio::awaitable<void> Simulator::stop() {
  co_await impl_->server->stop();
  impl_->scope.request_stop();
  co_await impl_->scope.join();
}

}  // namespace scaleset::simulator
