#pragma once

#include "network.h"

namespace rfmap::testing_engines {

/// All positions of all channels, in C, H, W order.
inline std::vector<plan::Read> every_read(const Shape& shape) {
  std::vector<plan::Read> reads;
  for (int c = 0; c < shape.c; ++c)
    for (int y = 0; y < shape.h; ++y)
      for (int x = 0; x < shape.w; ++x) reads.push_back({c, {y, x}});
  return reads;
}

/// A session with image slots and an occluding program, as a run uses it.
class Occluding {
 public:
  Occluding(plan::Engine& engine, const Graph& graph, const std::vector<int>& nodes, int batch,
            Size patch, int slots = 1, int patches = 1, Response response = Response::location)
      : batch_(batch) {
    plan::ProgramSet set;
    set.residents = {{graph.input(), slots, 0, "images"}};
    set.programs = {plan::load_program(graph.input(), slots),
                    plan::occlude_program(graph, nodes, batch, response)};
    set.patch = patch;
    set.patches = patches;
    session_ = engine.compile(set);
  }

  void set_patches(const std::vector<float>& patches) { session_->set_patches(patches); }

  void load(const std::vector<float>& images) {
    plan::Call call;
    call.images = images;
    session_->run(0, call, reply_);
  }

  /// One batch; `reads` by node.
  const plan::Reply& run(const std::vector<plan::Occluder>& occluders,
                         const std::vector<std::vector<plan::Read>>& reads) {
    plan::Call call;
    call.occluders = occluders;
    for (const std::vector<plan::Read>& table : reads) call.reads.push_back(table);
    session_->run(1, call, reply_);
    return reply_;
  }

  /// The same with several submitted batches; collect() gives the responses of the oldest.
  void submit(const std::vector<plan::Occluder>& occluders, const std::vector<plan::Read>& reads) {
    plan::Call call;
    call.occluders = occluders;
    call.reads = {reads};
    session_->submit(1, call);
    ++under_way_;
  }
  std::vector<float> collect() {
    session_->collect(reply_);
    --under_way_;
    return reply_.responses[0];
  }
  int under_way() const { return under_way_; }
  int depth() const { return session_->depth(); }

  /// Responses of one node to any number of occluders, [occluder, read]; the last batch is filled
  /// up with null occluders.
  std::vector<float> responses(const std::vector<plan::Occluder>& occluders,
                               const std::vector<plan::Read>& reads) {
    std::vector<float> all;
    for (std::size_t first = 0; first < occluders.size(); first += batch_) {
      const std::size_t count = std::min(occluders.size() - first, std::size_t(batch_));
      std::vector<plan::Occluder> part(occluders.begin() + first,
                                       occluders.begin() + first + count);
      part.resize(batch_);
      const std::vector<float>& got = run(part, {reads}).responses[0];
      all.insert(all.end(), got.begin(), got.begin() + count * reads.size());
    }
    return all;
  }

  /// Response minus that of the null occluder in slot 0 of each batch.
  std::vector<float> changes(const std::vector<plan::Occluder>& occluders,
                             const std::vector<plan::Read>& reads) {
    std::vector<plan::Occluder> padded;
    for (std::size_t i = 0; i < occluders.size(); ++i) {
      if (i % (batch_ - 1) == 0) padded.push_back({});
      padded.push_back(occluders[i]);
    }
    const std::vector<float> all = responses(padded, reads);
    const std::size_t stride = reads.size();
    std::vector<float> changes;
    for (std::size_t i = 0; i < padded.size(); ++i) {
      const std::size_t null = i / batch_ * batch_;
      if (i == null) continue;
      for (std::size_t r = 0; r < stride; ++r)
        changes.push_back(all[i * stride + r] - all[null * stride + r]);
    }
    return changes;
  }

 private:
  int batch_, under_way_ = 0;
  std::unique_ptr<plan::Session> session_;
  plan::Reply reply_;
};

}  // namespace rfmap::testing_engines
