#include "simulator/front/service.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

#include "base/header_lookup.hpp"
#include "base/random_text.hpp"
#include "scaleset/async/timer.hpp"
#include "simulator/model/text.hpp"

namespace scaleset::simulator {
namespace asio = boost::asio;
namespace {

constexpr std::chrono::milliseconds kLongestSleep = std::chrono::hours(1);

}  // namespace

std::string Call::parameter(std::string_view name) const {
  for (auto const& [key, value] : query) {
    if (key == name) return value;
  }
  return "";
}

std::string_view Call::header(std::string_view name) const noexcept {
  return base::find_header(headers, name);
}

std::string_view Call::credential(std::string_view scheme) const noexcept {
  std::string_view value = header("Authorization");
  if (value.size() <= scheme.size() || value[scheme.size()] != ' ') return {};
  if (!equal_ignoring_case(value.substr(0, scheme.size()), scheme)) return {};
  value.remove_prefix(scheme.size());
  return value.substr(std::min(value.find_first_not_of(' '), value.size()));
}

std::int64_t Call::number(std::size_t index) const noexcept {
  std::string const& text = route.parameters[index];
  std::int64_t value = -1;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : -1;
}

Service::Service(asio::any_io_executor executor, Model initial_model, TimeKeeper time_keeper,
                 base::RsaPrivateKey token_key, base::RsaPrivateKey key_of_runners,
                 std::optional<StateWriter> state_writer, std::uint64_t nonce_seed,
                 base::Logger log)
    : model(std::move(initial_model)),
      time(time_keeper),
      tokens(std::move(token_key)),
      runner_key(std::move(key_of_runners)),
      waiters(&time),
      faults(nonce_seed),
      latencies(nonce_seed),
      timer_(executor),
      state_writer_(std::move(state_writer)),
      nonce_state_(nonce_seed),
      log_(log) {
  if (state_writer_) model.start_recording();
}

bool Service::settle() {
  if (state_writer_ && saved_revision_ != model.revision()) {
    Result<void> const saved = state_writer_->save(model.take_operations(), model.world());
    if (!saved) {
      log_.error("the state could not be saved", {{"error", saved.error().message}});
      return false;
    }
    saved_revision_ = model.revision();
  }
  for (Channel const channel : model.take_wakeups()) waiters.wake(channel);
  if (timer_deadline_ != model.next_look()) timer_.cancel();
  return true;
}

asio::awaitable<void> Service::keep_time() {
  for (;;) {
    bool const cancelled_before = co_await async::is_cancelled();
    if (cancelled_before) co_return;
    set_timer();
    boost::system::error_code ignored;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    model.advance(now());
    static_cast<void>(settle());  // nobody is being answered; the next call will try again
  }
}

void Service::set_timer() {
  timer_deadline_ = model.next_look();
  std::chrono::milliseconds const wait = timer_deadline_ - now();
  timer_.expires_after(std::clamp(wait, {}, kLongestSleep));
}

std::string Service::issue(TokenClaims claims) {
  claims.nonce = passing_hex(16);
  return tokens.issue(claims, now());
}

std::string Service::passing_hex(std::size_t digits) {
  WorldRandom random(nonce_state_);
  return base::random_hex(random, digits);
}

std::string Service::service_url(Call const& call, Tenant const& tenant) const {
  if (model.options().profile == Profile::broker) return call.base_url + "/rest";
  return call.base_url + "/_services/pipelines/" + tenant.service_id;
}

std::string Service::acquire_url(Call const& call, Tenant const& tenant, ScaleSetId set) const {
  return service_url(call, tenant) + "/_apis/runtime/runnerscalesets/" + std::to_string(set.value) +
         "/acquirejobs";
}

}  // namespace scaleset::simulator
