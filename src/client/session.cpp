#include <utility>

#include "client/session_impl.hpp"
#include "protocol/codec.hpp"
#include "protocol/requests.hpp"

namespace scaleset::async {

namespace asio = boost::asio;
using protocol::AdminConnection;
using protocol::Operation;
using protocol::QueueAccess;
using protocol::SessionInfo;
using protocol::SessionMachine;
using Agent = std::string_view;

MessageSession::MessageSession(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MessageSession::~MessageSession() = default;

std::string const& MessageSession::id() const noexcept { return impl_->machine.session().id; }
std::string const& MessageSession::owner() const noexcept { return impl_->machine.session().owner; }
std::optional<Statistics> const& MessageSession::statistics() const noexcept {
  return impl_->machine.session().statistics;
}
std::int64_t MessageSession::times_recreated() const noexcept {
  return impl_->machine.times_recreated();
}

Task<std::optional<Message>> MessageSession::get_message(MessageId last, int max_capacity) {
  std::uint64_t generation = 0;
  auto build = [this, last, max_capacity, &generation](QueueAccess const& queue, Agent agent) {
    generation = impl_->machine.generation();
    return protocol::get_message_request(queue, impl_->machine.poll_from(last), max_capacity,
                                         agent);
  };
  auto message = co_await impl_->queue_call<std::optional<Message>>(Operation::get_message, build,
                                                                    protocol::read_get_message);
  if (message && *message) impl_->machine.delivered(generation);
  co_return message;
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

Task<void> MessageSession::close() { co_return co_await impl_->close(); }

MessageSession::Impl::Impl(std::shared_ptr<Client::Impl> the_client, ScaleSetId the_scale_set,
                           std::string the_owner, SessionOptions the_options, SessionInfo opened)
    : client(std::move(the_client)),
      scale_set(the_scale_set),
      wanted_owner(std::move(the_owner)),
      options(the_options),
      machine(std::move(opened), options.recreate),
      renewed(client->executor) {}

template <class T>
Task<T> MessageSession::Impl::queue_call(Operation operation, BuildRequest build,
                                         client::Caller::Reader<T> read) {
  SessionMachine::Tried tried;
  auto ready = co_await renew(machine.before_call());
  if (!ready) co_return std::unexpected(ready.error());
  for (;;) {
    auto const generation = machine.generation();
    auto request = build(machine.session().queue, client->caller.options().user_agent());
    if (!request) {
      request.error().operation = protocol::traits(operation).name;
      co_return std::unexpected(request.error());
    }
    auto result = co_await client->caller.call<T>(operation, *std::move(request), read);
    if (result) co_return result;
    auto const answer = machine.call_failed(result.error(), generation, tried);
    if (answer == SessionMachine::Answer::give_up)
      co_return std::unexpected(final_error(operation, std::move(result.error())));
    auto again = co_await renew(answer);
    if (!again) co_return std::unexpected(again.error());
  }
}

Error MessageSession::Impl::final_error(Operation operation, Error error) const {
  if (error.code != ErrorCode::message_queue_token_expired) return error;
  if (machine.lost()) {
    Error lost = machine.last_error();
    lost.operation = protocol::traits(operation).name;
    return lost;
  }
  error.message = "the session's new token was refused like the old one: " + error.message;
  return error;
}

Task<void> MessageSession::Impl::renew(SessionMachine::Answer answer) {
  auto const generation = machine.generation();
  while (answer == SessionMachine::Answer::wait) {
    bool const awake = co_await renewed.wait();
    if (!awake)
      co_return fail(ErrorCode::cancelled, "cancelled while waiting for a new session token");
    answer = machine.outcome(generation);
  }
  switch (answer) {
    case SessionMachine::Answer::repeat: co_return Result<void>();
    case SessionMachine::Answer::refresh: co_return co_await refresh();
    case SessionMachine::Answer::recreate: co_return co_await recreate();
    case SessionMachine::Answer::wait:
    case SessionMachine::Answer::give_up: break;
  }
  co_return std::unexpected(machine.last_error());
}

Task<void> MessageSession::Impl::refresh() {
  auto build = [this](AdminConnection const& admin, Agent agent) {
    return protocol::refresh_session_request(admin, scale_set, machine.session().id, agent);
  };
  auto answer = co_await client->admin_call<SessionInfo>(Operation::refresh_session, build,
                                                         protocol::read_refresh_session);
  Result<void> outcome;
  if (answer) {
    machine.refreshed(*std::move(answer));
  } else {
    outcome = std::unexpected(answer.error());
    auto const next = machine.refresh_failed(answer.error());
    if (next == SessionMachine::Answer::recreate) {
      co_return co_await recreate();
    }
  }
  renewed.notify_all();
  co_return outcome;
}

Task<void> MessageSession::Impl::recreate() {
  std::string const old_id = machine.session().id;
  std::string const why = machine.last_error().to_string();
  auto const& log = client->caller.log();
  log.warn("the service lost the session; opening it anew", {{"session", old_id}, {"error", why}});
  // Only so that what may be left of it is not in the way: it usually is gone.
  auto ignored = co_await delete_session(client, scale_set, old_id);
  auto opened = co_await create_session(client, scale_set, wanted_owner, options);
  Result<void> outcome;
  if (opened) {
    machine.recreated(*std::move(opened));
    log.info("session opened anew", {{"session", machine.session().id}, {"before", old_id}});
    if (auto const& metrics = client->caller.options().hooks().metrics)
      metrics->on_session_recreated(scale_set, to_string(ErrorCode::session_lost));
  } else {
    machine.recreate_failed(opened.error());
    outcome = std::unexpected(opened.error());
  }
  renewed.notify_all();
  co_return outcome;
}

Task<void> MessageSession::Impl::close() {
  machine.closing();
  while (machine.renewing() && machine.lost()) {
    bool const awake = co_await renewed.wait();
    if (!awake) co_return fail(ErrorCode::cancelled, "cancelled while the session is opened anew");
  }
  co_return co_await delete_session(client, scale_set, machine.session().id);
}

Task<SessionInfo> create_session(std::shared_ptr<Client::Impl> client, ScaleSetId scale_set,
                                 std::string owner, SessionOptions options) {
  auto const& caller = client->caller;
  protocol::SessionOpening opening(options, caller.now().steady);
  auto build = [scale_set, &owner](AdminConnection const& admin, Agent agent) {
    return protocol::create_session_request(admin, scale_set, owner, agent);
  };
  for (;;) {
    std::string useless;  // the id of a session that came without a queue
    auto read = [&useless](HttpResponse const& response, protocol::WallTime now) {
      auto opened = protocol::read_create_session(response, now);
      auto const decoded = protocol::decode_session(response.body);
      if (!opened && response.status == 200 && decoded) useless = decoded->id;
      return opened;
    };
    auto opened = co_await client->admin_call<SessionInfo>(Operation::create_session, build, read);
    if (opened) co_return opened;
    if (!useless.empty()) {
      auto ignored = co_await delete_session(client, scale_set, useless);
    }
    auto const delay = opening.on_failure(opened.error(), caller.now().steady, caller.random());
    if (!delay) co_return opened;
    bool const slept = co_await caller.wait_to_retry(opened.error(), *delay);
    if (!slept)
      co_return fail(ErrorCode::cancelled, "cancelled while waiting for the session to be free");
  }
}

Task<void> delete_session(std::shared_ptr<Client::Impl> client, ScaleSetId scale_set,
                          std::string session_id) {
  auto build = [scale_set, &session_id](AdminConnection const& admin, Agent agent) {
    return protocol::delete_session_request(admin, scale_set, session_id, agent);
  };
  co_return co_await client->admin_call<void>(Operation::delete_session, build,
                                              protocol::read_delete_session);
}

}  // namespace scaleset::async
