#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/log.hpp"
#include "base/url.hpp"
#include "http/server.hpp"
#include "simulator/front/apps.hpp"
#include "simulator/front/faults.hpp"
#include "simulator/front/latency.hpp"
#include "simulator/front/rate_limit.hpp"
#include "simulator/front/routes.hpp"
#include "simulator/front/state_file.hpp"
#include "simulator/front/time_keeper.hpp"
#include "simulator/front/tokens.hpp"
#include "simulator/front/transcript.hpp"
#include "simulator/front/waiters.hpp"
#include "simulator/model/model.hpp"
#include "simulator/model/world_random.hpp"

namespace scaleset::simulator {

/// One request, taken apart.
struct Call {
  Call() = default;
  Route route;
  base::QueryParameters query;
  HeaderList headers;
  std::string body;
  std::string base_url;  // "http://" and the Host header, say: what the client calls us

  /// The first value; empty if there is none.
  [[nodiscard]] std::string parameter(std::string_view name) const;
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
  /// What follows the scheme in the Authorization header ("Bearer", any case); empty without it.
  [[nodiscard]] std::string_view credential(std::string_view scheme) const noexcept;
  /// A variable path segment as a number; -1: it is none.
  [[nodiscard]] std::int64_t number(std::size_t index) const noexcept;
};

/// What the routes work with. One thread.
class Service {
 public:
  Service(boost::asio::any_io_executor executor, Model model, TimeKeeper time,
          base::RsaPrivateKey token_key, base::RsaPrivateKey runner_key,
          std::optional<StateWriter> state_writer, std::uint64_t nonce_seed, base::Logger log);
  Service(Service const&) = delete;
  Service& operator=(Service const&) = delete;

  Model model;
  TimeKeeper time;
  Tokens tokens;
  Apps apps;
  base::RsaPrivateKey runner_key;
  Waiters waiters;
  Faults faults;
  Latencies latencies;
  RateLimits rate_limits;
  /// By session: what its next poll is answered with (fault_effects.hpp).
  std::unordered_multimap<std::string, std::string> repeats;
  Transcript transcript;
  std::string scheme = "http";  // of our own URLs

  [[nodiscard]] Timestamp now() const noexcept { return time.now(); }
  /// After the model may have changed, before anything is answered: saves it, wakes the polls it
  /// concerns, sets the timer. False: the state could not be saved (logged); what happened must not
  /// be told.
  [[nodiscard]] bool settle();
  /// Lets the model's own deadlines happen until cancelled. Wall clock only.
  boost::asio::awaitable<void> keep_time();

  /// Claims with a nonce of their own.
  [[nodiscard]] std::string issue(TokenClaims claims);
  /// Hexadecimal digits that do not come from the world's sequence, so that asking for them changes
  /// nothing worth saving.
  [[nodiscard]] std::string passing_hex(std::size_t digits);
  /// The Actions service's URL as this caller sees it, without a slash at the end.
  [[nodiscard]] std::string service_url(Call const& call, Tenant const& tenant) const;
  /// Where a scale set's jobs are asked for (E14).
  [[nodiscard]] std::string acquire_url(Call const& call, Tenant const& tenant,
                                        ScaleSetId set) const;

 private:
  void set_timer();

  boost::asio::steady_timer timer_;
  Timestamp timer_deadline_ = Timestamp::min();
  std::optional<StateWriter> state_writer_;
  std::uint64_t saved_revision_ = 0;
  std::uint64_t nonce_state_;
  base::Logger log_;
};

}  // namespace scaleset::simulator
