#include <utility>

#include "base/guard.hpp"
#include "client/async_session_impl.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/requests.hpp"

namespace scaleset::inline v0::async {

namespace asio = boost::asio;
using protocol::AdminConnection;
using protocol::Operation;
using protocol::QueueAccess;
using protocol::SessionInfo;
using protocol::SessionMachine;
using Agent = std::string_view;

namespace {

/// A session that could not be deleted may still be open, and in the way of the next.
void tell_if_open(base::Logger const& log, Result<void> const& deleted) {
  if (deleted) return;
  std::string const text = deleted.error().to_string();
  log.warn("could not close the session; the service keeps it for about 90 s", {{"error", text}});
}

}  // namespace

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
  return impl_->poll(last, max_capacity);
}

Task<void> MessageSession::delete_message(MessageId id) {
  auto build = [id](QueueAccess const& queue, Agent agent) {
    return protocol::delete_message_request(queue, id, agent);
  };
  return impl_->queue_call<void>(Operation::delete_message, build, protocol::read_delete_message);
}

Task<std::vector<RequestId>> MessageSession::acquire_jobs(std::vector<RequestId> ids) {
  // The URL is the Actions service's, so an admin connection is needed although the token is the
  // queue's (protocol.md E14).
  auto lease = co_await impl_->client->tokens.get();
  if (!lease) co_return std::unexpected(lease.error());
  // The same lease for every attempt: it only supplies the URL, and the queue's token is taken anew
  // each time.
  auto build = [&lease, &ids, this](QueueAccess const& queue, Agent agent) {
    return protocol::acquire_jobs_request(lease->connection, queue, impl_->scale_set, ids, agent);
  };
  auto read = [&ids](HttpResponse const& response, protocol::WallTime now) {
    return protocol::read_acquire_jobs(response, ids, now);
  };
  co_return co_await impl_->queue_call<std::vector<RequestId>>(Operation::acquire_jobs, build,
                                                               read);
}

Task<void> MessageSession::refresh() {
  std::unique_ptr<Error> const problem = co_await impl_->renew(impl_->machine.want_refresh());
  if (problem) co_return std::unexpected(*problem);
  co_return Result<void>();
}

Task<void> MessageSession::close() { return impl_->close(); }

MessageSession::Impl::Impl(std::shared_ptr<Client::Impl> the_client, ScaleSetId the_scale_set,
                           std::string the_owner, SessionOptions const& the_options,
                           SessionInfo opened)
    : client(std::move(the_client)),
      scale_set(the_scale_set),
      wanted_owner(std::move(the_owner)),
      wait_for_other(the_options.wait_for_other),
      poll_timeout(the_options.transport ? the_options.transport->poll_timeout
                                         : client->caller.options().transport().poll_timeout),
      recreates(the_options.recreate),
      machine(std::move(opened), recreates) {}

MessageSession::Impl::~Impl() {
  if (close_reported || !machine.is_kept()) return;
  client->caller.log().warn(
      "a message session was dropped without close(); the service keeps it for about 90 s and "
      "refuses other sessions of the scale set meanwhile",
      {{"session", machine.session().id}, {"scale_set", scale_set.value}});
}

// Polls do not use queue_call(): they are not repeated within the call, and their frame, which
// exists once for every held poll, must be small.
Task<std::optional<Message>> MessageSession::Impl::poll(MessageId last, int max_capacity) {
  SessionMachine::Tried tried;
  client::Caller::Attempt attempt{Operation::get_message};
  // `repeat` from before_call() means that nothing has to be renewed first.
  for (auto answer = machine.before_call();;) {
    if (answer != SessionMachine::Answer::repeat) {
      std::unique_ptr<Error> const problem = co_await renew(answer);
      if (problem) co_return std::unexpected(*problem);
    }
    // Taken before the poll: the machine must be told which token was refused, and another call may
    // renew it while this one is held.
    auto const generation = machine.generation();
    auto response = co_await hold(attempt, last, max_capacity);
    auto message = finish(attempt, std::move(response), generation);
    if (message) co_return message;
    answer = machine.call_failed(message.error(), generation, tried);
    if (answer == SessionMachine::Answer::give_up)
      co_return std::unexpected(
          final_error(Operation::get_message, std::move(message.error()), attempt.number - 1));
    ++attempt.number;
  }
}

Task<HttpResponse> MessageSession::Impl::hold(client::Caller::Attempt& attempt, MessageId last,
                                              int max_capacity) {
  auto const& caller = client->caller;
  auto request = protocol::get_message_request(machine.session().queue, machine.poll_from(last),
                                               max_capacity, caller.user_agent());
  return caller.begin(attempt, std::move(request), poll_timeout);
}

Result<std::optional<Message>> MessageSession::Impl::finish(client::Caller::Attempt const& attempt,
                                                            Result<HttpResponse> response,
                                                            std::uint64_t generation) {
  auto const& caller = client->caller;
  auto message =
      caller.end<std::optional<Message>>(attempt, std::move(response), protocol::read_get_message);
  // Polls bypass the RetryMachine, which does this for all other calls.
  if (message) caller.options().retry_budget().succeeded_at_once();
  if (message && *message) machine.delivered(generation);
  return message;
}

template <class T>
Task<T> MessageSession::Impl::queue_call(Operation operation, BuildRequest build,
                                         client::Caller::Reader<T> read) {
  SessionMachine::Tried tried;
  std::uint64_t generation = 0;
  int refused = 0;  // requests of before the session was renewed
  // Called for each attempt. The token, and with it the generation, may have changed since the
  // last.
  auto const request = [this, &build, &generation] {
    generation = machine.generation();
    return build(machine.session().queue, client->caller.user_agent());
  };
  for (auto answer = machine.before_call();;) {
    std::unique_ptr<Error> const problem = co_await renew(answer);
    if (problem) co_return std::unexpected(*problem);
    Result<T> result = co_await client->caller.call<T>(operation, request, read);
    if (result) co_return result;
    answer = machine.call_failed(result.error(), generation, tried);
    if (answer == SessionMachine::Answer::give_up)
      co_return std::unexpected(final_error(operation, std::move(result.error()), refused));
    refused += result.error().attempts;
  }
}

Error MessageSession::Impl::final_error(Operation operation, Error error, int refused) const {
  error.attempts += refused;
  error.request_sent = error.request_sent || refused > 0;
  // What remains is a 401 after a refresh. If the session turned out to be lost meanwhile, that
  // loss is the reason, and says more than the 401.
  if (error.code != ErrorCode::message_queue_token_expired) return error;
  if (machine.lost()) {
    Error lost = machine.last_error();
    lost.operation = protocol::traits(operation).name;
    return lost;
  }
  error.message = "the session's new token was refused like the old one: " + error.message;
  return error;
}

asio::awaitable<std::unique_ptr<Error>> MessageSession::Impl::renew(SessionMachine::Answer answer) {
  auto const generation = machine.generation();
  while (answer == SessionMachine::Answer::wait) {
    bool const awake = co_await renewed.wait();
    if (!awake)
      co_return std::make_unique<Error>(ErrorCode::cancelled,
                                        "cancelled while waiting for a new session token");
    answer = machine.outcome(generation);
  }
  Result<void> outcome;
  switch (answer) {
    case SessionMachine::Answer::repeat: break;
    case SessionMachine::Answer::refresh:
    case SessionMachine::Answer::recreate: outcome = co_await remedy(answer); break;
    case SessionMachine::Answer::closed:
      outcome = fail(ErrorCode::invalid_argument, "the session was closed; open another one");
      break;
    case SessionMachine::Answer::wait:
    case SessionMachine::Answer::give_up: outcome = std::unexpected(machine.last_error()); break;
  }
  co_return outcome ? nullptr : std::make_unique<Error>(std::move(outcome.error()));
}

Task<void> MessageSession::Impl::remedy(SessionMachine::Answer answer) {
  try {
    if (answer == SessionMachine::Answer::recreate) {
      co_return co_await recreate();
    }
    co_return co_await refresh();
  } catch (...) {
    // Other calls wait for the end of the renewal, so it must have one.
    Error error = base::error_of_exception(ErrorCode::network, "renewing the session");
    machine.recreate_failed(error);
    renewed.notify_all();
    co_return std::unexpected(std::move(error));
  }
}

Task<void> MessageSession::Impl::refresh() {
  auto build = [this](AdminConnection const& admin, Agent agent) {
    return protocol::refresh_session_request(admin, scale_set, machine.session().id, agent);
  };
  auto read = [this](HttpResponse const& response, protocol::WallTime now) {
    return protocol::read_refresh_session(response, machine.session().id, now);
  };
  auto answer = co_await client->admin_call<SessionInfo>(Operation::refresh_session, build, read);
  Result<void> outcome;
  if (answer) {
    machine.refreshed(*std::move(answer));
  } else {
    outcome = std::unexpected(answer.error());
    auto const next = machine.refresh_failed(answer.error());
    // The refresh itself has found the session lost. Nobody is notified yet: those who wait are
    // waiting for the new session.
    if (next == SessionMachine::Answer::recreate) {
      co_return co_await recreate();
    }
  }
  // After a failure as well, so that the calls that wait fail too or take over the renewal.
  renewed.notify_all();
  co_return outcome;
}

Task<void> MessageSession::Impl::recreate() {
  // Copies, since recreated() replaces both.
  std::string const old_id = machine.session().id;
  std::string const why = machine.last_error().to_string();
  auto const& log = client->caller.log();
  log.warn("the service lost the session; opening it anew", {{"session", old_id}, {"error", why}});
  // The old session is usually gone. If something is left of it, it would be in the way of the new.
  auto deleted = co_await delete_session(client, scale_set, old_id);
  tell_if_open(log, deleted);
  SessionOptions again;
  again.wait_for_other = wait_for_other;
  again.recreate = recreates;
  auto opened = co_await create_session(client, scale_set, wanted_owner, again);
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
  // Otherwise a poll that is still under way would find the session lost and open another one.
  machine.closing();
  // If the session is just being opened anew, it is the new one that has to be closed.
  while (machine.renewing() && machine.lost()) {
    bool const awake = co_await renewed.wait();
    if (awake) continue;
    close_reported = true;
    co_return fail(ErrorCode::cancelled,
                   "cancelled while the session was being opened anew, because " +
                       machine.last_error().message);
  }
  auto deleted = co_await delete_session(client, scale_set, machine.session().id);
  close_reported = true;
  if (deleted) machine.closed();
  co_return deleted;
}

Task<SessionInfo> create_session(std::shared_ptr<Client::Impl> client, ScaleSetId scale_set,
                                 std::string owner, SessionOptions options) {
  auto const& caller = client->caller;
  protocol::SessionOpening opening(options, caller.now().steady);
  auto build = [scale_set, &owner](AdminConnection const& admin, Agent agent) {
    return protocol::create_session_request(admin, scale_set, owner, agent);
  };
  for (;;) {
    // Such a session exists at the service, and would make the next attempt fail with a conflict.
    std::string useless;  // the id of a session that came without a queue
    auto read = [&useless, scale_set](HttpResponse const& response, protocol::WallTime now) {
      auto opened = protocol::read_create_session(response, scale_set, now);
      auto const decoded = protocol::decode_session(response.body);
      if (!opened && response.status == 200 && decoded) useless = decoded->id;
      return opened;
    };
    auto opened = co_await client->admin_call<SessionInfo>(Operation::create_session, build, read);
    if (opened) co_return opened;
    if (!useless.empty()) {
      auto deleted = co_await delete_session(client, scale_set, useless);
      tell_if_open(caller.log(), deleted);
    }
    auto const delay = opening.on_failure(opened.error(), caller.now().steady, caller.random());
    if (!delay) co_return opened;
    bool const slept = co_await caller.wait_to_retry(opened.error(), *delay);
    if (!slept)
      co_return fail(ErrorCode::cancelled,
                     "cancelled while waiting for the session to be free; before that " +
                         opened.error().message);
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

}  // namespace scaleset::inline v0::async
