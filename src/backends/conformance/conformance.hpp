#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.hpp"

/// What every backend must do, as a list of rules, each of which can be checked by itself (ADR 65).
/// Whoever writes a backend writes a Subject for it. No test framework is needed:
///
///     for (Rule const& rule : rules()) {
///       Verdict const verdict = check(rule, [] { return std::make_unique<MySubject>(); });
///       ...
///     }
namespace scaleset::backends::conformance {

/// What a runner of the suite does. It learns it from its JIT configuration, which consists of two
/// words: the behaviour and the name of the runner ("works r1").
enum class Behaviour : std::uint8_t {
  works,      // says that it listens; waits to be told that it has a job, says so, and a worker
              // does it; waits to be told that it is done, says so, and ends with exit code 0
  stubborn,   // as `works`, but does not end when it is asked to
  fails,      // ends at once with exit code 1
  crashes,    // ends at once by SIGSEGV
  refused,    // says that its version is deprecated, and ends with exit code 7
  hungry,     // takes memory until the system ends it
  talkative,  // as `works`, but before it listens it says kSecret, and after that kLastWords
};
[[nodiscard]] std::string_view to_string(Behaviour behaviour) noexcept;
/// What a runner waits for.
enum class JobStep : std::uint8_t { begin, end };
/// Looks like a secret, and is said in one line.
inline constexpr std::string_view kSecret =
    "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0";
inline constexpr std::string_view kLastWords = "these are its last words";

/// The programs bin/Runner.Listener and bin/Runner.Worker for places that have a POSIX shell,
/// `mkfifo` and `cat`. They are told by a line in the named pipes $CONFORMANCE_GATES/NAME.begin
/// and NAME.end, which they make before they say that they listen.
[[nodiscard]] std::string shell_listener();
[[nodiscard]] std::string shell_worker();
/// Writes a line into such a pipe. False if nobody reads from it yet.
[[nodiscard]] bool tell_by_pipe(std::string const& folder, std::string const& runner_name,
                                JobStep step);

/// What a rule wants to happen around the backend.
enum class Disturbance : std::uint8_t {
  start_refused,      // the next start is refused, and nothing runs
  start_answer_lost,  // the next start is done or half done, and its answer is lost
  list_hangs,         // the next list() is never answered
  prepare_is_long,    // what prepare() needs is not there yet, and takes 20 minutes to come
  away,               // the engine does not answer any more; what runs goes on
  back,               // it answers again
};

/// A backend with its surroundings, made anew for each rule. The loop has a virtual time, which the
/// suite moves (async::VirtualTime).
class Subject {
 public:
  virtual ~Subject() = default;
  /// A backend of that owner. One exists at a time; what runs outlives it. Null: it cannot be made.
  /// The loop is the suite's, or, in a process of its own that is killed, another one.
  virtual std::unique_ptr<Backend> make(boost::asio::io_context& loop, base::OwnerKey owner,
                                        InstanceObserver observer) = 0;
  /// What its runners are made of.
  virtual std::shared_ptr<Template const> what() = 0;
  /// Tells a runner that its job begins or ends. False: it does not wait for that yet.
  virtual bool tell(std::string const& runner_name, JobStep step) = 0;
  /// Only for rules that are no exceptions.
  virtual void disturb(Disturbance /*disturbance*/) {}
  /// Somebody else removes the instance.
  virtual void evict(std::string const& /*runner_name*/) {}
  /// How often something was fetched that a start needs.
  virtual int fetched() { return 0; }
  /// The rules that cannot hold here, by their names, with the reason.
  [[nodiscard]] virtual std::map<std::string, std::string> exceptions() const { return {}; }
};
using SubjectMaker = std::function<std::unique_ptr<Subject>(boost::asio::io_context& loop)>;

class Bench;
struct Rule {
  std::string_view name;  // as a sentence: "AStartIsIdempotentByName"
  void (*check)(Bench& bench);
};
[[nodiscard]] std::vector<Rule> const& rules();

struct Verdict {
  Verdict() = default;
  std::string exception;  // why the rule cannot hold here, and was not checked; empty: it was
  std::string broken;     // how it was broken; empty: it holds
};
/// Never throws because of the backend. Takes up to a minute if the backend does not answer.
[[nodiscard]] Verdict check(Rule const& rule, SubjectMaker const& maker);

}  // namespace scaleset::backends::conformance
