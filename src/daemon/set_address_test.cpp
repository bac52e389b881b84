#include "daemon/set_address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::daemon {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

base::OwnerKey key(std::string const& org, std::string const& group, std::string const& name) {
  return base::OwnerKey::make("https://github.com/" + org, group, name).value();
}

TEST(SetAddress, HasTheUrlTheGroupAndTheName) {
  EXPECT_EQ(address_of(key("Octo", "GPU", "Linux")), "https://github.com/octo/gpu/linux");
  EXPECT_EQ(address_of(key("octo", " id 5", "linux")), "https://github.com/octo/id 5/linux");
}

TEST(SetAddress, ANameIsEnoughIfItIsTheOnlyOne) {
  std::vector const owners{key("octo", "default", "linux"), key("octo", "default", "gpu")};
  EXPECT_EQ(find_set(owners, "gpu").value(), 1U);
  EXPECT_EQ(find_set(owners, "Linux").value(), 0U) << "as GitHub ignores the case";
}

TEST(SetAddress, OfTwoWithOneNameTheAddressTellsWhich) {
  std::vector const owners{key("one", "default", "linux"), key("two", "default", "linux"),
                           key("two", "gpu", "linux")};
  auto const both = find_set(owners, "linux");
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().code, ErrorCode::ambiguous_result);
  for (auto const& owner : owners) {
    EXPECT_THAT(both.error().message, HasSubstr(address_of(owner)));
    EXPECT_EQ(owners[find_set(owners, address_of(owner)).value()], owner);
  }
}

TEST(SetAddress, TheLabelOfTheLogTellsScaleSetsApart) {
  auto const on = [](std::string const& url, std::string const& group) {
    return base::OwnerKey::make(url, group, "linux").value();
  };
  std::vector const owners{
      on("https://github.com/octo", "default"), on("https://ghes.example.com/octo", "default"),
      on("https://ghes.example.com:8443/octo", "default"), on("https://github.com/octo/x", "gpus"),
      on("https://github.com/octo", " id 5")};
  std::vector<std::string> labels;
  labels.reserve(owners.size());
  for (auto const& owner : owners) labels.push_back(label_of(owner));
  EXPECT_THAT(labels, ElementsAre("octo/linux", "ghes.example.com/octo/linux",
                                  "ghes.example.com:8443/octo/linux", "octo/x/gpus/linux",
                                  "octo/id 5/linux"));
  for (std::size_t i = 0; i < owners.size(); ++i) EXPECT_EQ(find_set(owners, labels[i]).value(), i);
}

TEST(SetAddress, OneThatIsNotServedIsToldWithThoseThatAre) {
  EXPECT_THAT(find_set({}, "linux").error().message, HasSubstr("it serves none now"));
  std::vector<base::OwnerKey> owners;
  owners.reserve(30);
  for (int i = 0; i < 30; ++i) owners.push_back(key("octo", "default", "s" + std::to_string(i)));
  auto const error = find_set(owners, "linux").error();
  EXPECT_EQ(error.code, ErrorCode::not_found);
  EXPECT_THAT(error.message,
              AllOf(HasSubstr("s0, s1"), HasSubstr("and 20 more"), Not(HasSubstr("s10"))));
}

}  // namespace
}  // namespace scaleset::daemon
