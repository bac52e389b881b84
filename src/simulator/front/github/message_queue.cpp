#include "simulator/front/github/message_queue.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <expected>
#include <limits>
#include <utility>

#include "base/whole_number.hpp"
#include "simulator/front/github/errors.hpp"
#include "simulator/front/github/urls.hpp"
#include "simulator/front/github/wire_json.hpp"
#include "simulator/front/parts/replies.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace asio = boost::asio;
namespace {

std::optional<std::int64_t> number_from_zero(std::string_view text) {
  std::optional<std::int64_t> const value = base::whole_number<std::int64_t>(text);
  return value && *value >= 0 ? value : std::nullopt;
}

/// None: the body is not a list of integers. Go's client sends null for an empty list.
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

/// What a poll asks for.
struct PollRequest {
  std::string tenant;
  ScaleSetId set;
  std::string session;
  std::int64_t capacity = 0;
  MessageId cursor;
};

std::expected<PollRequest, http::ServerResponse> read_poll(LiveModel const& live,
                                                           Credentials const& credentials,
                                                           Call const& call) {
  std::optional<TokenClaims> claims = queue_claims(live, credentials, call);
  if (!claims) return std::unexpected(invalid_token());
  PollRequest poll;
  poll.tenant = std::move(claims->tenant);
  poll.set = ScaleSetId{claims->id};
  poll.session = std::move(claims->session);
  std::string_view const capacity = call.header("X-ScaleSetMaxCapacity");
  std::optional<std::int64_t> const number = number_from_zero(capacity);
  if (!capacity.empty() && !number)
    return std::unexpected(bad_request("X-ScaleSetMaxCapacity must be a number from 0"));
  // Without the header, which older clients do not send, nothing limits the jobs (protocol.md D.4).
  poll.capacity = number.value_or(std::numeric_limits<std::int64_t>::max());
  std::string const cursor = call.parameter("lastMessageId");
  std::optional<std::int64_t> const last = number_from_zero(cursor);
  if (!cursor.empty() && !last)
    return std::unexpected(bad_request("lastMessageId must be a number from 0"));
  // Clients leave the parameter out when they begin at the start (protocol.md 6.1).
  poll.cursor = MessageId{last.value_or(0)};
  return poll;
}

/// Ends the poll, which keeps the session alive, when the coroutine ends for whatever reason.
class HeldPoll {
 public:
  HeldPoll(LiveModel* live, PollTicket poll_ticket) : ticket(std::move(poll_ticket)), live_(live) {}
  HeldPoll(HeldPoll const&) = delete;
  HeldPoll& operator=(HeldPoll const&) = delete;
  ~HeldPoll() {
    live_->model.end_poll(live_->now(), ticket);
    // A failure is noticed when the answer is committed.
    static_cast<void>(live_->commit_changes());
  }
  PollTicket ticket;

 private:
  LiveModel* live_;
};

/// The answer to the poll. None: there is no message yet.
std::optional<http::ServerResponse> answer_if_ready(LiveModel& live, Call const& call,
                                                    PollTicket const& ticket, MessageId cursor) {
  Outcome<std::optional<Delivery>> const found = live.model.peek(ticket, cursor);
  if (!found) return service_refusal(found.error());
  if (!*found) return std::nullopt;
  // The tenant exists, because peek() has found the ticket's session.
  Tenant const& tenant = *live.model.find_tenant(ticket.tenant);
  return json_reply(200,
                    message_json(**found, live.profile(),
                                 acquire_url(live.profile(), call, tenant, ScaleSetId{ticket.id})));
}

}  // namespace

asio::awaitable<http::ServerResponse> get_message(Call call, LiveModel* live,
                                                  Credentials* credentials) {
  std::expected<PollRequest, http::ServerResponse> const poll =
      read_poll(*live, *credentials, call);
  if (!poll) co_return poll.error();
  Timestamp const begin = live->now();
  Timestamp const until = begin + live->model.options().hold_time;
  Outcome<PollTicket> const ticket =
      live->model.begin_poll(begin, poll->tenant, poll->set, poll->session, poll->capacity);
  if (!ticket) co_return service_refusal(ticket.error());
  HeldPoll held(live, *ticket);
  // Before the wait: the new capacity may have assigned jobs, which other calls report.
  if (!live->commit_changes()) co_return empty_reply(500);
  for (;;) {
    std::optional<http::ServerResponse> const answer =
        answer_if_ready(*live, call, held.ticket, poll->cursor);
    if (answer) co_return *answer;
    // A wake-up is for the whole channel, and may be for a reason that this poll has already seen.
    while (!live->model.changed(held.ticket)) {
      // JobStarted does not wake a poll: as on the real service, it waits for the next one.
      WaitEnd const end = co_await live->waiters.wait(held.ticket.channel, until);
      if (end != WaitEnd::woken) co_return empty_reply(202);
    }
  }
}

http::ServerResponse delete_message(Call const& call, LiveModel& live, Credentials& credentials) {
  std::optional<TokenClaims> const claims = queue_claims(live, credentials, call);
  if (!claims) return invalid_token();
  std::optional<std::int64_t> const message = number_from_zero(call.segments.front());
  if (!message) return bad_request("a message's identifier is a number");
  Outcome<void> const done = live.model.delete_message(
      live.now(), claims->tenant, ScaleSetId{claims->id}, claims->session, MessageId{*message});
  return done ? empty_reply(204) : service_refusal(done.error());
}

http::ServerResponse acquire_jobs(Call const& call, LiveModel& live, Credentials& credentials) {
  if (live.profile() == Profile::broker) return page_not_found();
  std::optional<TokenClaims> const claims = queue_claims(live, credentials, call);
  // A queue token is good for its own scale set only.
  if (!claims || claims->id != call.number(0)) return invalid_token();
  std::optional<std::vector<RequestId>> const requests = read_requests(call.body);
  if (!requests) return bad_request("the body must be a list of request identifiers");
  Outcome<std::vector<RequestId>> const acquired = live.model.acquire_jobs(
      live.now(), claims->tenant, ScaleSetId{claims->id}, claims->session, *requests);
  if (!acquired) return service_refusal(acquired.error());
  json::array list;
  for (RequestId const request : *acquired) list.push_back(request.value);
  return json_reply(200, counted(std::move(list)));
}

http::ServerResponse acquirable_jobs(AdminVisit const& visit) {
  Outcome<std::vector<JobFacts>> const jobs =
      visit.live.model.acquirable_jobs(visit.tenant, visit.scale_set());
  if (!jobs) return service_refusal(jobs.error());
  // An empty list would be another answer than the service's (protocol.md E18).
  if (jobs->empty()) return empty_reply(204);
  std::string const url =
      acquire_url(visit.live.profile(), visit.call, visit.owner(), visit.scale_set());
  json::array list;
  for (JobFacts const& job : *jobs) list.push_back(acquirable_json(job, url));
  return json_reply(200, counted(std::move(list)));
}

}  // namespace scaleset::simulator
