#include "surroundings.hpp"

#include <utility>

#include "base/jwt.hpp"

namespace scaleset::simulation {
namespace {

/// Signing with a key of the usual length would take a large part of the time, and nothing here
/// depends on the length.
base::RsaPrivateKey some_key() {
  static base::RsaPrivateKey const key = base::RsaPrivateKey::generate(512);
  return key;
}

std::unique_ptr<simulator::Simulator> start_service(boost::asio::any_io_executor executor,
                                                    std::uint64_t seed,
                                                    simulator::Profile profile) {
  simulator::SimulatorOptions options;
  options.listen = false;
  options.key = some_key();
  options.seed = seed;
  options.model.profile = profile;
  auto service = simulator::Simulator::start(std::move(executor), std::move(options)).value();
  // Nobody reads it.
  service->front().transcript = simulator::Transcript(1);
  return service;
}

}  // namespace

Surroundings::Surroundings(std::uint64_t seed, simulator::Profile profile,
                           std::shared_ptr<LogSink> sink)
    : log(std::move(sink)),
      random(seed),
      service(start_service(context.get_executor(), seed, profile)),
      program(service->front(), random) {}

simulator::Tenant const& Surroundings::tenant(std::string_view name) const {
  static simulator::Tenant const nobody;
  auto const* found = service->front().live.model.find_tenant(name);
  return found == nullptr ? nobody : *found;
}

std::shared_ptr<SeededRandom> Surroundings::another_random() {
  return std::make_shared<SeededRandom>(static_cast<std::uint64_t>(random.number(1, 1LL << 40)));
}

}  // namespace scaleset::simulation
