#include "simulator/front/session_api.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <charconv>

#include "simulator/front/access.hpp"
#include "simulator/front/fields.hpp"
#include "simulator/front/replies.hpp"
#include "simulator/front/wire_json.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace asio = boost::asio;
namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::string queue_url(Service const& service, Call const& call, Tenant const& tenant,
                      std::string const& session) {
  if (service.model.options().profile == Profile::broker)
    return call.base_url + "/scalesets/message";
  return service.service_url(call, tenant) + "/_apis/runtime/messagequeue?sessionId=" + session;
}

/// The whole session, with a token of its own.
http::ServerResponse show_session(Service& service, Call const& call, std::string const& tenant,
                                  ScaleSetId id) {
  Tenant const& owner = *service.model.find_tenant(tenant);
  ScaleSet const& set = **service.model.scale_set(tenant, id);
  TokenClaims claims;
  claims.kind = TokenKind::queue;
  claims.tenant = tenant;
  claims.id = id.value;
  claims.session = set.session->id;
  claims.expires = service.now() + service.model.options().queue_token_ttl;
  json::object body;
  body["sessionId"] = set.session->id;
  body["ownerName"] = set.session->owner;
  body["runnerScaleSet"] = scale_set_json(owner, set, service.service_url(call, owner));
  body["messageQueueUrl"] = queue_url(service, call, owner, set.session->id);
  body["messageQueueAccessToken"] = service.issue(std::move(claims));
  body["statistics"] = statistics_json(service.model.statistics(tenant, id));
  return json_reply(200, body);
}

http::ServerResponse create_session(Service& service, Call const& call, std::string const& tenant) {
  Fields fields(call.body);
  std::string owner = fields.text("ownerName").value_or("");
  if (!fields.problem().empty()) return bad_request(fields.problem());
  ScaleSetId const id{call.number(0)};
  Outcome<std::string> const session =
      service.model.create_session(service.now(), tenant, id, std::move(owner));
  if (!session) return service_refusal(session.error());
  return show_session(service, call, tenant, id);
}

http::ServerResponse refresh_session(Service& service, Call const& call,
                                     std::string const& tenant) {
  ScaleSetId const id{call.number(0)};
  Outcome<void> const done =
      service.model.refresh_session(service.now(), tenant, id, call.route.parameters[1]);
  if (!done) return service_refusal(done.error());
  return show_session(service, call, tenant, id);
}

http::ServerResponse delete_session(Service& service, Call const& call, std::string const& tenant) {
  Outcome<void> const done = service.model.delete_session(
      service.now(), tenant, ScaleSetId{call.number(0)}, call.route.parameters[1]);
  return done ? empty_reply(204) : service_refusal(done.error());
}

http::ServerResponse delete_message(Service& service, Call const& call) {
  std::optional<TokenClaims> const claims = queue_claims(service, call);
  if (!claims) return invalid_token();
  std::optional<std::int64_t> const message = whole_number(call.route.parameters.front());
  if (!message) return bad_request("a message's identifier is a number");
  Outcome<void> const done = service.model.delete_message(
      service.now(), claims->tenant, ScaleSetId{claims->id}, claims->session, MessageId{*message});
  return done ? empty_reply(204) : service_refusal(done.error());
}

/// None: not a list of integers. Go's nil list arrives as null.
std::optional<std::vector<RequestId>> read_requests(std::string_view body) {
  boost::system::error_code error;
  json::value const parsed = json::parse(body, error);
  if (error || (!parsed.is_array() && !parsed.is_null())) return std::nullopt;
  std::vector<RequestId> requests;
  if (parsed.is_null()) return requests;
  for (json::value const& element : parsed.as_array()) {
    if (!element.is_int64()) return std::nullopt;
    requests.push_back(RequestId{element.as_int64()});
  }
  return requests;
}

http::ServerResponse acquire_jobs(Service& service, Call const& call) {
  if (service.model.options().profile == Profile::broker) return page_not_found();
  std::optional<TokenClaims> const claims = queue_claims(service, call);
  if (!claims || claims->id != call.number(0)) return invalid_token();
  std::optional<std::vector<RequestId>> const requests = read_requests(call.body);
  if (!requests) return bad_request("the body must be a list of request identifiers");
  Outcome<std::vector<RequestId>> const acquired = service.model.acquire_jobs(
      service.now(), claims->tenant, ScaleSetId{claims->id}, claims->session, *requests);
  if (!acquired) return service_refusal(acquired.error());
  json::array list;
  for (RequestId const request : *acquired) list.push_back(request.value);
  return json_reply(200, counted(std::move(list)));
}

}  // namespace

http::ServerResponse answer_session_call(Service& service, Call const& call) {
  if (call.route.operation == Operation::delete_message) return delete_message(service, call);
  if (call.route.operation == Operation::acquire_jobs) return acquire_jobs(service, call);
  std::optional<std::string> const tenant = admin_tenant(service, call);
  if (!tenant) return invalid_token();
  switch (call.route.operation) {
    case Operation::create_session: return create_session(service, call, *tenant);
    case Operation::refresh_session: return refresh_session(service, call, *tenant);
    default: return delete_session(service, call, *tenant);
  }
}

namespace {

/// What a poll asks for, or the answer that it cannot have it.
struct PollRequest {
  std::string tenant;
  ScaleSetId set;
  std::string session;
  std::int64_t capacity = 0;
  MessageId cursor;
};

std::expected<PollRequest, http::ServerResponse> read_poll(Service const& service,
                                                           Call const& call) {
  std::optional<TokenClaims> claims = queue_claims(service, call);
  if (!claims) return std::unexpected(invalid_token());
  PollRequest poll;
  poll.tenant = std::move(claims->tenant);
  poll.set = ScaleSetId{claims->id};
  poll.session = std::move(claims->session);
  Outcome<ScaleSet const*> const set = service.model.scale_set(poll.tenant, poll.set);
  std::string_view const capacity = call.header("X-ScaleSetMaxCapacity");
  std::optional<std::int64_t> const number = whole_number(capacity);
  if (!capacity.empty() && !number)
    return std::unexpected(bad_request("X-ScaleSetMaxCapacity must be a number from 0"));
  // Older clients do not send it: what was said last stays.
  poll.capacity = number.value_or(set ? (*set)->advertised_capacity : 0);
  std::string const cursor = call.parameter("lastMessageId");
  std::optional<std::int64_t> const last = whole_number(cursor);
  if (!cursor.empty() && !last)
    return std::unexpected(bad_request("lastMessageId must be a number from 0"));
  poll.cursor = MessageId{last.value_or(0)};
  return poll;
}

/// Keeps the session alive while it exists.
class HeldPoll {
 public:
  HeldPoll(Service* service, PollTicket poll_ticket)
      : ticket(std::move(poll_ticket)), service_(service) {}
  HeldPoll(HeldPoll const&) = delete;
  HeldPoll& operator=(HeldPoll const&) = delete;
  ~HeldPoll() {
    service_->model.end_poll(service_->now(), ticket);
    static_cast<void>(service_->settle());  // whoever answers settles again and sees a failure
  }
  PollTicket ticket;

 private:
  Service* service_;
};

/// None: there is no message yet.
std::optional<http::ServerResponse> look(Service& service, Call const& call,
                                         PollTicket const& ticket, MessageId cursor) {
  Outcome<std::optional<Delivery>> const found = service.model.peek(ticket, cursor);
  if (!found) return service_refusal(found.error());
  if (!*found) return std::nullopt;
  Tenant const& tenant = *service.model.find_tenant(ticket.tenant);
  return json_reply(200, message_json(**found, service.model.options().profile,
                                      service.acquire_url(call, tenant, ScaleSetId{ticket.id})));
}

}  // namespace

asio::awaitable<http::ServerResponse> answer_poll(Service* service, Call call) {
  std::expected<PollRequest, http::ServerResponse> const poll = read_poll(*service, call);
  if (!poll) co_return poll.error();
  Timestamp const begin = service->now();
  Timestamp const until = begin + service->model.options().hold_time;
  Outcome<PollTicket> const ticket =
      service->model.begin_poll(begin, poll->tenant, poll->set, poll->session, poll->capacity);
  if (!ticket) co_return service_refusal(ticket.error());
  HeldPoll held(service, *ticket);
  if (!service->settle()) co_return empty_reply(500);
  for (;;) {
    std::optional<http::ServerResponse> const answer =
        look(*service, call, held.ticket, poll->cursor);
    if (answer) co_return *answer;
    while (!service->model.changed(held.ticket)) {
      // A message that woke nobody (JobStarted) waits for the next poll, as on the real service.
      WaitEnd const end = co_await service->waiters.wait(held.ticket.channel, until);
      if (end != WaitEnd::woken) co_return empty_reply(202);
    }
  }
}

}  // namespace scaleset::simulator
