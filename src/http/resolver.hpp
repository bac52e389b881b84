#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/condition.hpp"
#include "http/name_cache.hpp"
#include "scaleset/async/transport.hpp"

namespace scaleset::http {

/// Looks a host name up as the C library does, which can take half a minute. Errors: network, with
/// the reason alone as its text.
[[nodiscard]] Result<Addresses> look_up_host(std::string const& host);

/// Finds the addresses of hosts for all transports of a process (ADR 54). libcurl would use a
/// thread for each look-up, so that a thousand scale sets that connect again at the same moment
/// made a thousand threads. Here those that ask for the same host share one look-up, one host is
/// looked up at a time, and answers are kept (NameCache). Used on the executor's thread.
class Resolver {
 public:
  using LookUp = std::function<Result<Addresses>(std::string const& host)>;
  /// `look_up` is called on other threads, and may still run when the Resolver is gone.
  explicit Resolver(boost::asio::any_io_executor executor, LookUp look_up = &look_up_host);
  Resolver(Resolver const&) = delete;
  Resolver& operator=(Resolver const&) = delete;
  /// Waits for no look-up. No find() may be under way.
  ~Resolver();

  /// Errors: those of the look-up; timeout; cancelled, also if `given_up` returns true after
  /// wake_all().
  Task<Addresses> find(std::string host, std::chrono::milliseconds longest,
                       std::function<bool()> given_up);
  /// Has everybody who waits see whether they still want to.
  void wake_all();

 private:
  struct Question {
    Question() = default;
    std::optional<Result<Addresses>> answer;
    base::Condition changed;
  };
  struct Mailbox;

  std::shared_ptr<Question> ask(std::string const& host);
  void begin_next();
  void answered(std::string const& host, Result<Addresses> answer);

  boost::asio::any_io_executor executor_;
  NameCache cache_;
  std::map<std::string, std::shared_ptr<Question>> open_;  // not answered yet
  std::deque<std::string> waiting_;                        // of those, the ones to be begun
  bool running_ = false;                                   // a look-up
  std::shared_ptr<Mailbox> mailbox_;                       // shared with the threads
};

}  // namespace scaleset::http
