#include <atomic>
#include <chrono>
#include <mutex>
#include <numeric>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/error.h"

#include "run/devices.h"
#include "run/workers.h"

namespace rfmap::run {
namespace {

const std::function<void()> kNothing = [] {};

TEST(Workers, OneRunsOnTheCallersThread) {
  const auto here = std::this_thread::get_id();
  std::vector<int> done;
  run_workers(
      1,
      [&](int worker, Mailbox& mailbox) {
        EXPECT_EQ(std::this_thread::get_id(), here);
        mailbox.post([&] { done.push_back(worker); });
        done.push_back(7);
        EXPECT_FALSE(mailbox.closed());
      },
      kNothing);
  EXPECT_EQ(done, (std::vector<int>{0, 7}));
  const auto fails = [](int, Mailbox&) { throw EngineError("lost"); };
  try {
    run_workers(1, fails, kNothing);
    FAIL() << "no error";
  } catch (const EngineError& error) {
    EXPECT_STREQ(error.what(), "lost");
  }
}

TEST(Workers, TasksRunOnTheCallersThreadInTheOrderOfEachWorker) {
  const auto here = std::this_thread::get_id();
  constexpr int kWorkers = 4, kTasks = 500;
  std::vector<std::vector<int>> done(kWorkers);
  std::set<std::thread::id> threads;
  std::mutex guard;
  run_workers(
      kWorkers,
      [&](int worker, Mailbox& mailbox) {
        {
          const std::lock_guard lock(guard);
          threads.insert(std::this_thread::get_id());
        }
        for (int i = 0; i < kTasks; ++i)
          mailbox.post([&, worker, i] {
            EXPECT_EQ(std::this_thread::get_id(), here);
            done[std::size_t(worker)].push_back(i);
          });
      },
      kNothing);
  std::vector<int> all(kTasks);
  std::iota(all.begin(), all.end(), 0);
  for (const auto& of_one : done) EXPECT_EQ(of_one, all);
  EXPECT_EQ(threads.size(), std::size_t(kWorkers));
  EXPECT_FALSE(threads.contains(here));
}

TEST(Workers, PortionsComeToOneWorkerEach) {
  const Costs costs(1000, 1);
  const auto work = divide(
      costs, [](int) { return false; }, std::nullopt, this_process(), {}, 3);
  SharedWork shared(*work);
  std::vector<int> all;
  int portions = 0;
  run_workers(
      3,
      [&](int, Mailbox& mailbox) {
        for (auto items = shared.next(); !items.empty(); items = shared.next())
          mailbox.post([&, items] {
            all.insert(all.end(), items.begin(), items.end());
            ++portions;
          });
      },
      kNothing);
  std::ranges::sort(all);
  std::vector<int> want(1000);
  std::iota(want.begin(), want.end(), 0);
  EXPECT_EQ(all, want);
  EXPECT_GT(portions, 10);
}

TEST(Workers, AFailureEndsTheOthersAndKeepsWhatWasPosted) {
  int kept = 0;
  try {
    run_workers(
        3,
        [&](int worker, Mailbox& mailbox) {
          mailbox.post([&] { ++kept; });
          if (worker == 1) throw EngineError("lost");
          while (!mailbox.closed()) std::this_thread::yield();
          mailbox.post([&] { ++kept; });  // what it was at is whole
        },
        kNothing);
    FAIL() << "no error";
  } catch (const EngineError& error) {
    EXPECT_STREQ(error.what(), "device 2 of 3: lost");
  }
  EXPECT_EQ(kept, 5);
}

TEST(Workers, ALackOfMemoryStaysOne) {
  const auto fails = [](int worker, Mailbox&) {
    if (worker == 1) throw OutOfMemory("full");
  };
  EXPECT_THROW(run_workers(2, fails, kNothing), OutOfMemory);
}

TEST(Workers, ATaskThatFailsDropsTheLaterOnes) {
  std::atomic<int> posted = 0, done = 0;
  const auto body = [&](int, Mailbox& mailbox) {
    while (!mailbox.closed()) {
      ++posted;
      mailbox.post([&] {
        if (++done == 10) throw DataError("the disk is full");
      });
    }
  };
  EXPECT_THROW(run_workers(3, body, kNothing), DataError);
  EXPECT_EQ(done, 10);
  EXPECT_LT(posted, 200) << "no more than fit the mailbox";
}

TEST(Workers, TheCallerIsAskedToStopOnItsOwnThread) {
  const auto here = std::this_thread::get_id();
  int asked = 0;
  Hooks caller;
  caller.stop = [&] {
    EXPECT_EQ(std::this_thread::get_id(), here);
    return ++asked == 3;
  };
  const Hooks hooks = hooks_for_threads(caller);
  const auto body = [&](int, Mailbox&) {
    while (!hooks.stop()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    throw Interrupted("stopped");
  };
  EXPECT_THROW(run_workers(2, body, [&] { hooks.stop(); }), Interrupted);
  EXPECT_GE(asked, 3);
}

}  // namespace
}  // namespace rfmap::run
