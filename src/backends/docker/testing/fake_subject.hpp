#pragma once

#include <map>
#include <memory>
#include <string>

#include "backends/conformance/conformance.hpp"
#include "backends/docker/testing/fake_engine.hpp"

namespace scaleset::backends::docker {

/// The Docker backend with a fake engine, for the conformance suite.
class FakeSubject : public conformance::Subject {
 public:
  explicit FakeSubject(boost::asio::io_context& loop);

  std::unique_ptr<Backend> make(boost::asio::io_context& loop, base::OwnerKey owner,
                                InstanceObserver observer) override;
  std::shared_ptr<Template const> what() override;
  bool tell(std::string const& runner_name, conformance::JobStep step) override;
  void disturb(conformance::Disturbance disturbance) override;
  void evict(std::string const& runner_name) override { engine_.vanish(runner_name); }
  int fetched() override { return engine_.calls("pull"); }

 private:
  void begin(FakeContainer& one);
  void take_signal(FakeContainer const& one);

  FakeEngine engine_;
  std::map<std::string, conformance::JobStep> waiting_;
};

}  // namespace scaleset::backends::docker
