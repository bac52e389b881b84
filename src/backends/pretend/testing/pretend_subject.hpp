#pragma once

#include <map>
#include <memory>
#include <string>

#include "backends/conformance/conformance.hpp"
#include "backends/pretend/pretend_backend.hpp"
#include "base/condition.hpp"

namespace scaleset::backends {

/// The pretend backend for the conformance suite.
class PretendSubject : public conformance::Subject {
 public:
  explicit PretendSubject(boost::asio::io_context& loop);
  ~PretendSubject() override;
  PretendSubject(PretendSubject const&) = delete;
  PretendSubject& operator=(PretendSubject const&) = delete;

  std::unique_ptr<Backend> make(boost::asio::io_context& loop, base::OwnerKey owner,
                                InstanceObserver observer) override;
  std::shared_ptr<Template const> what() override { return std::make_shared<Template>(); }
  bool tell(std::string const& runner_name, conformance::JobStep step) override;
  void disturb(conformance::Disturbance disturbance) override;
  void evict(std::string const& runner_name) override;
  [[nodiscard]] std::map<std::string, std::string> exceptions() const override;

 private:
  /// What can go wrong does so once.
  struct Once : RandomSource {
    double uniform() override { return left-- > 0 ? 0.0 : 0.9; }
    int left = 0;
  };
  boost::asio::awaitable<void> play(PretendInstance* instance);

  boost::asio::io_context& loop_;
  std::shared_ptr<Once> random_ = std::make_shared<Once>();
  using Gate = std::pair<std::string, conformance::JobStep>;
  std::map<Gate, base::Condition> gates_;  // of those that wait
  PretendWorld world_;
};

}  // namespace scaleset::backends
