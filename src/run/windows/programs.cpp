#include "run/windows/programs.h"

namespace rfmap::run {
using namespace plan;

WindowPrograms::WindowPrograms(Session& session, WindowPlan& plan, std::vector<Value> residents,
                               int programs, const WindowBatches& batches)
    : session_(session),
      plan_(plan),
      residents_(std::move(residents)),
      programs_(programs),
      batches_(batches) {
  residents_.insert(residents_.end(), plan.originals().begin(), plan.originals().end());
  original_ = add(plan.original_program(), plan.originals());
}

int WindowPrograms::add(const Program& program, const std::vector<Value>& residents) {
  session_.add(residents, {program});
  return programs_++;
}

WindowPrograms::Shared& WindowPrograms::shared(int cut) {
  const auto [it, fresh] = shared_.try_emplace(cut);
  if (!fresh) return it->second;
  Shared& shared = it->second;
  shared.windows = plan_.shared_windows(cut);
  const WindowNet& net = plan_.net();
  for (int t = 0; t < int(net.targets.size()); ++t)
    if (net.step_of[net.targets[t]] < cut) shared.reads.push_back(t);
  return shared;
}

WindowPrograms::Own& WindowPrograms::own(int cut, int target) {
  const auto [it, fresh] = own_.try_emplace({cut, target});
  if (fresh) it->second.windows = plan_.own_windows(cut, target);
  return it->second;
}

WindowPrograms::Shared::Compiled WindowPrograms::shared_program(Shared& shared, ClassPair sizes) {
  const auto [it, fresh] = shared.compiled.try_emplace(sizes);
  if (!fresh) return it->second;
  const std::vector<Value> frontier =
      plan_.frontier_values(shared.windows, sizes.y, sizes.x, batch());
  it->second.first_frontier = int(residents_.size());
  residents_.insert(residents_.end(), frontier.begin(), frontier.end());
  const Program program = plan_.shared_program(
      shared.windows, {sizes.y, sizes.x, batch(), it->second.first_frontier, shared.reads},
      residents_);
  it->second.program = add(program, frontier);
  return it->second;
}

int WindowPrograms::own_program(Own& own, int target, int group, ClassPair sizes, Shared* shared,
                                ClassPair shared_sizes) {
  const auto [it, fresh] = own.compiled.try_emplace({group, {sizes, shared_sizes}});
  if (!fresh) return it->second;
  WindowPlan::OwnProgram which{target, group, sizes.y, sizes.x, own_batch(shared), nullptr, {}};
  if (shared) {
    which.shared = &shared->windows;
    which.frontier = {shared_sizes.y,
                      shared_sizes.x,
                      batch(),
                      shared->compiled.at(shared_sizes).first_frontier,
                      {}};
  }
  return it->second = add(plan_.own_program(own.windows, which, residents_));
}

}  // namespace rfmap::run
