#include "client/provider_call.hpp"

#include <boost/asio/post.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "base/condition.hpp"

namespace scaleset::client {
namespace {

namespace asio = boost::asio;

/// Shared by the provider's thread and the coroutine that waits for it. After abandon() the thread
/// uses neither the executor nor the signal: both may be gone.
class ProviderCall : public std::enable_shared_from_this<ProviderCall> {
 public:
  ProviderCall(asio::any_io_executor executor, base::Condition& answered)
      : executor_(std::move(executor)), answered_(&answered) {}

  void finish(Result<ProvidedToken> result) {
    std::scoped_lock const lock(mutex_);  // the loop's thread may abandon() now
    result_ = std::move(result);
    // Abandoned: the coroutine, and perhaps its loop, no longer exist.
    if (answered_ == nullptr) return;
    // The condition belongs to the loop's thread, so it is notified there.
    asio::post(executor_, [self = shared_from_this()] { self->wake(); });
  }
  void abandon() {
    std::scoped_lock const lock(mutex_);  // the provider's thread may finish() now
    answered_ = nullptr;
    executor_ = {};
  }
  std::optional<Result<ProvidedToken>> take() {
    std::scoped_lock const lock(mutex_);  // as in abandon()
    return std::exchange(result_, std::nullopt);
  }

 private:
  void wake() {
    // Without the lock, since answered_ changes on this thread only. The call may have been
    // abandoned between the post and now.
    if (answered_ != nullptr) answered_->notify_all();
  }

  std::mutex mutex_;
  asio::any_io_executor executor_;
  base::Condition* answered_;  // set to null on the loop's thread only
  std::optional<Result<ProvidedToken>> result_;
};

/// Abandons the call at the end of the coroutine, however it ends.
struct AbandonAtEnd {
  explicit AbandonAtEnd(ProviderCall& the_call) : call(the_call) {}
  AbandonAtEnd(AbandonAtEnd const&) = delete;
  AbandonAtEnd& operator=(AbandonAtEnd const&) = delete;
  ~AbandonAtEnd() { call.abandon(); }
  ProviderCall& call;
};

Result<ProvidedToken> ask(TokenProvider const& provider) {
  try {
    auto provided = provider.provide();
    if (provided && provided->token.empty())
      return fail(ErrorCode::invalid_options, "the token provider returned an empty token");
    return provided;
  } catch (std::exception const& error) {
    return fail(ErrorCode::network, std::string("the token provider threw: ") + error.what());
  } catch (...) {
    return fail(ErrorCode::network,
                "the token provider threw something that is not a std::exception");
  }
}

Result<void> start(std::shared_ptr<ProviderCall> call,
                   std::shared_ptr<TokenProvider const> provider) {
  try {
    // Detached, since joining would block the loop for as long as the provider takes.
    std::thread([call = std::move(call), provider = std::move(provider)] {
      call->finish(ask(*provider));
    }).detach();
    return {};
  } catch (std::system_error const& error) {
    return fail(ErrorCode::network,
                std::string("no thread for the token provider could be started: ") + error.what());
  }
}

}  // namespace

Task<ProvidedToken> call_provider(asio::any_io_executor executor,
                                  std::shared_ptr<TokenProvider const> provider) {
  base::Condition answered;
  auto const call = std::make_shared<ProviderCall>(executor, answered);
  AbandonAtEnd const at_end(*call);
  auto started = start(call, std::move(provider));
  if (!started) co_return std::unexpected(started.error());
  for (;;) {
    auto result = call->take();
    if (result) co_return *std::move(result);
    // No answer is lost between take() and wait(): wake() runs on this thread, hence not in
    // between.
    bool const awake = co_await answered.wait();
    if (!awake) co_return fail(ErrorCode::cancelled, "cancelled while the token provider works");
  }
}

}  // namespace scaleset::client
