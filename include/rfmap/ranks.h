#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rfmap {

/// Where a process stands among those of its job; all counted from 0.
struct Place {
  int rank = 0, count = 1;
  int local_rank = 0, local_count = 1;  ///< among those of its machine
};

/// Why a process ends its job; the numbers are those of rfmap/error.h.
struct Failure {
  int exit_code = 0;
  std::string sentence;
};

/// The processes of one job, which a launcher started together. All of them call gather() and
/// share() in the same order. Who waits here uses no processor time; `meanwhile` is called some
/// times a second and may throw. Waiting throws Interrupted once another rank has failed.
class Ranks {
 public:
  using Meanwhile = std::function<void()>;

  virtual ~Ranks() = default;
  virtual const Place& place() const = 0;
  bool first() const { return place().rank == 0; }
  bool alone() const { return place().count == 1; }

  /// A list that all ranks draw from; every rank begins the same lists in the same order.
  virtual int begin_list() = 0;
  /// 0, 1, 2, ...: each number comes to one rank.
  virtual std::int64_t draw(int list) = 0;
  /// On rank 0 what each rank gives, by rank, once all have; elsewhere nothing, at once.
  virtual std::vector<std::string> gather(std::string own, const Meanwhile& meanwhile = {}) = 0;
  /// Rank 0's text.
  virtual std::string share(std::string text, const Meanwhile& meanwhile = {}) = 0;

  /// Counts what this rank has done of a list's work.
  virtual void add_done(int list, std::int64_t count) = 0;
  /// On rank 0: what the others have told of theirs so far; all of it after their gather().
  virtual std::int64_t done_elsewhere(int list) const = 0;

  /// Another rank has failed, so that this one's work is of no use any more.
  virtual bool stop_asked() const = 0;
  /// Ends the job: called once, with this rank's failure if it has one. Waits for all; gives the
  /// failure of the lowest rank that has one, interruptions last.
  virtual std::optional<Failure> conclude(std::optional<Failure> own) = 0;
};

/// This process alone.
std::shared_ptr<Ranks> this_process();

/// The processes that mpirun or srun --mpi=pmix started together with this one; this process alone
/// where nothing did. Throws ConfigError: there are others, but this rfmap was built without MPI,
/// or MPI does not find them.
std::shared_ptr<Ranks> join_ranks();

}  // namespace rfmap
