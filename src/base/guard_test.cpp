#include "base/guard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace scaleset::base {
namespace {

using ::testing::HasSubstr;

template <class Exception>
std::string text_of(Exception const& exception) {
  auto const result =
      guarded(ErrorCode::io, "the reader", [&]() -> Result<int> { throw exception; });
  EXPECT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::io);
  return result.error().message;
}

TEST(Guard, WhatIsReturnedPassesThrough) {
  auto const value = guarded(ErrorCode::io, "x", []() -> Result<int> { return 3; });
  EXPECT_EQ(value.value(), 3);
  auto const error =
      guarded(ErrorCode::io, "x", []() -> Result<int> { return fail(ErrorCode::timeout, "late"); });
  EXPECT_EQ(error.error().code, ErrorCode::timeout);
}

TEST(Guard, WhatIsThrownIsAnErrorOnOneLine) {
  EXPECT_EQ(text_of(std::runtime_error("vault\nsealed")),
            "the reader threw an exception: vault sealed");
  EXPECT_EQ(text_of(3), "the reader threw something that is not a std::exception");
}

TEST(Guard, ExhaustedLimitsAreNamedWithWhatToDo) {
  auto const failed = [](int code) {
    return text_of(std::system_error(code, std::generic_category(), "epoll_create1"));
  };
  EXPECT_THAT(failed(EMFILE), HasSubstr("ulimit -n"));
  EXPECT_THAT(failed(EMFILE), HasSubstr("epoll_create1"));
  EXPECT_THAT(failed(ENFILE), HasSubstr("fs.file-max"));
  EXPECT_THAT(failed(EAGAIN), HasSubstr("ulimit -u"));
}

}  // namespace
}  // namespace scaleset::base
