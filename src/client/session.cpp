#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "client/session_impl.hpp"
#include "protocol/requests.hpp"

namespace scaleset::async {

namespace asio = boost::asio;
using protocol::AdminConnection;
using protocol::Operation;
using protocol::QueueAccess;
using protocol::SessionMachine;
using Agent = std::string_view;

MessageSession::MessageSession(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MessageSession::~MessageSession() = default;

std::string const& MessageSession::id() const noexcept { return impl_->machine.session().id; }
std::string const& MessageSession::owner() const noexcept { return impl_->machine.session().owner; }
std::optional<Statistics> const& MessageSession::statistics() const noexcept {
  return impl_->machine.session().statistics;
}
std::int64_t MessageSession::times_recreated() const noexcept { return 0; }

Task<std::optional<Message>> MessageSession::get_message(MessageId last, int max_capacity) {
  auto build = [last, max_capacity](QueueAccess const& queue, Agent agent) {
    return protocol::get_message_request(queue, last, max_capacity, agent);
  };
  co_return co_await impl_->queue_call<std::optional<Message>>(Operation::get_message, build,
                                                               protocol::read_get_message);
}

Task<void> MessageSession::delete_message(MessageId id) {
  auto build = [id](QueueAccess const& queue, Agent agent) {
    return protocol::delete_message_request(queue, id, agent);
  };
  co_return co_await impl_->queue_call<void>(Operation::delete_message, build,
                                             protocol::read_delete_message);
}

Task<std::vector<RequestId>> MessageSession::acquire_jobs(std::vector<RequestId> ids) {
  // The URL is the Actions service's, so an admin connection is needed although the token is the
  // queue's (spec E14).
  auto lease = co_await impl_->client->tokens.get();
  if (!lease) co_return std::unexpected(lease.error());
  auto build = [&lease, &ids, this](QueueAccess const& queue, Agent agent) {
    return protocol::acquire_jobs_request(lease->connection, queue, impl_->scale_set, ids, agent);
  };
  co_return co_await impl_->queue_call<std::vector<RequestId>>(Operation::acquire_jobs, build,
                                                               protocol::read_acquire_jobs);
}

Task<void> MessageSession::refresh() {
  auto const answer = impl_->machine.want_refresh();
  co_return co_await impl_->renew(answer);
}

Task<void> MessageSession::close() {
  auto build = [this](AdminConnection const& admin, Agent agent) {
    return protocol::delete_session_request(admin, impl_->scale_set, id(), agent);
  };
  co_return co_await impl_->client->admin_call<void>(Operation::delete_session, build,
                                                     protocol::read_delete_session);
}

MessageSession::Impl::Impl(std::shared_ptr<Client::Impl> the_client, ScaleSetId the_scale_set,
                           protocol::SessionInfo opened)
    : client(std::move(the_client)),
      scale_set(the_scale_set),
      machine(std::move(opened)),
      refreshed(client->executor, asio::steady_timer::time_point::max()) {}

template <class T>
Task<T> MessageSession::Impl::queue_call(Operation operation, BuildRequest build,
                                         client::Caller::Reader<T> read) {
  for (bool repeated = false;; repeated = true) {
    auto const generation = machine.generation();
    auto request = build(machine.session().queue, client->caller.options().user_agent());
    if (!request) {
      request.error().operation = protocol::traits(operation).name;
      co_return std::unexpected(request.error());
    }
    auto result = co_await client->caller.call<T>(operation, *std::move(request), read);
    if (result) co_return result;
    auto const answer = machine.call_failed(result.error(), generation, repeated);
    if (answer == SessionMachine::Answer::give_up) co_return result;
    auto renewed = co_await renew(answer);
    if (!renewed) co_return std::unexpected(renewed.error());
  }
}

Task<void> MessageSession::Impl::renew(SessionMachine::Answer answer) {
  switch (answer) {
    case SessionMachine::Answer::repeat: co_return Result<void>();
    case SessionMachine::Answer::refresh: co_return co_await refresh();
    case SessionMachine::Answer::wait: co_return co_await wait_for_refresh();
    case SessionMachine::Answer::give_up: break;
  }
  co_return fail(ErrorCode::session_lost, "the service no longer knows this session; open another");
}

Task<void> MessageSession::Impl::refresh() {
  auto build = [this](AdminConnection const& admin, Agent agent) {
    return protocol::refresh_session_request(admin, scale_set, machine.session().id, agent);
  };
  auto answer = co_await client->admin_call<protocol::SessionInfo>(
      Operation::refresh_session, build, protocol::read_refresh_session);
  Result<void> outcome;
  if (answer) {
    machine.refreshed(*std::move(answer));
  } else {
    machine.refresh_failed(answer.error());
    outcome = std::unexpected(answer.error());
  }
  refreshed.cancel();
  co_return outcome;
}

Task<void> MessageSession::Impl::wait_for_refresh() {
  boost::system::error_code
      ignored;  // always operation_aborted: the refresh ended, or we were cancelled
  co_await refreshed.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  bool const cancelled = co_await http::is_cancelled();
  if (cancelled)
    co_return fail(ErrorCode::cancelled, "cancelled while waiting for a new session token");
  co_return Result<void>();
}

}  // namespace scaleset::async
