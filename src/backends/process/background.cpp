#include "backends/process/background.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace scaleset::backends {
namespace asio = boost::asio;
namespace {

asio::awaitable<Result<void>> call(std::function<Result<void>()> work) { co_return work(); }

}  // namespace

asio::awaitable<Result<void>> Background::run(std::function<Result<void>()> work) {
  asio::awaitable<Result<void>> called = call(std::move(work));
  // No cancellation slot, because a cancellation would act on the other thread.
  auto token = asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable);
  Result<void> result = co_await asio::co_spawn(pool_, std::move(called), token);
  co_return result;
}

}  // namespace scaleset::backends
