#include "rfmap/devices.h"

#include <algorithm>

#include "app/commands.h"
#include "app/text/text_output.h"
#include "plan/engine.h"

namespace rfmap::app {
namespace {

int run_devices(const CommandInfo& info, const Texts& args) {
  if (!parse_arguments(info, {}, args)) return 0;
  std::vector<Row> rows{{"device", "usable", ""}};
  for (const DeviceInfo& d : list_devices())
    rows.push_back(
        {d.name, d.reason.empty() ? "yes" : "no", d.reason.empty() ? d.description : d.reason});
  std::string text = aligned_table(rows, 3);
  const auto is_gpu = [](const Row& row) { return row[0].starts_with("cuda:") && row[1] == "yes"; };
  if (std::ranges::count_if(rows, is_gpu) > 1)
    text += "several GPUs share a run: --device cuda:0,1, or cuda:all\n";
  put_text("", text);
  return 0;
}

}  // namespace

Command devices_command() {
  return {{"devices", "engines and devices found, and why one is not usable", "devices", ""},
          run_devices};
}

}  // namespace rfmap::app
