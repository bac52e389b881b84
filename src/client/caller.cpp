#include "client/caller.hpp"

namespace scaleset::client {

void Caller::report(protocol::Operation operation, int status, int number,
                    std::chrono::steady_clock::time_point since) {
  ++counts_.requests;
  if (number > 1) ++counts_.retries;
  auto const& metrics = options_->hooks().metrics;
  if (!metrics) return;
  auto const elapsed = std::chrono::duration_cast<std::chrono::microseconds>(now().steady - since);
  metrics->on_http_attempt({protocol::traits(operation).name, status, number, elapsed});
}

void Caller::log_retry(Error const& error, std::chrono::milliseconds delay) const {
  std::string const text = error.to_string();
  log_.warn("a call failed and is tried again",
            {{"error", text}, {"in_ms", std::int64_t{delay.count()}}});
}

}  // namespace scaleset::client
