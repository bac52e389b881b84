#include "daemon/secret_watch.hpp"

#include <sys/stat.h>

#include <chrono>
#include <utility>

#include "base/regular_file.hpp"
#include "daemon/house.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::daemon {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kBetweenLooks{1};
constexpr std::chrono::seconds kLongestLook{10};

std::optional<FileStamp> stamp_of(std::filesystem::path const& path) {
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0) return std::nullopt;
  FileStamp stamp;
  stamp.file = {about.st_dev, about.st_ino};
  stamp.size = about.st_size;
  stamp.modified = std::int64_t{about.st_mtim.tv_sec} * 1'000'000'000 + about.st_mtim.tv_nsec;
  return stamp;
}

}  // namespace

FileStamps look_at(std::vector<std::filesystem::path> const& files) {
  FileStamps stamps;
  stamps.reserve(files.size());
  for (auto const& file : files) stamps.push_back(stamp_of(file));
  return stamps;
}

std::vector<std::size_t> FileChanges::note(FileStamps const& now) {
  std::vector<std::size_t> changed;
  for (std::size_t i = 0; i < seen_.size() && i < now.size(); ++i) {
    if (!now[i] || now[i] == seen_[i]) continue;
    seen_[i] = now[i];
    changed.push_back(i);
  }
  return changed;
}

asio::awaitable<Result<FileStamps>> OneLook::at(std::vector<std::filesystem::path> files) {
  if (busy_->exchange(true)) co_return fail(ErrorCode::timeout, "an earlier look still waits");
  base::Background::Work<FileStamps> look = [files = std::move(files),
                                             busy = busy_]() -> Result<FileStamps> {
    auto stamps = look_at(files);
    *busy = false;
    return stamps;
  };
  co_return co_await disk_->run_at_most<FileStamps>(kLongestLook, std::move(look));
}

asio::awaitable<Result<std::vector<std::string>>> read_secrets(
    base::Background* disk, std::shared_ptr<KeptSecrets> secrets,
    std::vector<std::filesystem::path> certificates) {
  using Problems = std::vector<std::string>;
  base::Background::Work<Problems> read = [secrets = std::move(secrets),
                                           files = std::move(certificates)]() -> Result<Problems> {
    for (auto const& file : files) static_cast<void>(base::read_regular_file(file));
    if (!secrets) return Problems();
    secrets->read_again();
    return secrets->problems();
  };
  auto problems = co_await disk->run_at_most<Problems>(kLongestLook, std::move(read));
  if (problems || problems.error().code == ErrorCode::cancelled) co_return problems;
  co_return fail(problems.error().code,
                 "the files with secrets cannot be read: " + problems.error().message +
                     " from their disk; what was read before stays in use");
}

asio::awaitable<std::optional<std::vector<std::string>>> renew_secrets(
    base::Background* disk, std::shared_ptr<KeptSecrets> secrets,
    std::vector<std::filesystem::path> certificates, House* house, base::Logger log) {
  auto problems = co_await read_secrets(disk, std::move(secrets), std::move(certificates));
  if (!problems && problems.error().code == ErrorCode::cancelled) co_return std::nullopt;
  // What could not be read stays as it was, so that there is nothing to try.
  if (problems) house->reload();
  auto told = problems ? *std::move(problems) : std::vector{problems.error().message};
  for (std::string const& problem : told) log.error(problem);
  co_return told;
}

asio::awaitable<void> watch_files(base::Background* disk, std::vector<std::filesystem::path> files,
                                  FileChanges changes,
                                  std::function<void(std::filesystem::path const&)> changed) {
  bool going_on = !files.empty();
  OneLook look(disk);
  while (going_on) {
    going_on = co_await async::sleep_for(kBetweenLooks);
    if (!going_on) co_return;
    auto const seen = co_await look.at(files);
    if (!seen) continue;  // a disk that hangs is looked at again
    for (std::size_t const i : changes.note(*seen)) changed(files[i]);
  }
}

}  // namespace scaleset::daemon
