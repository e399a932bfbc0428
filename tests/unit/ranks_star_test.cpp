// Ranks as threads of one process: what they agree on, and what a failure of one does.
#include <algorithm>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/error.h"

#include "core/log.h"
#include "ranks/bytes.h"
#include "ranks/star.h"

namespace rfmap::ranks {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A job of some ranks in one process.
struct Post {
  std::mutex guard;
  std::vector<std::deque<Envelope>> boxes;  ///< [rank]
  int aborted = 0;                          ///< exit code
};

struct Aborted {};

class PostTransport : public Transport {
 public:
  PostTransport(Post& post, int rank) : post_(post), rank_(rank) {}
  Place place() const override {
    const int count = int(post_.boxes.size());
    return {rank_, count, rank_, count};
  }
  void send(int to, std::string bytes) override {
    const std::lock_guard lock(post_.guard);
    post_.boxes[std::size_t(to)].push_back({rank_, std::move(bytes)});
  }
  std::optional<Envelope> receive() override {
    const std::lock_guard lock(post_.guard);
    auto& box = post_.boxes[std::size_t(rank_)];
    if (box.empty()) return std::nullopt;
    Envelope first = std::move(box.front());
    box.pop_front();
    return first;
  }
  bool is_sending() override { return false; }
  [[noreturn]] void abort(int exit_code) override {
    post_.aborted = exit_code;
    std::_Exit(exit_code);
  }

 private:
  Post& post_;
  int rank_;
};

/// Runs `work` as each of `count` ranks at once.
void as_ranks(int count, const std::function<void(Ranks&)>& work) {
  Post post;
  post.boxes.resize(std::size_t(count));
  std::vector<std::jthread> threads;
  for (int rank = 0; rank < count; ++rank)
    threads.emplace_back([&, rank] {
      Star star([&] { return std::make_unique<PostTransport>(post, rank); });
      work(star);
    });
}

TEST(Star, GathersToRank0AndSharesFromIt) {
  for (const int count : {1, 2, 5})
    as_ranks(count, [count](Ranks& ranks) {
      const int rank = ranks.place().rank;
      for (int round = 0; round < 20; ++round) {
        const auto all = ranks.gather(std::to_string(rank * 100 + round));
        EXPECT_EQ(all.size(), rank == 0 ? std::size_t(count) : 0u);
        for (int other = 0; rank == 0 && other < count; ++other)
          EXPECT_EQ(all[std::size_t(other)], std::to_string(other * 100 + round));
        const std::string text(std::size_t(round) * 1000, 'x');
        EXPECT_EQ(ranks.share(rank == 0 ? text : "not mine"), text);
      }
      EXPECT_FALSE(ranks.conclude({}));
    });
}

TEST(Star, EveryNumberOfAListComesToOneRank) {
  std::mutex guard;
  std::vector<std::int64_t> drawn[2];
  as_ranks(4, [&](Ranks& ranks) {
    for (auto& all : drawn) {
      const int list = ranks.begin_list();
      for (std::int64_t number = ranks.draw(list); number < 100; number = ranks.draw(list)) {
        const std::lock_guard lock(guard);
        all.push_back(number);
      }
    }
    EXPECT_FALSE(ranks.conclude({}));
  });
  for (auto& all : drawn) {
    std::sort(all.begin(), all.end());
    ASSERT_EQ(all.size(), 100u);
    for (std::int64_t i = 0; i < 100; ++i) EXPECT_EQ(all[std::size_t(i)], i);
  }
}

TEST(Star, Rank0KnowsWhatTheOthersHaveDone) {
  as_ranks(3, [](Ranks& ranks) {
    const int first = ranks.begin_list(), second = ranks.begin_list();
    for (int i = 0; i < 7; ++i) ranks.add_done(first, 1);
    ranks.add_done(second, 5);
    ranks.gather("");
    if (ranks.first()) {
      EXPECT_EQ(ranks.done_elsewhere(first), 14);
      EXPECT_EQ(ranks.done_elsewhere(second), 10);
    }
    EXPECT_FALSE(ranks.conclude({}));
  });
}

TEST(Star, AFailureEndsAllWhoWaitAndIsTheReasonThatAllGive) {
  for (const int failing : {0, 2})
    as_ranks(3, [failing](Ranks& ranks) {
      std::optional<Failure> own;
      try {
        if (ranks.place().rank == failing) throw DataError("an image is damaged");
        if (ranks.first()) ranks.gather("");
        ranks.share("");
      } catch (const Error& error) {
        own = {error.exit_code(), error.what()};
        EXPECT_EQ(error.exit_code(), ranks.place().rank == failing ? kExitData : kExitInterrupted);
      }
      const auto failure = ranks.conclude(own);
      ASSERT_TRUE(failure);
      EXPECT_EQ(failure->exit_code, kExitData);
      EXPECT_EQ(failure->sentence,
                failing == 0 ? "an image is damaged" : "rank 2: an image is damaged");
    });
}

TEST(Star, OneThatComputesIsAskedToStop) {
  as_ranks(2, [](Ranks& ranks) {
    std::optional<Failure> own;
    if (ranks.first()) {
      while (!ranks.stop_asked()) std::this_thread::yield();
      own = Failure{kExitInterrupted, "interrupted during the scan"};
    } else {
      own = Failure{kExitInterrupted, "interrupted by a signal"};
    }
    EXPECT_EQ(ranks.conclude(own)->sentence, "interrupted during the scan");
  });
}

/// Hears nothing.
class Deaf : public PostTransport {
 public:
  using PostTransport::PostTransport;
  std::optional<Envelope> receive() override { return std::nullopt; }
};

TEST(Star, ARankWithoutASignOfLifeEndsTheJob) {
  const auto wait = [] {
    Post post;
    post.boxes.resize(2);
    log::set_sink([](log::Level, const std::string& text) { fmt::print(stderr, "{}\n", text); });
    Star star([&] { return std::make_unique<Deaf>(post, 0); }, Seconds(0.3));
    star.gather("");
  };
  EXPECT_EXIT(wait(), testing::ExitedWithCode(kExitFault), "rank 1 has given no sign of life");
}

TEST(Bytes, ComeBack) {
  const std::vector<int> values{3, -1, 1 << 30};
  EXPECT_EQ(values_in<int>(bytes_of(values)), values);
  EXPECT_THAT(values_in<int>(""), IsEmpty());
}

}  // namespace
}  // namespace rfmap::ranks
