#include "engine/engine_on.h"

#include <utility>

#include "engine/session.h"

namespace rfmap::cuda {
using namespace plan;
namespace {

class CudaEngine : public Engine {
 public:
  CudaEngine(std::shared_ptr<Device> device, Precision precision, std::string description)
      : device_(std::move(device)), precision_(precision), description_(std::move(description)) {}
  std::string name() const override { return "cuda"; }
  std::string description() const override { return description_; }
  std::vector<std::string> report() const override { return tally_->lines(); }
  void keep_choices(const std::string& folder) override { device_->keep_choices(folder); }
  std::unique_ptr<Session> compile(const ProgramSet& set) override {
    return std::make_unique<CudaSession>(device_, set, precision_, tally_);
  }

 private:
  std::shared_ptr<Device> device_;
  Precision precision_;
  std::string description_;
  std::shared_ptr<Tally> tally_ = std::make_shared<Tally>();
};

}  // namespace

std::unique_ptr<Engine> make_engine_on(std::shared_ptr<Device> device, Precision precision,
                                       const std::string& description) {
  return std::make_unique<CudaEngine>(std::move(device), precision, description);
}

}  // namespace rfmap::cuda
