#include "base/host_name.hpp"

#include <gtest/gtest.h>
#include <sys/utsname.h>

namespace scaleset::base {
namespace {

TEST(HostName, IsTheSystemsNodeName) {
  utsname system{};
  ASSERT_EQ(::uname(&system), 0);
  EXPECT_EQ(host_name(), system.nodename);
}

}  // namespace
}  // namespace scaleset::base
