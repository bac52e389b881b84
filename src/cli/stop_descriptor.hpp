#pragma once

#include <sys/eventfd.h>

#include <functional>
#include <stop_token>
#include <utility>

#include "base/unique_fd.hpp"

namespace scaleset::cli {

/// A stop token as a descriptor for poll(): readable once a stop is requested. If the process has
/// no descriptors left, it is -1, which poll() passes over.
class StopDescriptor {
 public:
  explicit StopDescriptor(std::stop_token stop)
      : requested_(std::move(stop), [this] {
          [[maybe_unused]] auto const told = ::eventfd_write(event_.get(), 1);
        }) {}
  StopDescriptor(StopDescriptor const&) = delete;
  StopDescriptor& operator=(StopDescriptor const&) = delete;
  ~StopDescriptor() = default;

  [[nodiscard]] int get() const noexcept { return event_.get(); }

 private:
  base::UniqueFd event_{::eventfd(0, EFD_CLOEXEC)};
  std::stop_callback<std::function<void()>> requested_;
};

}  // namespace scaleset::cli
