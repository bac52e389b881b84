#include "simulator/front/player.hpp"

#include <boost/json/parse.hpp>
#include <map>
#include <vector>

#include "simulator/front/control_api.hpp"

namespace scaleset::simulator {
namespace {

namespace json = boost::json;

constexpr Channel kNobodyWakes = 0;  // the model's channels begin with 1

/// Makes calls of the control API, and remembers the jobs that were queued under a name.
class Caller {
 public:
  explicit Caller(Service& service) : service_(service) {}

  /// What was wrong; empty: nothing.
  std::string make(TimedCall const& timed) {
    std::string const place = "{id}";
    std::size_t const at = timed.path.find(place);
    if (at == std::string::npos) return call_once(timed);
    TimedCall one = timed;
    for (std::string const& id : jobs_[timed.name]) {
      one.path = timed.path;
      one.path.replace(at, place.size(), id);
      static_cast<void>(call_once(one));  // a job that is over is left as it is
    }
    return "";
  }

 private:
  std::string call_once(TimedCall const& timed) {
    std::optional<Route> route = find_route(timed.method, timed.path);
    if (!route) return "there is no such control route";
    Call call;
    call.route = std::move(*route);
    call.body = timed.body;
    http::ServerResponse const response = answer_control_call(service_, call);
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

  Service& service_;
  std::map<std::string, std::vector<std::string>> jobs_;
};

}  // namespace

Result<void> rehearse(Service& scratch, Timeline const& timeline) {
  Caller caller(scratch);
  for (TimedCall const& call : timeline) {
    std::string const problem = caller.make(call);
    if (!problem.empty()) return fail(ErrorCode::invalid_argument, call.origin + ": " + problem);
  }
  return {};
}

boost::asio::awaitable<void> play(Service* service, Timeline timeline, Timestamp start,
                                  base::Logger log) {
  Caller caller(*service);
  for (TimedCall const& call : timeline) {
    WaitEnd end = WaitEnd::woken;
    while (end != WaitEnd::cancelled && service->now() < start + call.at) {
      end = co_await service->waiters.wait(kNobodyWakes, start + call.at);
    }
    if (end == WaitEnd::cancelled) co_return;
    service->model.advance(service->now());
    std::string const problem = caller.make(call);
    if (!problem.empty())
      log.error("a call was refused", {{"call", call.origin}, {"why", problem}});
    static_cast<void>(service->settle());  // nobody is being answered; the next call will try again
  }
}

}  // namespace scaleset::simulator
