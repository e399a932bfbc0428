#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sched.h>

#include "core/parallel.h"

namespace rfmap {

using namespace core;

namespace {

TEST(Parallel, EveryTaskOnceOnAsManyThreadsAsAskedFor) {
  std::vector<int> runs(50, 0);
  std::set<std::thread::id> threads;
  std::mutex guard;
  in_parallel(50, 3, [&](int i) {
    ++runs[std::size_t(i)];
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    const std::lock_guard lock(guard);
    threads.insert(std::this_thread::get_id());
  });
  EXPECT_EQ(runs, std::vector<int>(50, 1));
  EXPECT_EQ(threads.size(), 3u);
}

TEST(Parallel, EachOfManyOnceAndTheFirstExceptionComesBack) {
  std::vector<std::atomic<int>> done(1000);
  in_parallel(1000, 4, [&](int i) { ++done[std::size_t(i)]; });
  for (const auto& n : done) ASSERT_EQ(n, 1);
  EXPECT_THROW(in_parallel(100, 4,
                           [](int i) {
                             if (i == 37) throw std::runtime_error("x");
                           }),
               std::runtime_error);
}

TEST(Parallel, AllCoresAreThoseOfTheProcess) {
  EXPECT_EQ(thread_count(5), 5);
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  EXPECT_EQ(thread_count(), CPU_COUNT(&before));
  int first = 0;
  while (!CPU_ISSET(first, &before)) ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(thread_count(), 1);
  sched_setaffinity(0, sizeof before, &before);
}

}  // namespace
}  // namespace rfmap
