#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <stdexcept>

namespace scaleset::base {

/// Whether a sanitizer watches that cannot judge tests without descriptors, which are skipped then.
/// The undefined behaviour sanitizer opens a pipe to look at an object's type, and takes the object
/// for damaged if it cannot. The thread sanitizer does not see how the C++ library counts the users
/// of an exception, so it takes an exception that is passed to another thread for a data race.
#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer) || __has_feature(thread_sanitizer)
#define SCALESET_SANITIZER_CANNOT_JUDGE true
#endif
#endif
#if !defined(SCALESET_SANITIZER_CANNOT_JUDGE)
#define SCALESET_SANITIZER_CANNOT_JUDGE false
#endif
inline constexpr bool kSanitizerCannotJudge = SCALESET_SANITIZER_CANNOT_JUDGE;

/// While it lives, this process can open no descriptor, or `left` at most.
class NoDescriptors {
 public:
  explicit NoDescriptors(int left = 0) {
    int const lowest_free = ::dup(STDIN_FILENO);
    if (lowest_free < 0 || ::getrlimit(RLIMIT_NOFILE, &before_) != 0)
      throw std::runtime_error("the limit of descriptors cannot be read");
    ::close(lowest_free);
    rlimit limit = before_;
    limit.rlim_cur = static_cast<rlim_t>(lowest_free) + static_cast<rlim_t>(left);
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
      throw std::runtime_error("the limit of descriptors cannot be set");
  }
  NoDescriptors(NoDescriptors const&) = delete;
  NoDescriptors& operator=(NoDescriptors const&) = delete;
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace scaleset::base
