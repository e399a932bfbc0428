#include "ptx/runtime/launch.h"

#include <cstdio>
#include <cstdlib>
#include <map>

#include "ptx/runtime/settings.h"

namespace rfmap::ptx {
namespace {

const Kernel* g_running = nullptr;

std::map<std::pair<std::string, std::string>, Kernel>& kernels() {  // by name and fault
  static auto& all = *new std::map<std::pair<std::string, std::string>, Kernel>;
  return all;
}

/// A warp's lanes, each resumed until all wait again.
class Lanes {
 public:
  explicit Lanes(const Kernel& kernel) : kernel_(kernel) {}

  void run(const Thread& first, void** params) {
    for (int i = 0; i < Warp::kLanes; ++i) {
      threads_[i] = first;
      threads_[i].tid += std::uint32_t(i);
      threads_[i].lane = std::uint32_t(i);
      threads_[i].warp = &warp_;
      lanes_[i] = kernel_.run_lane(threads_[i], params).handle;
    }
    while (step()) warp_.taken_from_given();
    for (auto lane : lanes_) lane.destroy();
  }

 private:
  /// False if all have ended.
  bool step() {
    int ended = 0;
    for (auto lane : lanes_) {
      if (!lane.done()) lane.resume();
      ended += lane.done();
    }
    if (ended != 0 && ended != Warp::kLanes)
      fail(threads_[0], "some lanes ended before a shuffle of the others");
    return ended == 0;
  }

  const Kernel& kernel_;
  Warp warp_;
  Thread threads_[Warp::kLanes];
  std::coroutine_handle<Lane::promise_type> lanes_[Warp::kLanes];
};

void run_block(const Kernel& kernel, Thread thread, void** params) {
  if (kernel.run) {
    for (thread.tid = 0; thread.tid < thread.ntid; ++thread.tid) {
      thread.lane = thread.tid % Warp::kLanes;
      kernel.run(thread, params);
    }
    return;
  }
  Lanes lanes(kernel);
  for (thread.tid = 0; thread.tid < thread.ntid; thread.tid += Warp::kLanes)
    lanes.run(thread, params);
}

}  // namespace

void fail(const Thread& t, const std::string& what) {
  std::fprintf(stderr, "ptx: %s: block %u, thread %u: %s\n",
               g_running ? g_running->name.c_str() : "no kernel", t.ctaid[0], t.tid, what.c_str());
  std::abort();
}

Registration::Registration(std::vector<Kernel> more) {
  for (Kernel& kernel : more) kernels()[{kernel.name, kernel.fault}] = kernel;
}

const Kernel* find_kernel(const char* name) {
  auto found = kernels().find({name, settings().fault});
  if (found == kernels().end()) found = kernels().find({name, ""});
  return found == kernels().end() ? nullptr : &found->second;
}

void run_kernel(const Kernel& kernel, const Grid3& grid, void** params) {
  g_running = &kernel;
  Thread thread;
  thread.ntid = grid.threads;
  std::copy(grid.blocks, grid.blocks + 3, thread.nctaid);
  for (std::uint32_t z = 0; z < grid.blocks[2]; ++z)
    for (std::uint32_t y = 0; y < grid.blocks[1]; ++y)
      for (std::uint32_t x = 0; x < grid.blocks[0]; ++x) {
        thread.ctaid[0] = x, thread.ctaid[1] = y, thread.ctaid[2] = z;
        run_block(kernel, thread, params);
      }
  g_running = nullptr;
}

}  // namespace rfmap::ptx
