#include "daemon/run_config.hpp"

#include "backends/process/process_backend.hpp"
#include "client/credentials.hpp"
#include "daemon/supervisor.hpp"
#include "protocol/wire/config_url.hpp"

namespace scaleset::daemon {
namespace {

constexpr std::int64_t kMostRunners = 10000;  // that a runner group can have (protocol.md 8)

Result<void> validate_limits(RunConfig const& config) {
  auto refuse = [](std::string text) {
    return Result<void>(fail(ErrorCode::invalid_options, std::move(text)));
  };
  if (config.min_runners < 0)
    return refuse("--min-runners is " + std::to_string(config.min_runners) +
                  "; it must be 0 or more");
  if (config.max_runners < 0 || config.max_runners > kMostRunners) {
    return refuse("--max-runners is " + std::to_string(config.max_runners) +
                  "; it must be from 0 to " + std::to_string(kMostRunners));
  }
  if (config.min_runners > config.max_runners) {
    return refuse("--min-runners (" + std::to_string(config.min_runners) +
                  ") is greater than --max-runners (" + std::to_string(config.max_runners) +
                  "); lower the first or raise the second");
  }
  if (config.minimum_idle_age < std::chrono::milliseconds(0))
    return refuse("--min-idle-age must be 0 or more seconds");
  return {};
}

}  // namespace

Result<base::OwnerKey> owner_of(RunConfig const& config) {
  // No group's name begins with a space.
  std::string const group =
      config.group_id.value > 0 ? " id " + std::to_string(config.group_id.value) : config.group;
  return base::OwnerKey::make(config.url, group, config.name);
}

Result<void> validate(RunConfig const& config) {
  if (config.url.empty())
    return fail(ErrorCode::invalid_options,
                "--url is missing; give, for example, --url https://github.com/my-org");
  if (config.name.empty())
    return fail(ErrorCode::invalid_options, "--name is missing; give the name of the scale set");
  if (auto url = protocol::parse_config_url(config.url, false); !url)
    return std::unexpected(url.error());
  if (auto limits = validate_limits(config); !limits) return limits;
  if (config.backend != "process") {
    return fail(ErrorCode::invalid_options,
                "there is no backend \"" + config.backend + "\"; use --backend process");
  }
  if (config.runner_dir.empty()) {
    return fail(ErrorCode::invalid_options,
                "--runner-dir is missing; give a folder with an unpacked actions/runner release");
  }
  auto const owner = owner_of(config);
  if (!owner) return std::unexpected(owner.error());
  if (auto backend = backends::validate(process_options(config, *owner)); !backend) return backend;
  return client::check_credentials(config.credentials);
}

}  // namespace scaleset::daemon
