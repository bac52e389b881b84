#include "simulator/runner/runner_dir.hpp"

#include <string>
#include <system_error>

#include "base/files.hpp"
#include "simulator/runner/runner_scripts.hpp"

namespace scaleset::simulator {
namespace {

namespace fs = std::filesystem;

Result<void> write_script(fs::path const& path, std::string const& text) {
  // Renamed when it is executable: a runner that starts meanwhile never finds a script that it may
  // not run.
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
  return base::read_file(dir / "bin" / "Runner.Listener")
      .value_or("")
      .contains(pretend::kScriptMark);
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
  Result<void> written = write_script(dir / "run-helper.sh", pretend::helper_script());
  if (written) written = write_script(dir / "run.sh", pretend::run_script());
  if (!written) return written;
  return write_script(dir / "bin" / "Runner.Listener",
                      pretend::listener_script(fs::absolute(scaleset_binary).string()));
}

}  // namespace scaleset::simulator
