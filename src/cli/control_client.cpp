#include "cli/control_client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <cerrno>
#include <system_error>

#include "base/unique_fd.hpp"
#include "daemon/control_socket.hpp"

namespace scaleset::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kLongestAnswer = std::size_t{256} << 20U;

std::string joined(std::vector<fs::path> const& paths) {
  std::string text;
  for (auto const& path : paths) text += (text.empty() ? "" : ", ") + path.string();
  return text;
}

struct Sockets {
  std::vector<fs::path> found;
  std::vector<fs::path> closed;  // folders that may not be looked into
};

/// Also in the folders in it: a unit for each scale set has RuntimeDirectory=scaleset/%i.
void look_in(fs::path const& folder, bool deeper, Sockets& sockets) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code unknown;
    if (entry->path().extension() == ".sock" && entry->is_socket(unknown))
      sockets.found.push_back(entry->path());
    else if (deeper && entry->is_directory(unknown))
      look_in(entry->path(), false, sockets);
  }
  if (error == std::errc::permission_denied) sockets.closed.push_back(folder);
}

Sockets look_in_all(std::vector<fs::path> const& folders) {
  Sockets sockets;
  for (fs::path const& folder : folders) look_in(folder, true, sockets);
  // A folder of the list may be in another one of it.
  auto& found = sockets.found;
  std::ranges::sort(found);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return sockets;
}

std::unexpected<Error> none_found(std::vector<fs::path> const& folders,
                                  std::vector<fs::path> const& closed) {
  std::string text = "no autoscaler was found; it was looked for in " + joined(folders);
  if (!closed.empty())
    text += ", but this user may not look into " + joined(closed) +
            ": run this as root or as the user of the autoscaler";
  return fail(ErrorCode::not_found,
              text + ". If it runs, give its socket with --socket; its log names it");
}

std::unexpected<Error> broken(int error) {
  return fail(ErrorCode::io,
              "the connection to the autoscaler broke: " + std::generic_category().message(error));
}

/// Waits until the socket is ready. Errors: timeout.
Result<void> wait(int socket, short events, Clock::time_point until) {
  auto const left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
  pollfd watched{socket, events, 0};
  if (left.count() > 0 && ::poll(&watched, 1, static_cast<int>(left.count())) > 0) return {};
  return fail(ErrorCode::timeout, "the autoscaler does not answer; is its process stopped?");
}

Result<void> send_all(int socket, std::string_view line, Clock::time_point until) {
  while (!line.empty()) {
    auto const count = ::send(socket, line.data(), line.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      line.remove_prefix(static_cast<std::size_t>(count));
      continue;
    }
    if (errno != EAGAIN && errno != EINTR) return broken(errno);
    if (auto ready = wait(socket, POLLOUT, until); !ready) return ready;
  }
  return {};
}

Result<std::string> read_line(int socket, Clock::time_point until) {
  std::string line;
  std::array<char, 65536> part{};
  while (line.size() < kLongestAnswer) {
    auto const count = ::read(socket, part.data(), part.size());
    if (count > 0) {
      line.append(part.data(), static_cast<std::size_t>(count));
      if (line.ends_with('\n')) return line.substr(0, line.size() - 1);
      continue;
    }
    if (count == 0)
      return fail(ErrorCode::io, "the autoscaler gave no answer; it may have just ended");
    if (errno != EAGAIN && errno != EINTR) return broken(errno);
    if (auto ready = wait(socket, POLLIN, until); !ready) return std::unexpected(ready.error());
  }
  return fail(ErrorCode::malformed_response, "the autoscaler's answer is too long");
}

}  // namespace

std::vector<fs::path> socket_folders(Environment const& environment) {
  std::vector<fs::path> folders{daemon::runtime_folder(environment), "/run/scaleset"};
  fs::path const work = default_work_dir(environment);
  folders.push_back(work);
  folders.push_back(work.parent_path());
  std::vector<fs::path> found;
  for (fs::path& folder : folders) {
    if (!folder.empty() && std::ranges::find(found, folder) == found.end())
      found.push_back(std::move(folder));
  }
  return found;
}

std::vector<fs::path> sockets_in(std::vector<fs::path> const& folders) {
  return look_in_all(folders).found;
}

Result<fs::path> find_socket(std::vector<fs::path> const& folders, bool only_looks) {
  auto const [all, closed] = look_in_all(folders);
  std::vector<fs::path> found;
  std::vector<fs::path> dead;
  for (fs::path const& path : all) {
    auto const connected = daemon::connect_to(path);
    bool const is_dead = !connected && connected.error().code == ErrorCode::not_found;
    (is_dead ? dead : found).push_back(path);
  }
  if (found.size() == 1 && (only_looks || dead.empty())) return found.front();
  if (found.empty()) return none_found(folders, closed);
  std::string text = "there is more than one autoscaler";
  if (found.size() == 1)
    text = "one autoscaler runs, and another one has died (" + joined(dead) + ")";
  return fail(ErrorCode::ambiguous_result,
              text + "; choose one of its sockets with --socket: " + joined(found));
}

Result<boost::json::value> ask(fs::path const& socket, daemon::ControlRequest const& request,
                               std::chrono::milliseconds longest) {
  auto const until = Clock::now() + longest;
  auto const connection = daemon::connect_to(socket);
  if (!connection) return std::unexpected(connection.error());
  if (auto sent = send_all(connection->get(), daemon::line_of(request), until); !sent)
    return std::unexpected(sent.error());
  auto const line = read_line(connection->get(), until);
  if (!line) return std::unexpected(line.error());
  auto const result = daemon::parse_control_answer(*line);
  if (!result) return std::unexpected(result.error());
  return boost::json::parse(*result);
}

}  // namespace scaleset::cli
