#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "backends/pretend/pretend_backend.hpp"
#include "base/files.hpp"
#include "base/testing/coroutine_test.hpp"
#include "daemon/house.hpp"
#include "daemon/journal_writer.hpp"
#include "daemon/testing/pretend_client.hpp"
#include "scaleset/async/timer.hpp"
#include "scaleset/testing/fake_transport.hpp"
#include "scaleset/testing/recording_hooks.hpp"

namespace scaleset::daemon::testing {

using namespace std::chrono_literals;
using scaleset::testing::make_response;

/// The same numbers in every run, but each another one, as names of runners must be.
class SteppingRandom final : public RandomSource {
 public:
  [[nodiscard]] double uniform() noexcept override {
    last_ += 0.618;
    if (last_ >= 1) last_ -= 1;
    return last_;
  }

 private:
  double last_ = 0;
};

/// GitHub's side of one scale set with the id 5.
class PretendService {
 public:
  std::optional<HttpResponse> answer;        // to everything, instead of what is below
  std::optional<HttpResponse> token_answer;  // to whoever asks for a token
  bool exists = true;                        // whether there is the scale set
  std::string name = "set";                  // of the scale set
  bool loses_answer = false;                 // to the next change of the scale set
  int assigned = 0;                          // jobs, as the session's statistics say
  int running = 0;                           // of these, as the session's statistics say
  int available = 0;                 // jobs, as the scale set's statistics say; 0: it has none
  std::deque<std::string> messages;  // bodies; then polls are held
  std::string version_ends;          // when; empty: not known
  int versions_asked = 0;
  std::optional<HttpResponse> version_answer;  // to questions about versions
  std::optional<HttpResponse> jit_answer;      // to JIT calls
  HttpResponse removal = make_response(204);
  HttpResponse deletion = make_response(204);  // of the scale set
  HttpResponse registration = make_response(200, R"({"id":100,"name":"runner"})");
  std::vector<std::string> done;  // one line for each change that was asked for
  int looks_for_offers = 0;
  int polls = 0;       // that have begun
  bool hangs = false;  // the end of a session and requests for statistics get no answer

  HttpResponse handle(HttpRequest const& request) {
    if (answer) return *answer;
    if (auto token = scaleset::testing::answer_token_request(request))
      return token_answer.value_or(*token);
    auto const& url = request.url;
    auto const has = [&url](char const* part) { return url.find(part) != std::string::npos; };
    bool const hanging = has("/sessions") || has("runnerscalesets/5?");
    if (hangs && hanging) return make_response(0);
    if (has("/sessions")) return session(request);
    if (has("/generatejitconfig")) return jit(request);
    if (has("/agents")) return agent(request);
    if (has("/deprecations/")) return version(last_part(url));
    if (has("/acquirablejobs")) {
      ++looks_for_offers;
      return make_response(204);
    }
    if (available > 0 && request.method == HttpMethod::get && has("runnerscalesets/5?"))
      return scale_set_with_statistics();
    if (has("runnerscalesets")) return scale_set(request);
    if (request.method == HttpMethod::del) return note("acknowledge " + last_part(url));
    ++polls;
    if (messages.empty()) return make_response(202);
    auto body = std::move(messages.front());
    messages.pop_front();
    return make_response(200, std::move(body));
  }

  /// A message that gives a job to a runner, or says that it has ended.
  static std::string message(int id, std::string const& type, std::string const& runner,
                             int assigned_jobs) {
    return R"({"messageId":)" + std::to_string(id) +
           R"(,"messageType":"RunnerScaleSetJobMessages","body":"[{\"messageType\":\")" + type +
           R"(\",\"jobId\":\"j\",\"jobDisplayName\":\"build\",\"result\":\"succeeded\",)" +
           R"(\"ownerName\":\"octo\",\"repositoryName\":\"tools\",\"workflowRunId\":7,)" +
           R"(\"jobWorkflowRef\":\"octo/tools/ci.yml@main\",)" +
           R"(\"runnerId\":101,\"runnerName\":\")" + runner +
           R"(\"}]","statistics":{"totalAssignedJobs":)" + std::to_string(assigned_jobs) + "}}";
  }

 private:
  static std::string last_part(std::string url) {
    url.resize(std::min(url.find('?'), url.size()));
    return url.substr(url.rfind('/') + 1);
  }
  HttpResponse note(std::string line) {
    done.push_back(std::move(line));
    return make_response(204);
  }
  HttpResponse session(HttpRequest const& request) {
    if (request.method != HttpMethod::post)
      return note(std::string(to_string(request.method)) + " session " + last_part(request.url));
    done.emplace_back("POST session");
    return make_response(
        200, R"({"sessionId":"4fd0ffb0-d365-4dae-99ff-8dae17390001","ownerName":"host",)"
             R"("messageQueueUrl":"https://queue/message","messageQueueAccessToken":"queue-token",)"
             R"("statistics":{"totalAssignedJobs":)" +
                 std::to_string(assigned) + R"(,"totalRunningJobs":)" + std::to_string(running) +
                 "}}");
  }
  HttpResponse jit(HttpRequest const& request) {
    auto const begin = request.body.find(R"("name":")") + 8;
    auto const runner = request.body.substr(begin, request.body.find('"', begin) - begin);
    done.push_back("JIT " + runner);
    if (jit_answer) return *jit_answer;
    return make_response(200, R"({"encodedJITConfig":"ZXk=","runner":{"id":)" +
                                  std::to_string(++last_runner_) + R"(,"name":")" + runner +
                                  R"("}})");
  }
  HttpResponse version(std::string const& asked) {
    ++versions_asked;
    if (version_answer) return *version_answer;
    if (version_ends.empty()) return make_response(404, R"({"message":"Not Found"})");
    return make_response(200, R"({"runner_version":")" + asked +
                                  R"(","registration_deprecates_at":null,)" +
                                  R"("runtime_deprecates_at":")" + version_ends + R"("})");
  }
  HttpResponse agent(HttpRequest const& request) {
    if (request.method != HttpMethod::del) return registration;
    done.push_back("remove " + last_part(request.url));
    return removal;
  }
  std::string set_text(std::string const& more = "") const {
    return R"({"id":5,"name":")" + name + R"(","labels":[{"name":")" + name +
           R"("}],"runnerGroupId":1,"RunnerSetting":{"disableUpdate":true})" + more + "}";
  }
  HttpResponse scale_set_with_statistics() const {
    return make_response(
        200, set_text(R"(,"statistics":{"totalAvailableJobs":)" + std::to_string(available) +
                      R"(,"totalAssignedJobs":)" + std::to_string(assigned) + "}"));
  }
  HttpResponse scale_set(HttpRequest const& request) {
    std::string const set = set_text();
    if (request.method == HttpMethod::get)
      return make_response(200, R"({"count":)" + std::string(exists ? "1" : "0") + R"(,"value":[)" +
                                    (exists ? set : "") + "]}");
    done.push_back(std::string(to_string(request.method)) + " scale set");
    if (request.method == HttpMethod::del) return deletion;
    exists = true;
    if (std::exchange(loses_answer, false)) return make_response(502);
    return make_response(200, set);
  }

  int last_runner_ = 100;
};

/// Holds a poll that has no message for as long as the service does.
class HeldPolls final : public HttpTransport {
 public:
  explicit HeldPolls(scaleset::testing::FakeTransport::Handler handler)
      : service_(std::move(handler)) {}
  Task<HttpResponse> send(HttpRequest request) override {
    auto answer = co_await service_.send(std::move(request));
    if (!answer || answer->status != 202) co_return answer;
    bool const held = co_await async::sleep_for(50s);
    if (held) co_return answer;
    co_return fail(ErrorCode::cancelled, "the poll was cancelled");
  }

 private:
  scaleset::testing::FakeTransport service_;
};

/// A journal whose disk can be full.
class FragileBook final : public Book {
 public:
  explicit FragileBook(JournalWriter& writer) : writer_(writer) {}
  boost::asio::awaitable<Result<SetRecord>> open(SetPlace place) override {
    opened.push_back(place.owner.url);
    auto const time = slow.find(place.owner.url);
    if (time != slow.end()) {
      co_await async::sleep_for(time->second);
    }
    auto const bad = unreadable.find(place.owner.url);
    if (bad != unreadable.end()) co_return std::unexpected(bad->second);
    if (broken) co_return fail(ErrorCode::io, "the disk is full");
    co_return co_await writer_.open(std::move(place));
  }
  boost::asio::awaitable<void> close(store::ScaleSetKey set) override {
    ++closes;
    co_await writer_.close(set);
  }
  boost::asio::awaitable<Result<void>> commit(store::ScaleSetKey set,
                                              std::vector<store::Change> changes) override {
    bool const has_runner = std::ranges::any_of(changes, [](store::Change const& change) {
      return std::holds_alternative<store::PutRunner>(change);
    });
    bool const fits = !broken && !(takes_no_runners && has_runner);
    if (!fits) ++failures;
    if (!fits) co_return fail(ErrorCode::io, "the disk is full");
    co_return co_await writer_.commit(set, std::move(changes));
  }
  std::map<std::string, Error> unreadable;                // by URLs of owners: what open() returns
  std::map<std::string, std::chrono::milliseconds> slow;  // the same: how long open() takes
  std::vector<std::string> opened;                        // URLs of owners
  int closes = 0;
  bool broken = false;
  bool takes_no_runners = false;  // their rows are larger than the others
  int failures = 0;

 private:
  JournalWriter& writer_;
};

/// A house in virtual time, with one or more scale sets, a pretend machine and pretend services.
/// The owner of each scale set is "https://github.com/NAME", whose service is `services[NAME]`.
class HouseTest : public base::testing::CoroutineTest {
 protected:
  ~HouseTest() override {
    if (house) stop();
    spawn(machine.finish());
    time.advance(0s);
  }

  SetSettings settings(std::string const& org) const {
    SetSettings made;
    made.url = "https://github.com/" + org;
    made.name = "set";
    return made;
  }
  /// As with flags: whatever keeps it from being served ends it.
  SetSettings waited_for(std::string const& org) const {
    SetSettings made = settings(org);
    made.end_if_refused_at_first = true;
    return made;
  }
  base::OwnerKey owner(std::string const& org) const { return owner_of(settings(org)).value(); }

  void make(std::vector<SetSettings> sets) {
    HousePorts ports;
    ports.book = &book;
    ports.hooks.log = log;
    ports.hooks.clock = time.clock();
    ports.hooks.random = random;
    ports.stays = stays;
    ports.budgets = budgets;
    ports.left = left;
    ports.get_ready = [this](std::shared_ptr<Access const>) { return get_ready(); };
    ports.make_ports = [this](SetSettings const& set, base::OwnerKey const& key, SetRecord const&) {
      return make_ports(set, key);
    };
    house = std::make_unique<House>(context.get_executor(), std::move(sets), std::move(ports));
    ended.reset();
  }
  /// Runs it as far as it gets without time.
  void begin() {
    spawn(run());
    time.advance(0s);
  }
  void start(std::vector<SetSettings> sets) {
    make(std::move(sets));
    begin();
  }
  /// As SIGTERM does. Nothing may be left that runs.
  void stop() {
    house->detach("the test has ended");
    for (int i = 0; i < 100 && !ended; ++i) time.advance(1s);
    EXPECT_TRUE(ended) << "the house does not end";
    if (ended) house.reset();
  }

  SetSnapshot snapshot(std::size_t number = 0) const {
    auto const all = house->snapshot();
    return number < all.sets.size() ? all.sets[number] : SetSnapshot();
  }
  bool logged(std::string const& part) const {
    return std::ranges::any_of(log->lines(), [&](std::string const& line) {
      return line.find(part) != std::string::npos;
    });
  }
  SetRecord record(std::string const& org) { return writer.open_set(owner(org)).value(); }
  /// Writes into the journal what an earlier process would have.
  void write(std::vector<store::Change> changes) {
    spawn(write_all(std::move(changes)));
    time.advance(0s);
  }
  std::vector<std::string> instances() const {
    std::vector<std::string> names;
    for (auto const* instance : machine.instances()) names.push_back(instance->name());
    return names;
  }

  async::VirtualTime time{context};  // before anything that waits
  std::shared_ptr<scaleset::testing::RecordingLogSink> log =
      std::make_shared<scaleset::testing::RecordingLogSink>();
  std::shared_ptr<RandomSource> random = std::make_shared<SteppingRandom>();
  base::TemporaryDirectory folder;
  JournalWriter writer{context.get_executor(), context.get_executor(),
                       store::Journal::open(folder.path() / "journal").value(),
                       base::Logger(log, "daemon")};
  FragileBook book{writer};
  /// Runners register and then wait to be stopped.
  backends::PretendWorld machine{context.get_executor(), random, &wait_for_jobs};
  std::map<std::string, PretendService> services;  // by the organization's name
  std::map<std::string, Error> bad_ports;          // of organizations: what make_ports() returns
  std::map<std::string, Error> bad_backends;       // of organizations: what make_backend() returns
  std::set<std::string> throwing_ports;            // organizations whose make_ports() throws
  std::set<std::string> throwing_backends;         // organizations whose make_backend() throws
  bool stays = false;                              // see HousePorts
  BudgetDesk::Budgets budgets;                     // see HousePorts
  SetsByOwner left;                                // see HousePorts
  std::shared_ptr<Currency> currency = std::make_shared<Currency>();
  std::shared_ptr<StartDoor> starts;  // of all; null: JIT calls never wait
  bool no_token = false;
  std::optional<Error> not_ready;  // see HousePorts::get_ready
  int ports_made = 0;
  std::unique_ptr<House> house;
  std::optional<Result<void>> ended;

 private:
  static std::string organization(std::string const& url) { return url.substr(url.rfind('/') + 1); }

  // NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): outlives its program
  static boost::asio::awaitable<void> wait_for_jobs(backends::PretendInstance& instance) {
    instance.registered();
    bool const waited = co_await async::sleep_for(std::chrono::hours(10000));
    static_cast<void>(waited);
  }
  Task<void> get_ready() {
    if (not_ready) co_return std::unexpected(*not_ready);
    co_return Result<void>();
  }
  boost::asio::awaitable<void> run() {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    auto result = co_await house->run();
    ended.emplace(std::move(result));
  }
  boost::asio::awaitable<void> write_all(std::vector<store::Change> changes) {
    auto const written = co_await writer.commit(store::ScaleSetKey{}, std::move(changes));
    EXPECT_TRUE(written);
  }
  Result<SetPorts> make_ports(SetSettings const& set, base::OwnerKey const& key) {
    ++ports_made;
    auto const org = organization(set.url);
    if (auto const bad = bad_ports.find(org); bad != bad_ports.end())
      return std::unexpected(bad->second);
    if (throwing_ports.contains(org)) throw std::runtime_error("too many open files");
    auto transport = std::make_shared<HeldPolls>(
        [this, org](HttpRequest const& request) -> Result<HttpResponse> {
          // Where a token command or a file fails, no request is made: the call ends like this.
          if (no_token) return fail(ErrorCode::io, "the vault is sealed");
          return services[org].handle(request);
        });
    Hooks hooks;
    hooks.clock = time.clock();
    hooks.random = random;
    auto client =
        pretend_client(context.get_executor(), set.url, std::move(transport), std::move(hooks), 0);
    if (!client) return std::unexpected(client.error());
    SetPorts ports;
    ports.client = *std::move(client);
    ports.starts = starts;
    ports.currency = currency;
    ports.make_backend =
        [this, org,
         key](backends::InstanceObserver observer) -> Result<std::unique_ptr<backends::Backend>> {
      if (auto const bad = bad_backends.find(org); bad != bad_backends.end())
        return std::unexpected(bad->second);
      if (throwing_backends.contains(org)) throw std::runtime_error("no memory");
      return std::make_unique<backends::PretendBackend>(key, std::move(observer), machine);
    };
    return ports;
  }
};

}  // namespace scaleset::daemon::testing
