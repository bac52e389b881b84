#pragma once

/// For tests only: name resolution that takes as long as the test says. This program's
/// getaddrinfo() stands before the C library's, also for libcurl's threads: "slow.test" is
/// 127.0.0.1, but only after SlowDns::answer(); "nowhere.test" is unknown. Other names go on to the
/// C library.
namespace scaleset::peers {

/// From its construction on "slow.test" is held, until answer() or its end.
class SlowDns {
 public:
  SlowDns();
  SlowDns(SlowDns const&) = delete;
  SlowDns& operator=(SlowDns const&) = delete;
  /// Answers, and waits until every thread that was held is on its way.
  ~SlowDns();

  static void answer();
  /// How many threads are held.
  [[nodiscard]] static int held();
};

}  // namespace scaleset::peers
