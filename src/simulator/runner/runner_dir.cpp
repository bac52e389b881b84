#include "simulator/runner/runner_dir.hpp"

#include <string>
#include <system_error>

#include "base/files.hpp"

namespace scaleset::simulator {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kMark = "# The pretend runner of `scaleset simulate`.";

std::string quoted(std::string const& text) {
  std::string result = "'";
  for (char const c : text) {
    if (c == '\'') {
      result += "'\\''";
    } else {
      result += c;
    }
  }
  return result + "'";
}

std::string listener_script(fs::path const& scaleset_binary) {
  return "#!/bin/sh\n" + std::string(kMark) +
         "\nroot=$(cd \"$(dirname \"$0\")/..\" && pwd) || exit 1\nexec " +
         quoted(scaleset_binary.string()) + " simulate-runner --root \"$root\" \"$@\"\n";
}

std::string run_script() {
  return "#!/bin/sh\n" + std::string(kMark) +
         "\nexec \"$(dirname \"$0\")/bin/Runner.Listener\" run \"$@\"\n";
}

Result<void> write_script(fs::path const& path, std::string const& text) {
  fs::path const beside = path.string() + ".new";
  Result<void> written = base::write_file_atomically(beside, text);
  if (!written) return written;
  std::error_code error;
  fs::permissions(beside, static_cast<fs::perms>(0755), error);
  if (!error) fs::rename(beside, path, error);
  if (error) return fail(ErrorCode::io, "cannot write " + path.string() + ": " + error.message());
  return {};
}

bool is_ours(fs::path const& dir) {
  return base::read_file(dir / "bin" / "Runner.Listener").value_or("").contains(kMark);
}

}  // namespace

Result<void> write_runner_dir(fs::path dir, fs::path scaleset_binary) {
  std::error_code error;
  bool const free = !fs::exists(dir, error) || fs::is_empty(dir, error);
  if (!free && !is_ours(dir)) {
    return fail(
        ErrorCode::invalid_argument,
        dir.string() + " holds something else: name an empty folder or one that is not there");
  }
  fs::create_directories(dir / "bin", error);
  if (error) return fail(ErrorCode::io, "cannot create " + dir.string() + ": " + error.message());
  Result<void> written =
      write_script(dir / "bin" / "Runner.Listener", listener_script(fs::absolute(scaleset_binary)));
  if (!written) return written;
  return write_script(dir / "run.sh", run_script());
}

}  // namespace scaleset::simulator
