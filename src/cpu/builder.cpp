#include "cpu/builder.h"

#include <unordered_map>

namespace rfmap::cpu {
using namespace plan;

void Compiled::bind(std::byte* arena) {
  for (auto& [memory, offset] : scratch) memory.set_data_handle(arena + offset);
}

int Builder::add(const Desc& desc) {
  memories_.push_back(dnnl::memory(desc, engine_, DNNL_MEMORY_NONE));
  return buffers_.add(desc.get_size());
}

int Builder::add_fixed(const dnnl::memory& memory) {
  memories_.push_back(memory);
  return buffers_.add_fixed();
}

int Builder::view(int of, const Desc& desc) {
  void* place = buffers_.is_fixed(of) ? memories_[of].get_data_handle() : DNNL_MEMORY_NONE;
  memories_.push_back(dnnl::memory(desc, engine_, place));
  return buffers_.view(of);
}

void Builder::begin_step(int step, const std::string& layer) {
  buffers_.begin_step(step);
  layer_ = layer;
}

int Builder::convert(int buffer, const Desc& wanted) {
  if (desc(buffer) == wanted) return buffer;
  for (const Copy& copy : copies_)
    if (copy.from == buffer && desc(copy.to) == wanted) return copy.to;
  const int to = add(wanted);
  // A copy may be asked for again as long as the original is read.
  hold(to, buffers_.last_read(buffer));
  copy(buffer, to);
  copies_.push_back({buffer, to});
  return to;
}

void Builder::copy(int from, int to) {
  const dnnl::reorder::primitive_desc reorder(engine_, desc(from), engine_, desc(to), attributes());
  call<dnnl::reorder>(reorder, {{DNNL_ARG_SRC, from}, {DNNL_ARG_DST, to}});
}

int Builder::plain(int buffer) {
  const Dims dims = dims_of(desc(buffer));
  return convert(buffer, describe(dims, dims.size() == 2 ? Tag::nc : Tag::nchw));
}

void Builder::emit(const dnnl::primitive& primitive, const Desc& scratchpad, const Args& args,
                   const Fixed& constants) {
  std::unordered_map<int, dnnl::memory> bound(constants.begin(), constants.end());
  std::vector<int> touched;
  for (const auto& [role, buffer] : args) {
    bound[role] = memory(buffer);
    touched.push_back(buffer);
  }
  if (scratchpad.get_size() > 0) {
    touched.push_back(add(scratchpad));
    bound[DNNL_ARG_SCRATCHPAD] = memory(touched.back());
  }
  loop(touched, [primitive, bound](Run& run) { primitive.execute(run.stream, bound); });
}

void Builder::loop(const std::vector<int>& touched, std::function<void(Run&)> run) {
  buffers_.touch(touched);
  kernels_.push_back({layer_, std::move(run)});
}

Compiled Builder::finish() {
  const Packing packing = buffers_.place();
  Compiled compiled{std::move(kernels_), {}, packing.bytes};
  for (int i = 0; i < int(memories_.size()); ++i)
    if (!buffers_.is_fixed(i)) compiled.scratch.push_back({memories_[i], packing.offsets[i]});
  return compiled;
}

}  // namespace rfmap::cpu
