#include "run/together.h"

#include <set>

#include <fmt/format.h>

#include "rfmap/devices.h"
#include "rfmap/error.h"

#include "core/log.h"
#include "core/utf8.h"
#include "engines/device_list.h"
#include "ranks/cores.h"
#include "run/await_files.h"
#include "run/phase_progress.h"
#include "run/record.h"

namespace rfmap::run {
namespace {

int count_gpus() {
  int count = 0;
  for (const DeviceInfo& device : list_devices())
    count += device.name.starts_with("cuda:") && device.reason.empty();
  return count;
}

}  // namespace

std::string take_own_place(Run& run) {
  Ranks& ranks = *run.ranks;
  if (ranks.alone()) return run.machine.device;
  const int threads = ranks::fair_threads(ranks);
  if (!run.machine.threads) run.threads = threads;
  const int gpus = count_gpus();
  const Place& place = ranks.place();
  const std::vector<std::string> listed = engines::listed_devices(run.machine.device);
  std::string device = listed.size() > 1 ? listed[std::size_t(place.local_rank) % listed.size()]
                                         : ranks::own_device(run.machine.device, place, gpus);
  log::info("{} ranks, {} of them on this machine; {} thread(s), device {} on rank 0", place.count,
            place.local_count, run.threads, device);
  if (gpus > 0 && gpus < place.local_count)
    log::info("each rank of this machine sees {} GPU(s): those that see the same one share it",
              gpus);
  return device;
}

Identity agreed_identity(const Run& run, const std::string& engine) {
  Identity own = identify(run, engine);
  if (run.ranks->alone()) return own;
  own.emplace_back("--out", core::utf8_of_bytes(run.output.path));
  Identity first = from_json(run.ranks->share(json_of(own), stop_while_waiting(run)));
  require_same(first, own, "rank 0 has a run", "give all ranks the same options and files");
  run.ranks->gather("", stop_while_waiting(run));  // nobody goes on unless all agree
  first.pop_back();
  return first;
}

RunFolder open_together(const Run& run, const Identity& identity, RunFolder::Existing existing) {
  const std::string path = run.output.path + ".parts";
  if (run.ranks->alone()) return {path, identity, existing, run.output.shard};
  if (run.ranks->first()) {
    RunFolder folder(path, identity, existing);
    folder.admit_ranks();
    run.ranks->share("");
    return folder;
  }
  run.ranks->share("", stop_while_waiting(run));
  await_files(run, {path + "/run.json"});
  return RunFolder::of_rank(path, identity, run.ranks->place().rank);
}

std::vector<std::string> hand_over(const Run& run, const std::vector<std::string>& parts) {
  if (run.ranks->alone()) return parts;
  std::string own;
  for (const std::string& path : parts) own.append(path).push_back('\0');
  std::set<std::string> all;
  for (const std::string& given : run.ranks->gather(own, stop_while_waiting(run)))
    for (std::size_t begin = 0, end = 0; begin < given.size(); begin = end + 1) {
      end = given.find('\0', begin);
      all.insert(given.substr(begin, end - begin));
    }
  std::vector<std::string> paths(all.begin(), all.end());
  await_files(run, paths);
  return paths;
}

}  // namespace rfmap::run
