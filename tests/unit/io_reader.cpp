#include <algorithm>
#include <atomic>
#include <chrono>
#include <new>
#include <random>
#include <thread>

#include <gmock/gmock.h>

#include "rfmap/error.h"

#include "io/ordered_pool.h"
#include "io_samples.h"

namespace rfmap {
using namespace io;
namespace {

using std::chrono::microseconds;

/// A pause that depends only on the job, 0 to 2 ms.
void pause_for(int job) {
  std::this_thread::sleep_for(microseconds(std::mt19937(unsigned(job))() % 2000));
}

TEST(OrderedPool, DeliversInOrderWhateverTheDelays) {
  for (const int threads : {1, 2, 16}) {
    OrderedPool<int> pool(200, threads, 7, [](int job) {
      pause_for(job);
      return job * job;
    });
    for (int i = 0; i < 200; ++i) ASSERT_EQ(pool.next(), i * i);
    EXPECT_EQ(pool.next(), std::nullopt);
    EXPECT_EQ(pool.next(), std::nullopt);
  }
}

TEST(OrderedPool, RunsNoFurtherAheadThanItsWindow) {
  std::atomic<int> begun = 0;
  constexpr int window = 5;
  OrderedPool<int> pool(100, 8, window, [&](int job) {
    ++begun;
    return job;
  });
  for (int delivered = 0; delivered < 40; ++delivered) {
    std::this_thread::sleep_for(microseconds(500));
    ASSERT_LE(begun, delivered + window);
    pool.next();
  }
  for (int wait = 0; wait < 10000 && begun < 40 + window; ++wait)
    std::this_thread::sleep_for(microseconds(1000));
  EXPECT_EQ(begun, 40 + window);
}

TEST(OrderedPool, RethrowsAFaultInItsPlace) {
  OrderedPool<int> pool(9, 3, 4, [](int job) {
    if (job == 5) throw std::bad_alloc();
    return job;
  });
  for (int job = 0; job < 9; ++job) {
    if (job == 5)
      EXPECT_THROW(pool.next(), std::bad_alloc);
    else
      EXPECT_EQ(pool.next(), job);
  }
  EXPECT_EQ(pool.next(), std::nullopt);
}

TEST(OrderedPool, EndsCleanlyAtAnyTime) {
  for (int taken = 0; taken < 40; ++taken) {
    std::atomic<int> under_way = 0;
    {
      OrderedPool<int> pool(1000, 6, 8, [&](int job) {
        ++under_way;
        pause_for(job);
        --under_way;
        return job;
      });
      for (int i = 0; i < taken; ++i) ASSERT_EQ(pool.next(), i);
    }
    EXPECT_EQ(under_way, 0);
  }
  OrderedPool<int> empty(0, 4, 8, [](int job) { return job; });
  EXPECT_EQ(empty.next(), std::nullopt);
}

class Reader : public IoTest {};

TEST_F(Reader, DeliversInTheOrderOfItsIndicesAsOneImageAtOnceWould) {
  std::vector<ImageRef> images;
  for (int i = 0; i < 30; ++i) {
    const std::string name = std::to_string(i) + ".png";
    images.push_back({write(name, encode(".png", random_image(8 + i * 5, 9, CV_8UC3)))});
  }
  images[7].path = write("bad.jpg", "x");
  std::vector<int> indices{5, 5, 29, 7};
  for (int i = 29; i >= 0; --i) indices.push_back(i);

  for (const int threads : {1, 3, 12}) {
    ImageReader reader(ImageList(images), indices, plain({8, 9}), 3, threads);
    for (const int index : indices) {
      const auto got = reader.next();
      ASSERT_TRUE(got);
      const LoadedImage want = load_image(images[std::size_t(index)], plain({8, 9}), 3);
      EXPECT_EQ(got->index, index);
      EXPECT_EQ(got->problem, want.problem);
      EXPECT_EQ(got->problem.empty(), index != 7);
      EXPECT_EQ(got->original, want.original);
      EXPECT_EQ(got->crop.pixels, want.crop.pixels);
    }
    EXPECT_FALSE(reader.next());
  }
}

TEST_F(Reader, MayBeLeftBeforeTheEnd) {
  const std::string path = write("a.png", encode(".png", random_image(300, 300, CV_8UC3)));
  const std::vector<ImageRef> images(500, {path});
  std::vector<int> indices(500);
  for (int i = 0; i < 500; ++i) indices[std::size_t(i)] = i;
  for (const int taken : {0, 1, 40}) {
    ImageReader reader(ImageList(images), indices, plain({8, 8}), 3, 4);
    for (int i = 0; i < taken; ++i) EXPECT_EQ(reader.next()->index, i);
  }
}

TEST_F(Reader, RangesAreDeliveredOneAfterTheOther) {
  ImageList images;
  for (int i = 0; i < 12; ++i) images.push_back({std::to_string(i), ""});
  ImageReader reader(images, std::vector<ImageRange>{{9, 3}, {0, 0}, {2, 1}, {2, 4}}, plain({8, 8}),
                     3, 3);
  std::vector<int> got;
  while (const auto image = reader.next()) got.push_back(image->index);
  EXPECT_THAT(got, testing::ElementsAre(9, 10, 11, 2, 2, 3, 4, 5));
  for (const ImageRange& wrong : {ImageRange{11, 2}, ImageRange{-1, 1}, ImageRange{0, -1}})
    EXPECT_THROW(ImageReader(images, std::vector{wrong}, plain({8, 8}), 3, 1), std::out_of_range);
}

TEST_F(Reader, WrongUseIsSaidAtOnce) {
  const ImageList one{{"a.png", ""}};
  EXPECT_THROW(ImageReader(one, std::vector{0}, plain({8, 8}), 1, 1), ConfigError);
  EXPECT_THROW(ImageReader(one, std::vector{1}, plain({8, 8}), 3, 1), std::out_of_range);
}

}  // namespace
}  // namespace rfmap
