#include <unistd.h>

#include <fstream>

#include "backends/conformance/testing/suite.hpp"
#include "backends/process/process_backend.hpp"
#include "base/files.hpp"

namespace scaleset::backends {
namespace {

namespace fs = std::filesystem;
using conformance::Disturbance;

/// The process backend in a folder of its own.
class ProcessSubject : public conformance::Subject {
 public:
  ProcessSubject() {
    fs::create_directory(folder_.path() / "gates");
    fs::create_directories(folder_.path() / "broken/bin");
    fs::create_directories(folder_.path() / "release/bin");
    write("release/bin/Runner.Listener", conformance::shell_listener());
    write("release/bin/Runner.Worker", conformance::shell_worker());
    write("release/run.sh", "#!/bin/sh\n");
    write("broken/bin/Runner.Listener", "#!/nowhere/sh\n");
    write("broken/run.sh", "#!/bin/sh\n");
  }

  std::unique_ptr<Backend> make(boost::asio::io_context& loop, base::OwnerKey owner,
                                InstanceObserver observer) override {
    // In a copy of the process the threads of the first one do not run, and cannot be ended.
    if (getpid() != process_) static_cast<void>(disk_.release());
    disk_ = std::make_unique<DiskThreads>();
    ProcessOptions options;
    options.owner = std::move(owner);
    options.work_root = folder_.path() / "work";
    auto made =
        make_process_backend(loop.get_executor(), options, std::move(observer), nullptr, *disk_);
    return made ? *std::move(made) : nullptr;
  }

  std::shared_ptr<Template const> what() override {
    auto made = std::make_shared<Template>();
    made->source = folder_.path() / (std::exchange(next_is_broken_, false) ? "broken" : "release");
    made->environment["CONFORMANCE_GATES"] = folder_.path() / "gates";
    return made;
  }

  bool tell(std::string const& runner_name, conformance::JobStep step) override {
    return conformance::tell_by_pipe(folder_.path() / "gates", runner_name, step);
  }

  void disturb(Disturbance disturbance) override {
    fs::path const release = folder_.path() / "release";
    fs::path const moved = folder_.path() / "moved";
    if (disturbance == Disturbance::start_refused) next_is_broken_ = true;
    if (disturbance == Disturbance::away) fs::rename(release, moved);
    if (disturbance == Disturbance::back && fs::exists(moved)) fs::rename(moved, release);
  }

  [[nodiscard]] std::map<std::string, std::string> exceptions() const override {
    std::string const no_engine = "between it and its processes there is nothing that can be lost";
    std::string const no_fetch = "what its runners are made of is on this machine already";
    std::string const no_hang = "its looks wait for /proc, which cannot be made to hang";
    return {
        {"ALostAnswerLeavesOneAtMost", no_engine},
        {"AnEngineThatIsAwayHasNoRoom", no_engine},
        {"WhatOutlivesItsEngineIsWatchedAgain", no_engine},
        {"APreparationIsShared", no_fetch},
        {"APreparationMayBeLong", no_fetch},
        {"ACancelledPreparationGoesOnForOthers", no_fetch},
        {"AListThatHangsEnds", no_hang},
        {"ACallCanBeCancelled", no_hang},
        {"ALackOfMemoryIsTold", "a process has no memory limit of its own"},
        {"ARemovalByOthersIsTold", "who kills a process cannot be told: it is a signal"},
    };
  }

 private:
  void write(std::string const& name, std::string const& text) const {
    fs::path const file = folder_.path() / name;
    std::ofstream(file) << text;
    fs::permissions(file, fs::perms::owner_all);
  }

  base::TemporaryDirectory folder_;
  pid_t process_ = getpid();
  std::unique_ptr<DiskThreads> disk_;
  bool next_is_broken_ = false;
};

class ProcessConformance : public ::testing::TestWithParam<conformance::Rule> {};
TEST_P(ProcessConformance, Holds) {
  run_rule(GetParam(), [](auto&) { return std::make_unique<ProcessSubject>(); });
}
INSTANTIATE_TEST_SUITE_P(Rule, ProcessConformance, ::testing::ValuesIn(conformance::rules()),
                         conformance::RuleName());

}  // namespace
}  // namespace scaleset::backends
