#include "rfmap/costs.h"

#include "app/commands.h"
#include "app/hooks.h"
#include "app/logging.h"
#include "app/options/options.h"
#include "app/signals.h"
#include "app/text/costs_text.h"

namespace rfmap::app {
namespace {

/// What a plan is told beside the run.
struct PlanSettings {
  std::int64_t calibrate = 5;  ///< seconds
  Format format = Format::table;
};

Options plan_options(Settings& settings, PlanSettings& plan) {
  Options all = estimate_options(settings);
  std::erase_if(all, [](const Option& o) { return o.name == "print-config"; });
  Options own{option("calibrate", plan.calibrate, Integer{0, 86400},
                     "seconds that short trials on this machine may take, from which times are "
                     "expected; 0: no trials, no times"),
              option("format", plan.format, kFormats, "of the output")};
  for (Option& o : own) {
    o.group = "Plan";
    o.in_file = false;
    all.push_back(std::move(o));
  }
  return all;
}

int run_plan(const CommandInfo& info, const Texts& args) {
  Settings settings;
  PlanSettings plan;
  const Options options = plan_options(settings, plan);
  if (!parse_with_config(info, options, args, settings.config_file)) return 0;
  set_up_logging(settings.messages);
  install_stop_handlers();
  const RunCosts costs =
      expected_costs(settings.job, double(plan.calibrate), job_hooks(settings.messages));
  put_text("", costs_text(costs, plan.format));
  return 0;
}

}  // namespace

Command plan_command() {
  return {
      {"plan", "what rfmap estimate with the same options will cost, without running it",
       "plan --model net.onnx --images photos --preset torchvision --layers 'layer1*'",
       "Counts images, pairs, occluded copies, multiply-adds, memory and disk; expects the time\n"
       "from short trials. Images are listed; only trials read some. Nothing is written.\n"},
      run_plan};
}

}  // namespace rfmap::app
