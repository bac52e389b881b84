#include "client/finalized_options.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/guarded_hooks.hpp"
#include "base/seconds.hpp"
#include "client/credentials.hpp"
#include "client/environment_proxy.hpp"
#include "client/fingerprint.hpp"
#include "http/transport_settings.hpp"
#include "protocol/wire/user_agent.hpp"

namespace scaleset::inline v0 {
namespace {

Result<void> check_times(RetryOptions const& retry) {
  // The upper limit keeps every time small enough to be added to a date.
  auto const [least, most] = std::minmax({retry.min_delay, retry.max_delay, retry.max_elapsed});
  if (least.count() > 0 && most <= base::kLongestTime) return {};
  return fail(ErrorCode::invalid_options,
              "RetryOptions: all times must be above 0 and at most 10 years");
}

/// Checks what can be checked without touching files or the network. What the transport needs is
/// checked by http::check_transport_options().
Result<void> validate(ClientOptions const& options) {
  auto refuse = [](char const* text) {
    return Result<void>(fail(ErrorCode::invalid_options, text));
  };
  auto const& retry = options.retry;
  if (retry.max_retries < 0 || retry.max_delay < retry.min_delay)
    return refuse("RetryOptions: max_retries must be 0 or more, and min_delay <= max_delay");
  // RetryBudget counts tenths in an int, hence the upper limit.
  if (retry.budget < 0 || retry.budget > 1'000'000)
    return refuse("RetryOptions: the budget must be 0 to 1000000");
  return check_times(retry);
}

}  // namespace

FinalizedClientOptions::FinalizedClientOptions(ClientOptions options,
                                               protocol::ConfigUrl config_url,
                                               std::string fingerprint)
    : options_(std::move(options)),
      config_url_(std::move(config_url)),
      user_agent_(protocol::make_user_agent(options_.system_info)),
      retry_budget_(std::make_unique<protocol::RetryBudget>(options_.retry.budget)),
      fingerprint_(std::move(fingerprint)) {}

Result<std::shared_ptr<FinalizedClientOptions const>> finalize(ClientOptions options) {
  if (auto usable = client::check_credentials(options.credentials); !usable)
    return std::unexpected(usable.error());
  if (auto valid = validate(options); !valid) return std::unexpected(valid.error());
  auto config_url = protocol::parse_config_url(options.config_url,
                                               std::getenv("GITHUB_ACTIONS_FORCE_GHES") != nullptr);
  if (!config_url) return std::unexpected(config_url.error());
  // Once, here: reading the environment later, while another thread changes it, can crash (ADR 7).
  if (!options.transport.proxy) {
    auto environment = client::environment_proxy(config_url->text);
    if (!environment) return std::unexpected(environment.error());
    options.transport.proxy = std::move(environment->proxy);
    if (!options.transport.no_proxy.empty()) options.transport.no_proxy += ',';
    options.transport.no_proxy += environment->no_proxy;
  }
  if (auto usable = http::check_transport_options(options.transport); !usable)
    return std::unexpected(usable.error());
  // Taken before the hooks are replaced: the replacements are new objects each time.
  auto fingerprint = client::fingerprint(options);
  options.hooks = base::guarded_hooks(std::move(options.hooks));
  return std::shared_ptr<FinalizedClientOptions const>(new FinalizedClientOptions(
      std::move(options), *std::move(config_url), std::move(fingerprint)));
}

}  // namespace scaleset::inline v0
