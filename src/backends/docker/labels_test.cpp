#include "backends/docker/labels.hpp"

#include <gtest/gtest.h>

namespace scaleset::backends::docker {
namespace {

Ownership ours() {
  Ownership ownership;
  ownership.owner = base::OwnerKey::make("https://github.com/Org", "default", "Linux").value();
  ownership.runner_name = "linux-1";
  ownership.runner = RunnerId{17};
  ownership.scale_set = ScaleSetId{5};
  return ownership;
}

TEST(Labels, AreReadAsTheyWereWritten) {
  auto const read = ownership_of(labels_of(ours()));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->owner, ours().owner);
  EXPECT_EQ(read->runner_name, "linux-1");
  EXPECT_EQ(read->runner, RunnerId{17});
  EXPECT_EQ(read->scale_set, ScaleSetId{5});
}

TEST(Labels, TheFilterFindsEverythingOfTheOwner) {
  for (auto const& [name, value] : owner_filter(ours().owner)) {
    EXPECT_EQ(labels_of(ours())[name], value);
    EXPECT_EQ(labels_of(ours().owner)[name], value);
  }
  Ownership other = ours();
  other.owner.group = "another";
  EXPECT_NE(owner_filter(other.owner), owner_filter(ours().owner));
}

TEST(Labels, OfSomethingElseTellNothing) {
  EXPECT_FALSE(ownership_of({}));
  EXPECT_FALSE(ownership_of({{"com.example", "1"}}));
  EXPECT_FALSE(ownership_of(labels_of(ours().owner))) << "a network is no runner";
}

TEST(Labels, WhatANewerVersionWroteTellsNothing) {
  Labels labels = labels_of(ours());
  labels["io.scaleset.format"] = "2";
  EXPECT_FALSE(ownership_of(labels));
  labels["io.scaleset.format"] = "0";
  EXPECT_FALSE(ownership_of(labels));
}

TEST(Labels, ThatContradictEachOtherTellNothing) {
  for (char const* const name : {"io.scaleset.url", "io.scaleset.owner", "io.scaleset.runner-id"}) {
    Labels labels = labels_of(ours());
    labels[name] = "other";
    EXPECT_FALSE(ownership_of(labels)) << name;
  }
}

}  // namespace
}  // namespace scaleset::backends::docker
