#include "daemon/real_ports.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/regular_file.hpp"
#include "base/resource_limit.hpp"
#include "base/url.hpp"
#include "client/finalized_options.hpp"
#include "daemon/house_config.hpp"

namespace scaleset::daemon {
namespace {

std::vector<std::string> names_of(std::vector<store::RunnerRecord> const& runners) {
  std::vector<std::string> names;
  names.reserve(runners.size());
  for (auto const& runner : runners) names.push_back(runner.name);
  return names;
}

/// As a user or a password stands in a URL.
std::string in_url(std::string_view text) {
  std::string encoded = base::encode_query(text);
  for (auto space = encoded.find('+'); space != std::string::npos; space = encoded.find('+'))
    encoded.replace(space, 1, "%20");
  return encoded;
}

/// The proxy's URL with its user and password.
Result<std::string> proxy_with_user(Access const& access) {
  std::string url = access.transport.proxy.value_or("");
  if (access.proxy_user.empty()) return url;
  std::string user = in_url(access.proxy_user);
  if (access.proxy_password) {
    auto const password = access.proxy_password();
    if (!password) return std::unexpected(password.error());
    user += ":" + in_url(password->reveal());
  }
  auto const scheme = url.find("://");
  auto const place = scheme == std::string::npos ? 0 : scheme + 3;
  return url.insert(place, user + "@");
}

}  // namespace

Result<std::shared_ptr<FinalizedClientOptions const>> client_options(SetSettings const& settings,
                                                                     Hooks const& hooks) {
  if (!settings.access)
    return fail(ErrorCode::invalid_options, "no credential is configured for " + settings.url);
  ClientOptions options{.config_url = settings.url,
                        .credentials = settings.access->credentials,
                        .transport = settings.access->transport,
                        .hooks = hooks};
  options.system_info.system = "scaleset";
  options.system_info.subsystem = "run";
  // Few, because the fleet and the listener repeat failed calls themselves, and for longer.
  options.retry.max_retries = 2;
  options.retry.max_elapsed = settings.access->retry_budget;
  if (options.transport.proxy) {
    auto proxy = proxy_with_user(*settings.access);
    if (!proxy) return std::unexpected(proxy.error());
    options.transport.proxy = *std::move(proxy);
  }
  return finalize(std::move(options));
}

Task<void> certificates_ready(base::Background* disk, std::shared_ptr<Access const> access) {
  constexpr std::chrono::seconds kLongestReading{10};
  std::string const file = access ? access->transport.ca_bundle_file : "";
  if (file.empty()) co_return Result<void>();
  base::Background::Work<void> read = [file]() -> Result<void> {
    // What is wrong with them is told by whoever uses them.
    static_cast<void>(base::read_regular_file(file));
    return {};
  };
  auto const ready = co_await disk->run_at_most<void>(kLongestReading, std::move(read));
  if (!ready)
    co_return fail(ready.error().code,
                   "cannot read " + file + ": " + ready.error().message + " from its disk");
  co_return Result<void>();
}

SharedPorts::SharedPorts(boost::asio::any_io_executor loop, Hooks const& hooks)
    : executor(std::move(loop)), log(hooks.log), connections(executor, hooks.log) {}

void SharedPorts::configure(HouseConfig const& config) {
  for (SetSettings const& set : config.sets) {
    if (!set.access) continue;
    auto const door = doors.find(set.access->identity);
    if (door != doors.end()) door->second->configure(set.access->starts);
  }
}

std::shared_ptr<StartDoor> SharedPorts::door_of(Access const& access) {
  auto& door = doors[access.identity];
  if (!door)
    door = std::make_shared<StartDoor>(executor, access.starts, base::Logger(log, "daemon"));
  return door;
}

Result<std::shared_ptr<FinalizedClientOptions const>> SharedPorts::options_of(
    SetSettings const& settings, Hooks const& hooks) {
  // The proxy's password is in the options, and may be another one the next time.
  bool const is_fixed = settings.access && !settings.access->proxy_password;
  auto& shared = options[settings.url + "\n" + (is_fixed ? settings.access->identity : "")];
  if (auto made = shared.lock(); made && is_fixed) return made;
  auto made = client_options(settings, hooks);
  if (made && is_fixed) shared = *made;
  return made;
}

RealPorts::RealPorts(boost::asio::any_io_executor executor, Hooks hooks, SharedPorts& shared)
    : executor_(std::move(executor)),
      hooks_(std::move(hooks)),
      shared_(shared),
      jobs_limit_(base::raise_descriptor_limit()) {}

Result<SetPorts> RealPorts::operator()(SetSettings const& settings, base::OwnerKey const& owner,
                                       SetRecord const& record) const {
  auto client = shared_.options_of(settings, hooks_);
  if (!client) return std::unexpected(client.error());
  auto options = process_options(settings, owner, names_of(record.runners));
  options.descriptor_limit = jobs_limit_;
  options.looks = shared_.looks;
  SetPorts ports;
  auto transport = shared_.connections.get((*client)->transport());
  ports.client =
      std::make_unique<async::Client>(executor_, *std::move(client), std::move(transport));
  ports.starts = shared_.door_of(*settings.access);
  ports.currency = shared_.currency;
  ports.make_backend = [executor = executor_, options, log = hooks_.log,
                        disk = &shared_.disk](backends::InstanceObserver observer) {
    return backends::make_process_backend(executor, options, std::move(observer), log, *disk);
  };
  return ports;
}

}  // namespace scaleset::daemon
