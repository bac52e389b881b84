#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/condition.hpp"
#include "base/files.hpp"
#include "http/byte_stream.hpp"
#include "scaleset/async/scope.hpp"

/// For tests only.
namespace scaleset::backends::docker {

/// A container of the FakeEngine. A test plays what is in it.
struct FakeContainer {
  std::string id;
  std::string name;
  std::string labels;  // JSON
  std::string phase = "created";
  std::string input;   // what it was given through its standard input
  std::string output;  // what it has printed
  std::vector<std::string> signals;
  std::vector<std::string> programs;  // their command lines
  int code = 0;
  bool out_of_memory = false;
};

/// An engine at a unix socket, as far as the backend uses one, on the loop of the test.
class FakeEngine {
 public:
  /// What happens to the next call of a kind.
  enum class Fault : std::uint8_t {
    refuse,  // it is answered with an error, and nothing is done
    lose,    // it is done, and its answer is lost
    hang,    // it is done, and never answered
  };

  explicit FakeEngine(boost::asio::io_context& loop);
  FakeEngine(FakeEngine const&) = delete;
  FakeEngine& operator=(FakeEngine const&) = delete;
  ~FakeEngine();

  [[nodiscard]] http::ServerAddress address() const;
  /// Ends, as by SIGKILL: all connections end. What runs is killed.
  void stop();
  /// The same with "live-restore": what runs goes on.
  void stop_alone();
  void begin();
  [[nodiscard]] bool is_up() const noexcept { return acceptor_.has_value(); }
  /// The container of that name. It must exist.
  FakeContainer& at(std::string const& name) { return containers.at(name); }
  void print(std::string const& name, std::string const& text);
  void end(std::string const& name, int code);
  /// Somebody removes it.
  void vanish(std::string const& name);
  [[nodiscard]] int calls(std::string const& kind) const;

  std::map<std::string, FakeContainer> containers;  // by name
  std::set<std::string> images;                     // "docker.io/library/runner:1"
  std::set<std::string> networks;
  /// By kind: "create", "attach", "start", "kill", "remove", "inspect", "list", "top", "wait",
  /// "logs", "version", "image", "pull", "networks", "network".
  std::map<std::string, Fault> faults;
  /// Called when a container has read its line, and when it gets a signal that does not kill it.
  std::function<void(FakeContainer& one)> on_input;
  std::function<void(FakeContainer& one)> on_signal;
  /// How long a pull takes; each minute it says how far it is.
  std::chrono::minutes pull_takes{0};
  std::string refusal = "it does not want to";
  int refusal_status = 500;

 private:
  using Socket = boost::asio::local::stream_protocol::socket;
  struct Request {
    std::string method;
    std::string path;  // without the version and the query
    std::string query;
    std::string body;
  };

  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> serve(std::list<Socket>::iterator socket);
  boost::asio::awaitable<std::optional<Request>> read(Socket* socket);
  boost::asio::awaitable<void> answer(Socket* socket, Request request);
  boost::asio::awaitable<void> send(Socket* socket, std::string text);
  boost::asio::awaitable<void> take_input(Socket* socket, std::string id);
  boost::asio::awaitable<void> send_output(Socket* socket, std::string id);
  boost::asio::awaitable<void> await_end(std::string id);
  boost::asio::awaitable<void> send_progress(Socket* socket);
  [[nodiscard]] static std::string kind_of(Request const& request);
  std::string act(std::string const& kind, Request const& request);
  std::string act_on(std::string const& kind, Request const& request);
  std::string create(Request const& request);
  FakeContainer* find(std::string const& id_or_name);
  void close_all();

  boost::asio::io_context& loop_;
  base::TemporaryDirectory folder_;
  std::optional<boost::asio::local::stream_protocol::acceptor> acceptor_;
  async::TaskScope scope_;
  std::list<Socket> sockets_;
  base::Condition changed_;
  std::map<std::string, int> calls_;
  int next_id_ = 1;
};

}  // namespace scaleset::backends::docker
