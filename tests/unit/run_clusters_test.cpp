#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/error.h"

#include "run/run.h"

namespace rfmap {
using namespace run;
namespace {

using testing::ElementsAre;

const ImageList kImages{{"/a/1.png", "x"},
                        {"/b/1.png", "y"},
                        {"/a/2.png", ""},
                        {"/a/c/1.png", "x"},
                        {"/a/digits#3", ""}};

TEST(Clusters, AreFoldersOrLabelsOrNone) {
  EXPECT_THAT(image_clusters(kImages, Cluster::none), ElementsAre(-1, -1, -1, -1, -1));
  EXPECT_THAT(image_clusters(kImages, Cluster::folder), ElementsAre(0, 1, 0, 2, -1));
  EXPECT_THAT(image_clusters(kImages, Cluster::column), ElementsAre(0, 1, -1, 0, -1));
}

TEST(Clusters, ByColumnNeedALabel) {
  EXPECT_THROW(image_clusters({{"/a/1.png", ""}}, Cluster::column), ConfigError);
}

}  // namespace
}  // namespace rfmap
