#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/book.hpp"
#include "scaleset/async/transport.hpp"
#include "scaleset/hooks.hpp"

/// How a daemon of the simulation dies as by kill -9: from one moment on nothing that it does
/// reaches the outside, and its coroutines unwind. What it did before stays.
namespace scaleset::simulation {

struct Mortality {
  bool dead = false;
  /// The daemon dies at the commit with this number, counted from its start; 0: at none. Odd
  /// numbers die before the commit, even ones right after it.
  std::int64_t dies_at_commit = 0;
  bool disk_full = false;  // no commit succeeds
  std::chrono::milliseconds commit_takes{0};
  std::int64_t commits = 0;
  std::int64_t written = 0;          // of these
  std::map<std::string, bool> rows;  // the runners in the journal: whether it has their ids
  bool ours = false;                 // whether the journal says that the scale set is ours
  bool noted_foreign = false;        // whether it ever said that one is not
};

class MortalTransport final : public HttpTransport {
 public:
  MortalTransport(std::shared_ptr<HttpTransport> transport, std::shared_ptr<Mortality> mortality,
                  std::function<void(HttpRequest const&)> watch,
                  std::function<void(HttpResponse const&)> watch_answer,
                  std::function<bool()> is_revoked)
      : transport_(std::move(transport)),
        mortality_(std::move(mortality)),
        watch_(std::move(watch)),
        watch_answer_(std::move(watch_answer)),
        is_revoked_(std::move(is_revoked)) {}

  Task<HttpResponse> send(HttpRequest request) override;

 private:
  std::shared_ptr<HttpTransport> transport_;
  std::shared_ptr<Mortality> mortality_;
  std::function<void(HttpRequest const&)> watch_;
  std::function<void(HttpResponse const&)> watch_answer_;
  std::function<bool()> is_revoked_;  // whether the service refuses the credential
};

class MortalBook final : public daemon::Book {
 public:
  MortalBook(daemon::Book& book, std::shared_ptr<Mortality> mortality)
      : book_(book), mortality_(std::move(mortality)) {}

  boost::asio::awaitable<Result<daemon::SetRecord>> open(daemon::SetPlace place) override;
  boost::asio::awaitable<Result<void>> commit(store::ScaleSetKey set,
                                              std::vector<store::Change> changes) override;
  boost::asio::awaitable<void> close(store::ScaleSetKey set) override { return book_.close(set); }

 private:
  void note(std::vector<store::Change> const& written);

  daemon::Book& book_;
  std::shared_ptr<Mortality> mortality_;
};

}  // namespace scaleset::simulation
