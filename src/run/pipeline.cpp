#include "run/pipeline.h"

#include <utility>

#include "rfmap/error.h"

namespace rfmap::run {
using namespace plan;

Pipeline::~Pipeline() {
  for (std::size_t i = 0; i < takes_.size(); ++i) {
    try {
      session_.collect(reply_);
    } catch (const Error&) {  // an earlier error is being handled
    }
  }
}

void Pipeline::run(int program, const Call& call, Take take) {
  while (int(takes_.size()) >= session_.depth()) take_oldest();
  session_.submit(program, call);
  takes_.push_back(std::move(take));
}

void Pipeline::drain() {
  while (!takes_.empty()) take_oldest();
}

void Pipeline::take_oldest() {
  const Take take = std::move(takes_.front());
  takes_.pop_front();
  session_.collect(reply_);
  take(reply_);
}

}  // namespace rfmap::run
