#include "client/token_source.hpp"

#include <utility>

#include "client/guarded_task.hpp"
#include "client/token_chain.hpp"
#include "client/token_registry.hpp"

namespace scaleset::client {

namespace asio = boost::asio;
using protocol::TokenMachine;

SharedTokens::SharedTokens(asio::any_io_executor executor, Caller const& caller,
                           bool users_transport)
    : options_(caller.shared_options()),
      source_(shared_token_source(std::move(executor), caller, users_transport)) {
  source_->add_user();
}

SharedTokens::SharedTokens(SharedTokens const& other)
    : options_(other.options_), source_(other.source_) {
  source_->add_user();
}

SharedTokens::~SharedTokens() { leave(); }

void SharedTokens::leave() noexcept {
  // The destructor calls this again after shutdown().
  if (!std::exchange(left_, true)) source_->leave_user();
}

Task<TokenLease> SharedTokens::get(std::optional<TokenSource::Steady> began) {
  auto const start = began.value_or(options_->hooks().clock->now().steady);
  co_return co_await source_->get(start + options_->retry().max_elapsed);
}

asio::awaitable<void> SharedTokens::shutdown() {
  leave();
  co_await source_->wait_for_walk();
}

TokenSource::TokenSource(asio::any_io_executor executor, Caller caller)
    : executor_(std::move(executor)),
      caller_(std::move(caller)),
      tasks_(executor_, caller_.options().hooks().log) {}

Error TokenSource::without_token(ErrorCode code, std::string text) const {
  if (progress_ && !progress_->last_failure.empty())
    text += "; before that " + progress_->last_failure;
  Error error(code, std::move(text));
  error.request_sent = false;
  error.attempts = 0;
  return error;
}

Error TokenSource::no_token_in_time() const {
  bool const asking = progress_ && !progress_->asking.empty();
  return without_token(
      ErrorCode::timeout,
      (asking ? std::string(progress_->asking) + " has not answered"
              : std::string("no token came from GitHub")) +
          " within RetryOptions::max_elapsed; getting a token goes on in the background");
}

void TokenSource::leave_user() noexcept {
  if (--users_ == 0) tasks_.request_stop();
}

asio::awaitable<void> TokenSource::wait_for_walk() {
  // The last client may drop its part while this coroutine waits.
  auto const kept = shared_from_this();
  // Somebody else still needs the walk, so it is not waited for.
  if (kept->users_ > 0) co_return;
  co_await kept->tasks_.join();
}

Task<TokenLease> TokenSource::get(Steady deadline) {
  // See wait_for_walk().
  auto const kept = shared_from_this();
  for (;;) {
    auto const now = caller_.now();
    auto const answer = machine_.need(now);
    if (answer == TokenMachine::Answer::fail) co_return std::unexpected(machine_.last_error());
    if (answer == TokenMachine::Answer::mint || answer == TokenMachine::Answer::use_and_mint)
      // In the source's own scope: the walk must go on when the call that started it is cancelled,
      // because others wait for it (ADR 19).
      begin_walk(answer == TokenMachine::Answer::mint);
    if (answer == TokenMachine::Answer::use || answer == TokenMachine::Answer::use_and_mint) {
      TokenLease lease;
      lease.connection = machine_.connection();
      lease.generation = machine_.generation();
      co_return lease;
    }
    // Only after asking the machine: a token that came at the last moment is used.
    if (now.steady >= deadline) co_return std::unexpected(no_token_in_time());
    bool const awake = co_await refreshed_.wait_for(deadline - now.steady);
    if (!awake)
      co_return std::unexpected(
          without_token(ErrorCode::cancelled, "cancelled while waiting for a token"));
  }
}

bool TokenSource::rejected(std::uint64_t generation) {
  return machine_.rejected(generation, caller_.now());
}

void TokenSource::renew() {
  machine_.renew(caller_.now());
  auto const answer = machine_.need(caller_.now());
  if (answer == TokenMachine::Answer::mint || answer == TokenMachine::Answer::use_and_mint)
    begin_walk(answer == TokenMachine::Answer::mint);
}

void TokenSource::begin_walk(bool waited_for) {
  auto const number = ++walks_;
  // Each has its own, since one that was dropped may still be under way.
  progress_ = std::make_shared<Caller::Progress>();
  Caller caller = caller_;
  caller.report_progress(progress_);
  tasks_.spawn(refresh(shared_from_this(), std::move(caller), number, waited_for));
}

std::optional<std::chrono::seconds> TokenSource::age() const {
  auto const minted = machine_.minted_at();
  if (!minted) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::seconds>(caller_.now().steady - *minted);
}

asio::awaitable<void> TokenSource::refresh(std::shared_ptr<TokenSource> self, Caller caller,
                                           std::uint64_t number, bool waited_for) {
  // Whatever is thrown on the way must not leave the machine refreshing for ever.
  auto const walk = [self, &caller] { return walk_token_chain(self->executor_, caller); };
  auto connection = co_await guarded_task<protocol::AdminConnection>(
      ErrorCode::network, "getting a token from GitHub", walk);
  if (number != self->walks_) co_return;  // renew() has begun another one
  self->report(std::move(connection), waited_for);
  // Also after a failure or a cancellation, so that those who wait ask the machine again.
  self->refreshed_.notify_all();
}

void TokenSource::report(Result<protocol::AdminConnection> outcome, bool waited_for) {
  bool const ok = outcome.has_value();
  if (ok) {
    caller_.log().debug("got an admin token", {{"service", outcome->url}});
    machine_.refreshed(*std::move(outcome), caller_.now(), caller_.random());
  } else if (outcome.error().code == ErrorCode::cancelled) {
    // Not a failure: no wait before the next attempt, and nothing to measure.
    machine_.refresh_abandoned();
    return;
  } else {
    std::string const text = outcome.error().to_string();
    caller_.log().write(waited_for ? LogLevel::debug : LogLevel::warn,
                        "could not get a token from GitHub", {{"error", text}});
    machine_.refresh_failed(std::move(outcome.error()), caller_.now(), caller_.random());
  }
  if (auto const& metrics = caller_.options().hooks().metrics) metrics->on_token_refresh(ok);
}

}  // namespace scaleset::client
