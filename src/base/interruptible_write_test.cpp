#include "base/interruptible_write.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <string>
#include <thread>

#include "base/unique_fd.hpp"

namespace scaleset::base {
namespace {

using namespace std::chrono_literals;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    reading = UniqueFd(ends[0]);
    writing = UniqueFd(ends[1]);
  }
  UniqueFd reading;
  UniqueFd writing;
};

/// More than a pipe holds.
std::string const kLong(1U << 20U, 'x');

TEST(InterruptibleWrite, WritesEverythingToAReaderThatReads) {
  Pipe pipe;
  std::string read;
  std::thread reader([&] {
    std::string chunk(65536, '\0');
    for (ssize_t count = 1; count > 0;) {
      count = ::read(pipe.reading.get(), chunk.data(), chunk.size());
      if (count > 0) read.append(chunk, 0, static_cast<std::size_t>(count));
    }
  });
  EXPECT_EQ(write_interruptibly(pipe.writing.get(), kLong, -1), 0);
  pipe.writing.reset();
  reader.join();
  EXPECT_EQ(read, kLong);
}

TEST(InterruptibleWrite, GivesUpAfterItsLimit) {
  Pipe const pipe;
  EXPECT_EQ(write_interruptibly(pipe.writing.get(), kLong, -1, 10ms), ETIMEDOUT);
}

TEST(InterruptibleWrite, GivesUpWhenItIsTold) {
  Pipe const pipe;
  UniqueFd const told(::eventfd(1, EFD_CLOEXEC));
  EXPECT_EQ(write_interruptibly(pipe.writing.get(), kLong, told.get()), ECANCELED);
}

TEST(InterruptibleWrite, SaysWhatTheSystemSays) {
  EXPECT_EQ(write_interruptibly(-1, "x", -1), EBADF);
  UniqueFd const full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  EXPECT_EQ(write_interruptibly(full.get(), "x", -1), ENOSPC);
  Pipe pipe;
  pipe.reading.reset();
  auto* const handler = std::signal(SIGPIPE, SIG_IGN);
  EXPECT_EQ(write_interruptibly(pipe.writing.get(), "x", -1), EPIPE);
  std::signal(SIGPIPE, handler);
}

}  // namespace
}  // namespace scaleset::base
