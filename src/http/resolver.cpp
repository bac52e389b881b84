#include "http/resolver.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "base/guard.hpp"
#include "base/loop_timer.hpp"
#include "base/resource_limit.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::http {
namespace {

std::string text_of(sockaddr const& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  void const* const bytes =
      address.sa_family == AF_INET6
          ? static_cast<void const*>(&reinterpret_cast<sockaddr_in6 const&>(address).sin6_addr)
          : static_cast<void const*>(&reinterpret_cast<sockaddr_in const&>(address).sin_addr);
  ::inet_ntop(address.sa_family, bytes, text.data(), text.size());
  return text.data();
}

}  // namespace

Result<Addresses> look_up_host(std::string const& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;  // otherwise each address comes once for each kind of socket
  addrinfo* list = nullptr;
  int const problem = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (problem != 0)
    return fail(ErrorCode::network,
                problem == EAI_SYSTEM ? base::system_error_text(errno) : ::gai_strerror(problem));
  Addresses addresses;
  for (addrinfo const* one = list; one != nullptr; one = one->ai_next) {
    if (one->ai_family != AF_INET && one->ai_family != AF_INET6) continue;
    addresses.push_back(text_of(*one->ai_addr));
  }
  ::freeaddrinfo(list);
  if (addresses.empty()) return fail(ErrorCode::network, "it has no address");
  return addresses;
}

/// What threads that look names up leave their answers with. It outlives the Resolver, because
/// nobody waits for them.
struct Resolver::Mailbox {
  explicit Mailbox(LookUp function) : look_up(std::move(function)) {}
  LookUp look_up;
  std::mutex mutex;              // between the loop's thread and those that look names up
  Resolver* resolver = nullptr;  // null: gone

  /// Posts under the mutex, so that neither the Resolver nor its loop goes meanwhile.
  static void deliver(std::shared_ptr<Mailbox> const& self, std::string host,
                      Result<Addresses> answer) {
    std::scoped_lock const lock(self->mutex);
    if (self->resolver == nullptr) return;
    boost::asio::post(self->resolver->executor_,
                      [self, host = std::move(host), answer = std::move(answer)]() mutable {
                        // On the loop's thread, where alone the Resolver can go.
                        if (self->resolver != nullptr)
                          self->resolver->answered(host, std::move(answer));
                      });
  }
};

Resolver::Resolver(boost::asio::any_io_executor executor, LookUp look_up)
    : executor_(std::move(executor)), mailbox_(std::make_shared<Mailbox>(std::move(look_up))) {
  mailbox_->resolver = this;
}

Resolver::~Resolver() {
  std::scoped_lock const lock(mailbox_->mutex);
  mailbox_->resolver = nullptr;
}

Task<Addresses> Resolver::find(std::string host, std::chrono::milliseconds longest,
                               std::function<bool()> given_up) {
  auto const question = ask(host);
  auto const until = base::loop_now(executor_).steady + longest;
  while (!question->answer) {
    auto const left = until - base::loop_now(executor_).steady;
    if (left <= left.zero()) co_return fail(ErrorCode::timeout, "no answer in time");
    bool const waited = co_await question->changed.wait_for(left);
    if (question->answer) break;
    if (!waited || given_up()) co_return fail(ErrorCode::cancelled, "cancelled");
  }
  co_return *question->answer;
}

void Resolver::wake_all() {
  for (auto const& [host, question] : open_) question->changed.notify_all();
}

std::shared_ptr<Resolver::Question> Resolver::ask(std::string const& host) {
  if (auto known = cache_.find(host, base::loop_now(executor_).steady)) {
    auto answered = std::make_shared<Question>();
    answered->answer = std::move(known);
    return answered;
  }
  auto& question = open_[host];
  if (question) return question;
  question = std::make_shared<Question>();
  waiting_.push_back(host);
  begin_next();
  return question;
}

void Resolver::begin_next() {
  if (running_ || waiting_.empty()) return;
  running_ = true;
  std::string const host = std::move(waiting_.front());
  waiting_.pop_front();
  try {
    // One that is never waited for: the C library cannot be interrupted, and the end of this
    // process must not take as long as a name server that does not answer.
    std::thread([mailbox = mailbox_, host] {
      auto answer = base::guarded(ErrorCode::network, "looking up a host name",
                                  [&] { return mailbox->look_up(host); });
      Mailbox::deliver(mailbox, host, std::move(answer));
    }).detach();
  } catch (std::system_error const& error) {
    Mailbox::deliver(mailbox_, host,
                     fail(ErrorCode::network, base::system_error_text(error.code().value())));
  }
}

void Resolver::answered(std::string const& host, Result<Addresses> answer) {
  running_ = false;
  auto const question = open_.extract(host).mapped();
  question->answer = cache_.learn(host, std::move(answer), base::loop_now(executor_).steady);
  question->changed.notify_all();
  begin_next();
}

}  // namespace scaleset::http
