#include "backends/docker/testing/fake_engine.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>

#include "scaleset/async/timer.hpp"

namespace scaleset::backends::docker {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

std::string response(int status, std::string const& body) {
  return "HTTP/1.1 " + std::to_string(status) +
         " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
std::string refused(int status, std::string const& why) {
  return response(status, R"({"message":")" + why + R"("})");
}

std::string frame(std::string const& text) {
  std::string head("\x01\0\0\0\0\0\0\0", 8);
  head[6] = static_cast<char>(text.size() / 256);
  head[7] = static_cast<char>(text.size() % 256);
  return head + text;
}

std::string segment(std::string const& path, std::size_t number) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i < number && begin != std::string::npos; ++i)
    begin = path.find('/', begin + 1);
  if (begin == std::string::npos) return {};
  std::size_t const end = path.find('/', begin + 1);
  return path.substr(begin + 1, end == std::string::npos ? end : end - begin - 1);
}

}  // namespace

FakeEngine::FakeEngine(asio::io_context& loop) : loop_(loop), scope_(loop.get_executor()) {
  begin();
}

FakeEngine::~FakeEngine() {
  stop_alone();
  scope_.request_stop();
  changed_.notify_all();
  bool over = false;
  asio::co_spawn(loop_, scope_.join(), [&](std::exception_ptr) { over = true; });
  while (!over) {
    loop_.restart();
    loop_.run_one();
  }
}

http::ServerAddress FakeEngine::address() const {
  http::ServerAddress address;
  address.socket = (folder_.path() / "s").string();
  return address;
}

void FakeEngine::begin() {
  std::filesystem::remove(folder_.path() / "s");
  acceptor_.emplace(loop_, address().socket);
  scope_.spawn(accept());
}

void FakeEngine::close_all() {
  acceptor_.reset();
  error_code ignored;
  for (Socket& socket : sockets_) socket.close(ignored);
  changed_.notify_all();
}

void FakeEngine::stop_alone() { close_all(); }

void FakeEngine::stop() {
  close_all();
  for (auto& [name, one] : containers)
    if (one.phase == "running") end(name, 137);
}

void FakeEngine::print(std::string const& name, std::string const& text) {
  at(name).output += text;
  changed_.notify_all();
}

void FakeEngine::end(std::string const& name, int code) {
  at(name).phase = "exited";
  at(name).code = code;
  at(name).programs.clear();
  changed_.notify_all();
}

void FakeEngine::vanish(std::string const& name) {
  containers.erase(name);
  changed_.notify_all();
}

int FakeEngine::calls(std::string const& kind) const {
  auto const found = calls_.find(kind);
  return found == calls_.end() ? 0 : found->second;
}

FakeContainer* FakeEngine::find(std::string const& id_or_name) {
  for (auto& [name, one] : containers)
    if (one.id == id_or_name || name == id_or_name) return &one;
  return nullptr;
}

asio::awaitable<void> FakeEngine::accept() {
  while (acceptor_) {
    Socket socket(loop_);
    error_code error;
    co_await acceptor_->async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    sockets_.push_back(std::move(socket));
    scope_.spawn(serve(std::prev(sockets_.end())));
  }
}

asio::awaitable<void> FakeEngine::serve(std::list<Socket>::iterator socket) {
  auto request = co_await read(&*socket);
  if (request) {
    co_await answer(&*socket, std::move(*request));
  }
  sockets_.erase(socket);
}

asio::awaitable<std::optional<FakeEngine::Request>> FakeEngine::read(Socket* socket) {
  std::string text;
  error_code error;
  auto buffer = asio::dynamic_buffer(text);
  std::size_t const head = co_await asio::async_read_until(
      *socket, buffer, "\r\n\r\n", asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return std::nullopt;
  constexpr std::string_view kLength = "Content-Length: ";
  std::size_t const at = text.find(kLength);
  std::size_t const size = at < head ? std::stoul(text.substr(at + kLength.size())) : 0;
  std::size_t const missing = head + size > text.size() ? head + size - text.size() : 0;
  co_await asio::async_read(*socket, buffer, asio::transfer_exactly(missing),
                            asio::redirect_error(asio::use_awaitable, error));
  Request request;
  request.method = text.substr(0, text.find(' '));
  std::string target = text.substr(request.method.size() + 1);
  target.erase(target.find(' '));
  if (target.starts_with("/v1.")) target.erase(0, target.find('/', 1));
  std::size_t const question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string::npos) request.query = target.substr(question + 1);
  request.body = text.substr(head, size);
  co_return request;
}

std::string FakeEngine::kind_of(Request const& request) {
  std::string first = segment(request.path, 0);
  std::string const second = segment(request.path, 1);
  if (first == "images") return second == "create" ? "pull" : "image";
  if (first == "networks") return second == "create" ? "network" : "networks";
  if (first != "containers") return first;
  if (second == "create") return "create";
  if (second == "json") return "list";
  if (request.method == "DELETE") return "remove";
  std::string const third = segment(request.path, 2);
  return third == "json" ? "inspect" : third;
}

asio::awaitable<void> FakeEngine::answer(Socket* socket, Request request) {
  std::string const kind = kind_of(request);
  ++calls_[kind];
  std::optional<Fault> fault;
  auto const found = faults.find(kind);
  if (found != faults.end()) fault = found->second;
  if (fault) faults.erase(found);
  if (fault == Fault::refuse) {
    co_await send(socket, refused(refusal_status, refusal));
    co_return;
  }
  std::string const id = segment(request.path, 1);
  bool const known = find(id) != nullptr;
  if (kind == "wait" && known) {
    co_await await_end(id);
  }
  std::string const text = act(kind, request);
  if (fault == Fault::lose) co_return;
  while (fault == Fault::hang && socket->is_open()) {
    bool const waited = co_await changed_.wait();
    if (!waited) co_return;
  }
  co_await send(socket, text);
  if (kind == "pull") {
    co_await send_progress(socket);
  }
  if (kind == "attach" && known) {
    co_await take_input(socket, id);
  }
  if (kind == "logs" && known) {
    co_await send_output(socket, id);
  }
}

asio::awaitable<void> FakeEngine::send(Socket* socket, std::string text) {
  error_code error;
  co_await asio::async_write(*socket, asio::buffer(text),
                             asio::redirect_error(asio::use_awaitable, error));
}

asio::awaitable<void> FakeEngine::take_input(Socket* socket, std::string id) {
  std::array<char, 4096> room{};
  error_code error;
  while (!error) {
    std::size_t const count = co_await socket->async_read_some(
        asio::buffer(room), asio::redirect_error(asio::use_awaitable, error));
    FakeContainer* const one = find(id);
    if (one == nullptr) co_return;
    one->input.append(room.data(), count);
    bool const is_whole = count > 0 && one->input.ends_with('\n');
    if (!is_whole || one->phase != "running") continue;
    one->programs = {"/sbin/docker-init -- /bin/sh", "./bin/Runner.Listener run"};
    if (on_input) on_input(*one);
  }
}

asio::awaitable<void> FakeEngine::send_output(Socket* socket, std::string id) {
  std::size_t sent = 0;
  while (socket->is_open()) {
    FakeContainer const* const one = find(id);
    if (one == nullptr) co_return;
    if (sent < one->output.size()) {
      std::string const text = frame(one->output.substr(sent));
      sent = one->output.size();
      co_await send(socket, text);
      continue;
    }
    if (one->phase == "exited") co_return;
    bool const waited = co_await changed_.wait();
    if (!waited) co_return;
  }
}

asio::awaitable<void> FakeEngine::await_end(std::string id) {
  for (;;) {
    FakeContainer const* const one = find(id);
    if (one == nullptr || one->phase == "exited") co_return;
    bool const waited = co_await changed_.wait();
    if (!waited || !acceptor_) co_return;
  }
}

asio::awaitable<void> FakeEngine::send_progress(Socket* socket) {
  constexpr int kBytes = 1000000;  // in a minute
  auto const total = std::to_string(kBytes * pull_takes.count());
  for (int minute = 1; minute <= pull_takes.count(); ++minute) {
    bool const waited = co_await async::sleep_for(std::chrono::minutes(1));
    if (!waited) co_return;
    co_await send(socket, R"({"status":"Downloading","progressDetail":{"current":)" +
                              std::to_string(kBytes * minute) + R"(,"total":)" + total +
                              R"(},"id":"a1b2c3d4e5f6"})" + "\r\n");
  }
  images.insert("docker.io/library/runner:1");
}

std::string FakeEngine::act(std::string const& kind, Request const& request) {
  if (kind == "version")
    return response(200, R"({"Version":"20.10.24","ApiVersion":"1.41","Os":"linux",)"
                         R"("Arch":"amd64"})");
  if (kind == "networks") {
    std::string all;
    for (std::string const& name : networks)
      all += std::string(all.empty() ? "" : ",") + R"({"Id":"n","Name":")" + name + R"("})";
    return response(200, "[" + all + "]");
  }
  if (kind == "network") {
    std::size_t const begin = request.body.find(R"("Name":")") + 8;
    networks.insert(request.body.substr(begin, request.body.find('"', begin) - begin));
    return response(201, R"({"Id":"n"})");
  }
  if (kind == "pull")
    return "HTTP/1.1 200 OK\r\n\r\n{\"status\":\"Pulling from library/runner\"}\r\n";
  if (kind == "image") {
    std::string const name = request.path.substr(8, request.path.rfind('/') - 8);
    if (!images.contains(name)) return refused(404, "No such image: " + name);
    return response(200, R"({"Id":"sha256:1","Os":"linux","Architecture":"amd64"})");
  }
  if (kind == "create") return create(request);
  if (kind == "list") {
    std::string all;
    for (auto const& [name, one] : containers)
      if (!one.labels.empty())
        all += std::string(all.empty() ? "" : ",") + R"({"Id":")" + one.id + R"(","Names":["/)" +
               name + R"("],"State":")" + one.phase + R"(","Labels":)" + one.labels + "}";
    return response(200, "[" + all + "]");
  }
  return act_on(kind, request);
}

std::string FakeEngine::create(Request const& request) {
  std::string const name = request.query.substr(request.query.find('=') + 1);
  if (containers.contains(name))
    return refused(409, "Conflict. The container name is already in use by container x");
  FakeContainer one;
  one.id = "00000000000000" + std::to_string(next_id_++);
  one.name = name;
  // None of our labels has a brace in it.
  std::size_t const begin = request.body.find(R"("Labels":)") + 9;
  one.labels = request.body.substr(begin, request.body.find('}', begin) + 1 - begin);
  containers.emplace(name, one);
  return response(201, R"({"Id":")" + one.id + R"("})");
}

std::string FakeEngine::act_on(std::string const& kind, Request const& request) {
  FakeContainer* const one = find(segment(request.path, 1));
  if (one == nullptr) return refused(404, "No such container");
  if (kind == "attach") return "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\n\r\n";
  if (kind == "logs") return "HTTP/1.1 200 OK\r\n\r\n";
  if (kind == "wait") return response(200, R"({"StatusCode":)" + std::to_string(one->code) + "}");
  if (kind == "start") {
    one->phase = "running";
    one->programs = {"/sbin/docker-init -- /bin/sh", "timeout 60 head -n 1"};
    return response(204, "");
  }
  if (kind == "kill") {
    if (one->phase != "running") return refused(409, "it is not running");
    one->signals.push_back(request.query.substr(request.query.find('=') + 1));
    if (one->signals.back() == "SIGKILL") {
      end(one->name, 137);
    } else if (on_signal) {
      on_signal(*one);
    }
    return response(204, "");
  }
  if (kind == "remove") {
    vanish(one->name);
    return response(204, "");
  }
  if (kind == "top") {
    std::string all;
    for (std::string const& line : one->programs)
      all += std::string(all.empty() ? "" : ",") + R"([")" + line + R"("])";
    return response(200, R"({"Titles":["CMD"],"Processes":[)" + all + "]}");
  }
  return response(200, R"({"Id":")" + one->id + R"(","Name":"/)" + one->name +
                           R"(","Config":{"Labels":)" + (one->labels.empty() ? "{}" : one->labels) +
                           R"(},"State":{"Status":")" + one->phase + R"(","ExitCode":)" +
                           std::to_string(one->code) + R"(,"OOMKilled":)" +
                           (one->out_of_memory ? "true" : "false") + "}}");
}

}  // namespace scaleset::backends::docker
