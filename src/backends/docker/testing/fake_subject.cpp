#include "backends/docker/testing/fake_subject.hpp"

#include "backends/docker/docker_backend.hpp"

namespace scaleset::backends::docker {

using conformance::Disturbance;
using conformance::JobStep;

namespace {

constexpr char const* kStamp = "2026-11-23 16:00:00Z: ";
constexpr int kSegmentation = 139;
constexpr int kKilled = 137;

std::string behaviour_of(FakeContainer const& one) {
  return one.input.substr(0, one.input.find(' '));
}

}  // namespace

FakeSubject::FakeSubject(boost::asio::io_context& loop) : engine_(loop) {
  engine_.images.insert("docker.io/library/runner:1");
  engine_.on_input = [this](FakeContainer& one) { begin(one); };
  engine_.on_signal = [this](FakeContainer& one) { take_signal(one); };
}

std::unique_ptr<Backend> FakeSubject::make(boost::asio::io_context& loop, base::OwnerKey owner,
                                           InstanceObserver observer) {
  DockerOptions options;
  options.owner = std::move(owner);
  options.engine = engine_.address();
  auto made =
      make_docker_backend(loop.get_executor(), std::move(options), std::move(observer), nullptr);
  return made ? *std::move(made) : nullptr;
}

std::shared_ptr<Template const> FakeSubject::what() {
  auto made = std::make_shared<Template>();
  made->source = "runner:1";
  return made;
}

void FakeSubject::begin(FakeContainer& one) {
  std::string const behaviour = behaviour_of(one);
  if (behaviour == "fails") return engine_.end(one.name, 1);
  if (behaviour == "crashes") return engine_.end(one.name, kSegmentation);
  if (behaviour == "hungry") {
    one.out_of_memory = true;
    return engine_.end(one.name, kKilled);
  }
  if (behaviour == "refused") {
    engine_.print(one.name, "Runner version v2.300.0 is deprecated and cannot receive messages.\n");
    return engine_.end(one.name, 7);
  }
  bool const talks = behaviour == "talkative";
  if (talks) engine_.print(one.name, std::string(conformance::kSecret) + "\n");
  engine_.print(one.name, std::string(kStamp) + "Listening for Jobs\n");
  if (talks) engine_.print(one.name, std::string(conformance::kLastWords) + "\n");
  waiting_[one.name] = JobStep::begin;
}

void FakeSubject::take_signal(FakeContainer const& one) {
  if (behaviour_of(one) != "stubborn") engine_.end(one.name, 0);
}

bool FakeSubject::tell(std::string const& runner_name, JobStep step) {
  auto const found = waiting_.find(runner_name);
  if (found == waiting_.end() || found->second != step) return false;
  if (step == JobStep::begin) {
    found->second = JobStep::end;
    engine_.at(runner_name).programs.emplace_back("./bin/Runner.Worker spawnclient 1 2");
    engine_.print(runner_name, std::string(kStamp) + "Running job: build\n");
    return true;
  }
  engine_.print(runner_name, std::string(kStamp) + "Job build completed with result: Succeeded\n");
  engine_.end(runner_name, 0);
  waiting_.erase(found);
  return true;
}

void FakeSubject::disturb(Disturbance disturbance) {
  using Fault = FakeEngine::Fault;
  switch (disturbance) {
    case Disturbance::start_refused: engine_.faults["create"] = Fault::refuse; break;
    case Disturbance::start_answer_lost: engine_.faults["start"] = Fault::lose; break;
    case Disturbance::list_hangs: engine_.faults["list"] = Fault::hang; break;
    case Disturbance::prepare_is_long:
      engine_.images.clear();
      engine_.pull_takes = std::chrono::minutes(20);
      break;
    case Disturbance::away: engine_.stop_alone(); break;
    case Disturbance::back:
      if (!engine_.is_up()) engine_.begin();
      break;
  }
}

}  // namespace scaleset::backends::docker
