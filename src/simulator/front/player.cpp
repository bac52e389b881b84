#include "simulator/front/player.hpp"

#include <boost/json/parse.hpp>
#include <map>
#include <vector>

#include "simulator/front/routing.hpp"

namespace scaleset::simulator {
namespace {

namespace json = boost::json;

constexpr Channel kNobodyWakes = 0;  // the model's channels begin with 1

/// Makes calls of the control API, and remembers which jobs were queued under which name.
class Caller {
 public:
  explicit Caller(Front& front) : front_(front) {}

  /// What was wrong; empty if nothing was.
  std::string make(TimedCall const& timed) {
    // A call about jobs that an earlier call queued under the same name is made once for each of
    // them.
    std::string const place = "{id}";
    std::size_t const at = timed.path.find(place);
    if (at == std::string::npos) return call_once(timed);
    TimedCall one = timed;
    for (std::string const& id : jobs_[timed.name]) {
      one.path = timed.path;
      one.path.replace(at, place.size(), id);
      static_cast<void>(call_once(one));  // it is no error if a job is over
    }
    return "";
  }

 private:
  /// By the same handlers as over HTTP, so that scenarios and the control API cannot drift apart
  /// (ADR 27).
  std::string call_once(TimedCall const& timed) {
    std::optional<FoundRoute> found = find_route(timed.method, timed.path);
    // All control routes answer at once.
    AnswersAtOnce const handler = found ? found->route->handler.at_once() : nullptr;
    if (handler == nullptr) return "there is no such control route";
    Call call;
    call.operation = found->route->operation();
    call.segments = std::move(found->segments);
    call.body = timed.body;
    http::ServerResponse const response = handler(front_, call);
    boost::system::error_code error;
    json::value const answer = json::parse(response.body, error);
    json::object const* const fields = error ? nullptr : answer.if_object();
    if (response.status >= 300) {
      bool const told = fields != nullptr && fields->contains("error");
      return told ? std::string(fields->at("error").as_string()) : response.body;
    }
    if (timed.name.empty() || fields == nullptr || !fields->contains("jobIds")) return "";
    for (json::value const& id : fields->at("jobIds").as_array())
      jobs_[timed.name].emplace_back(id.as_string());
    return "";
  }

  Front& front_;
  std::map<std::string, std::vector<std::string>> jobs_;
};

}  // namespace

Result<void> rehearse(Front& scratch, Timeline const& timeline) {
  Caller caller(scratch);
  for (TimedCall const& call : timeline) {
    std::string const problem = caller.make(call);
    // Only the first problem is kept, because later calls may fail as a consequence of it.
    if (!problem.empty()) return fail(ErrorCode::invalid_argument, call.origin + ": " + problem);
  }
  return {};
}

boost::asio::awaitable<void> play(Front* front, Timeline timeline, Timestamp start,
                                  base::Logger log) {
  LiveModel& live = front->live;
  Caller caller(*front);
  for (TimedCall const& call : timeline) {
    // Woken without the time being up: a virtual clock was advanced, but not far enough.
    WaitEnd end = WaitEnd::woken;
    while (end != WaitEnd::cancelled && live.now() < start + call.at) {
      end = co_await live.waiters.wait(kNobodyWakes, start + call.at);
    }
    if (end == WaitEnd::cancelled) co_return;
    // What is due earlier than this call happens first.
    live.catch_up();
    std::string const problem = caller.make(call);
    if (!problem.empty())
      log.error("a call was refused", {{"call", call.origin}, {"why", problem}});
    // No call is being answered, so a failure to save is left to the next call, which tries again.
    static_cast<void>(live.commit_changes());
  }
}

}  // namespace scaleset::simulator
