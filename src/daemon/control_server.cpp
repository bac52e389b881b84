#include "daemon/control_server.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <utility>

#include "base/loop_timer.hpp"
#include "daemon/control_conversation.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::daemon {
namespace {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;
/// No signal comes when its peer has gone, as it would for a stream_descriptor.
using Stream = asio::local::stream_protocol::socket;
using Step = ControlConversation::Step;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
/// While the process has no descriptors left.
constexpr std::chrono::seconds kUntilDescriptors{1};

asio::awaitable<void> read_some(Stream* client, ControlConversation* talk) {
  std::array<char, ControlConversation::kLongestRequest> bytes{};
  auto const room = asio::buffer(bytes.data(), talk->room());
  auto [error, count] = co_await client->async_read_some(room, kNoThrow);
  if (error) co_return talk->gave_up();
  talk->received(std::string_view(bytes.data(), count));
}

asio::awaitable<void> write_some(Stream* client, ControlConversation* talk) {
  auto const unsent = asio::buffer(talk->unsent());
  auto [error, count] = co_await client->async_write_some(unsent, kNoThrow);
  if (error) co_return talk->gave_up();
  talk->sent(count);
}

}  // namespace

ControlServer::ControlServer(asio::any_io_executor executor, ControlSocket socket, Handler handler,
                             std::shared_ptr<LogSink> log)
    : executor_(std::move(executor)),
      socket_(std::move(socket)),
      listening_(executor_, socket_.descriptor()),
      handler_(std::move(handler)),
      log_(log, "control"),
      tasks_(executor_, std::move(log)) {}

ControlServer::~ControlServer() { listening_.release(); }  // socket_ closes it

void ControlServer::start() { tasks_.spawn(accept()); }

asio::awaitable<void> ControlServer::stop() {
  tasks_.request_stop();
  co_await tasks_.join();
}

asio::awaitable<void> ControlServer::accept() {
  while (!tasks_.stop_requested()) {
    co_await wait_for_room();
    auto [error] = co_await listening_.async_wait(stream_descriptor::wait_read, kNoThrow);
    if (error || tasks_.stop_requested()) co_return;
    if (take_one()) continue;
    bool const slept = co_await async::sleep_for(kUntilDescriptors);
    if (!slept) co_return;
  }
}

asio::awaitable<void> ControlServer::wait_for_room() {
  while (clients_ >= kMostClients && !tasks_.stop_requested()) {
    bool const left = co_await left_.wait();
    if (!left) co_return;
  }
}

/// False if the system has no room for another one now.
bool ControlServer::take_one() {
  base::UniqueFd client(
      ::accept4(socket_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!client.valid()) return errno != EMFILE && errno != ENFILE && errno != ENOMEM;
  auto const user = peer_user(client.get());
  // The mode of the file keeps others away; this is for a file whose mode somebody has changed.
  if (user != ::geteuid() && user != uid_t{0}) {
    log_.warn("a connection of another user to the control socket was refused",
              {{"uid", user ? static_cast<std::int64_t>(*user) : -1}});
    return true;
  }
  ++clients_;
  tasks_.spawn(serve(std::move(client)));
  return true;
}

asio::awaitable<void> ControlServer::serve(base::UniqueFd client) {
  // Also if the handler throws, which TaskScope then reports.
  struct Leaving {
    explicit Leaving(ControlServer* one) : server(one) {}
    Leaving(Leaving const&) = delete;
    Leaving& operator=(Leaving const&) = delete;
    ~Leaving() {
      --server->clients_;
      server->left_.notify_all();
    }
    ControlServer* server;
  };
  Leaving const leaving(this);
  co_await talk(std::move(client));
}

asio::awaitable<void> ControlServer::talk(base::UniqueFd client) {
  ControlConversation talk;
  Stream stream(executor_, asio::local::stream_protocol(), client.release());
  base::LoopTimer deadline(executor_);
  auto const give_up = [&stream] { stream.cancel(); };
  deadline.expires_after(kToAsk);
  deadline.on_expiry(give_up);
  while (talk.step() == Step::read) {
    co_await read_some(&stream, &talk);
  }
  deadline.cancel();
  if (talk.step() == Step::ask) {
    std::string answer = co_await handler_(talk.request());
    talk.answered(std::move(answer));
  }
  while (talk.step() == Step::write) {
    deadline.expires_after(kToTakeSome);
    deadline.on_expiry(give_up);
    co_await write_some(&stream, &talk);
  }
  if (talk.step() != Step::drop) co_return;
  deadline.expires_after(kToAsk);
  deadline.on_expiry(give_up);
  while (talk.step() == Step::drop) {
    co_await read_some(&stream, &talk);
  }
}

}  // namespace scaleset::daemon
