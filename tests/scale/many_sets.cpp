// Many idle scale sets in one process, as `scaleset run` serves them, except that runners live in a
// pretended machine: many_sets URL COUNT FOLDER. The journal is in FOLDER. Prints one line of JSON
// each time when all are served, and when as many runners as scale sets have been started. Ends
// when standard input does. tests/scale/many_sets.py is what uses it.

#include <malloc.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "backends/disk_threads.hpp"
#include "backends/pretend/pretend_backend.hpp"
#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/resource_limit.hpp"
#include "client/finalized_options.hpp"
#include "daemon/connections.hpp"
#include "daemon/house.hpp"
#include "daemon/journal_writer.hpp"

namespace scaleset::inline v0 {
namespace {

namespace asio = boost::asio;

// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): outlives its program
asio::awaitable<void> wait_for_jobs(backends::PretendInstance& instance) {
  instance.registered();
  bool const waited = co_await async::sleep_for(std::chrono::hours(1000));
  static_cast<void>(waited);
}

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// Everything that the scale sets share.
class Daemon {
 public:
  Daemon(asio::io_context& context, std::string url, std::string const& folder)
      : executor_(context.get_executor()),
        url_(std::move(url)),
        journal_(context.get_executor(), disk_.get_executor(),
                 store::Journal::open(std::filesystem::path(folder) / "journal").value()),
        connections_(executor_),
        starts_(std::make_shared<daemon::StartDoor>(executor_)),
        machine_(executor_, base::system_random(), &wait_for_jobs) {
    hooks_.clock = base::system_clock();
    hooks_.random = base::system_random();
  }

  std::unique_ptr<daemon::House> house(int count) {
    std::vector<daemon::SetSettings> sets(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      auto& set = sets[static_cast<std::size_t>(i)];
      set.url = url_;
      set.name = "set-" + std::to_string(i);
    }
    daemon::HousePorts ports;
    ports.book = &journal_;
    ports.hooks = hooks_;
    ports.make_ports = [this](daemon::SetSettings const& set, base::OwnerKey const& owner,
                              daemon::SetRecord const&) { return make_ports(set, owner); };
    return std::make_unique<daemon::House>(executor_, std::move(sets), std::move(ports));
  }
  asio::awaitable<void> finish() {
    co_await machine_.finish();
    co_await journal_.finish();
  }
  [[nodiscard]] std::size_t runners() const { return machine_.instances().size(); }

 private:
  Result<daemon::SetPorts> make_ports(daemon::SetSettings const& set, base::OwnerKey const& owner) {
    ClientOptions options;
    options.config_url = set.url;
    options.credentials = PersonalAccessToken{constant_secret(Secret("ghp_x"))};
    options.retry.max_retries = 2;
    options.hooks = hooks_;
    // As `scaleset run` does for all scale sets of one URL and credential.
    if (!options_) options_ = finalize(std::move(options)).value();
    daemon::SetPorts ports;
    ports.client = std::make_unique<async::Client>(executor_, options_,
                                                   connections_.get(options_->transport()));
    ports.starts = starts_;
    ports.make_backend =
        [this,
         owner](backends::InstanceObserver observer) -> Result<std::unique_ptr<backends::Backend>> {
      return std::make_unique<backends::PretendBackend>(owner, std::move(observer), machine_);
    };
    return ports;
  }

  asio::any_io_executor executor_;
  std::string url_;
  Hooks hooks_;
  asio::thread_pool disk_{1};
  backends::DiskThreads threads_;  // only so that they are counted
  daemon::JournalWriter journal_;
  daemon::Connections connections_;
  std::shared_ptr<daemon::StartDoor> starts_;
  std::shared_ptr<FinalizedClientOptions const> options_;
  backends::PretendWorld machine_;
};

long status_value(std::string const& name) {
  std::string const text = base::read_file("/proc/self/status").value_or("");
  auto const at = text.find("\n" + name + ":");
  return at == text.npos ? 0 : std::strtol(text.c_str() + at + name.size() + 2, nullptr, 10);
}

void print(char const* what, std::size_t count) {
  auto const heap = ::mallinfo2();
  std::printf(
      R"({"what":"%s","count":%zu,"at":%.3f,"residentKiB":%ld,"heapUsedKiB":%zu,"heapKiB":%zu,)"
      R"("threads":%ld})"
      "\n",
      what, count, wall_seconds(), status_value("VmRSS"), heap.uordblks / 1024,
      (heap.arena + heap.hblkhd) / 1024, status_value("Threads"));
  std::fflush(stdout);
}

asio::awaitable<void> report(Daemon* all, daemon::House const* house, std::size_t count) {
  co_await asio::this_coro::throw_if_cancelled(false);
  bool served = false;
  for (;;) {
    std::chrono::milliseconds const pause(served ? 20 : 500);
    bool const waited = co_await async::sleep_for(pause);
    if (!waited) co_return;
    if (served) {
      if (all->runners() < count) continue;
      print("started", count);
      co_return;
    }
    auto const snapshot = house->snapshot();
    std::size_t ready = 0;
    for (auto const& set : snapshot.sets) ready += set.ready ? 1 : 0;
    served = ready == count;
    if (served) print("served", count);
  }
}

asio::awaitable<void> serve(Daemon* all, daemon::House* house, async::TaskScope* reports,
                            bool* ended) {
  auto const result = co_await house->run();
  if (!result) std::fprintf(stderr, "%s\n", result.error().to_string().c_str());
  reports->request_stop();
  co_await reports->join();
  co_await all->finish();
  *ended = true;
}

int run(std::string const& url, int count, std::string const& folder) {
  base::raise_descriptor_limit();
  asio::io_context context(1);
  print("begun", 0);
  Daemon all(context, url, folder);
  auto const house = all.house(count);
  async::TaskScope reports(context.get_executor());
  reports.spawn(report(&all, house.get(), static_cast<std::size_t>(count)));
  asio::posix::stream_descriptor input(context, ::dup(STDIN_FILENO));
  input.async_wait(asio::posix::stream_descriptor::wait_read,
                   [&](boost::system::error_code) { house->detach("the input has ended"); });
  bool ended = false;
  asio::co_spawn(context, serve(&all, house.get(), &reports, &ended), asio::detached);
  context.run();
  return ended ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace scaleset::inline v0

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: many_sets URL COUNT FOLDER\n");
    return EXIT_FAILURE;
  }
  return scaleset::run(argv[1], std::atoi(argv[2]), argv[3]);
}
