#pragma once

/// For tests only: name resolution that takes as long as the test wants. This program's
/// getaddrinfo() is used instead of the C library's, also by libcurl's threads. "slow.test" is
/// 127.0.0.1, but while there is a SlowDns only after answer(). "nowhere.test" is unknown. Other
/// names are passed on to the C library.
namespace scaleset::peers {

/// Holds every lookup of "slow.test" from its construction until answer() or its destructor.
class SlowDns {
 public:
  SlowDns();
  SlowDns(SlowDns const&) = delete;
  SlowDns& operator=(SlowDns const&) = delete;
  /// Calls answer() and waits until no thread is held any more.
  ~SlowDns();

  static void answer();
  /// How many threads are held.
  [[nodiscard]] static int held();
};

}  // namespace scaleset::peers
