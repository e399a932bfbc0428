#include "cpu/builder.h"

#include <algorithm>
#include <unordered_map>

namespace rfmap::cpu {

dnnl::memory Constants::get(const Floats& numbers, const Desc& given, const Desc& wanted) {
  for (const Entry& entry : entries_)
    if (entry.numbers == numbers && entry.memory.get_desc() == wanted) return entry.memory;
  // oneDNN takes inputs as void*, but does not write to them.
  dnnl::memory source(given, engine_, const_cast<float*>(numbers->data()));
  dnnl::memory memory = source;
  if (given != wanted) {
    memory = dnnl::memory(wanted, engine_);
    dnnl::stream stream(engine_);
    dnnl::reorder(source, memory).execute(stream, source, memory);
    stream.wait();
    bytes_ += wanted.get_size();
  }
  entries_.push_back({numbers, memory});
  return memory;
}

Constants::Packed Constants::packed(const Floats& numbers, int groups,
                                    const std::function<std::vector<float>()>& pack) {
  Packed& packed = packed_[{numbers, groups}];
  if (!packed) {
    packed = std::make_shared<const std::vector<float>>(pack());
    bytes_ += packed->size() * sizeof(float);
  }
  return packed;
}

void Compiled::bind(std::byte* arena) {
  for (auto& [memory, offset] : scratch) memory.set_data_handle(arena + offset);
}

int Builder::add(const Desc& desc) {
  Buffer buffer;
  buffer.memory = dnnl::memory(desc, engine_, DNNL_MEMORY_NONE);
  buffer.root = int(buffers_.size());
  buffers_.push_back(buffer);
  return buffer.root;
}

int Builder::add_fixed(const dnnl::memory& memory) {
  Buffer buffer;
  buffer.memory = memory;
  buffer.root = int(buffers_.size());
  buffer.fixed = true;
  buffers_.push_back(buffer);
  return buffer.root;
}

int Builder::view(int of, const Desc& desc) {
  Buffer buffer;
  buffer.root = buffers_[of].root;
  const Buffer& root = buffers_[buffer.root];
  buffer.fixed = root.fixed;
  void* place = root.fixed ? root.memory.get_data_handle() : DNNL_MEMORY_NONE;
  buffer.memory = dnnl::memory(desc, engine_, place);
  buffers_.push_back(buffer);
  return int(buffers_.size()) - 1;
}

void Builder::begin_step(int step, const std::string& layer) {
  step_ = step;
  layer_ = layer;
}

void Builder::hold(int buffer, int last) {
  Buffer& root = buffers_[buffers_[buffer].root];
  root.last_read = std::max(root.last_read, last);
}

bool Builder::dies(int buffer) const {
  const Buffer& root = buffers_[buffers_[buffer].root];
  return !root.fixed && root.last_read <= step_;
}

int Builder::convert(int buffer, const Desc& wanted) {
  if (desc(buffer) == wanted) return buffer;
  for (const Copy& copy : copies_)
    if (copy.from == buffer && desc(copy.to) == wanted) return copy.to;
  const int to = add(wanted);
  // A copy may be asked for again as long as the original is read.
  hold(to, buffers_[buffers_[buffer].root].last_read);
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
  const int kernel = int(kernels_.size());
  for (int buffer : touched) buffers_[buffers_[buffer].root].kernels.touch(kernel);
  kernels_.push_back({layer_, std::move(run)});
}

Compiled Builder::finish() {
  std::vector<Block> blocks;
  std::vector<int> block_of(buffers_.size(), -1);
  for (int i = 0; i < int(buffers_.size()); ++i) {
    const Buffer& buffer = buffers_[i];
    if (buffer.root != i || buffer.fixed) continue;
    block_of[i] = int(blocks.size());
    blocks.push_back({buffer.memory.get_desc().get_size(), buffer.kernels});
  }
  const Packing packing = pack(blocks);
  Compiled compiled;
  compiled.kernels = std::move(kernels_);
  compiled.arena_bytes = packing.bytes;
  for (const Buffer& buffer : buffers_)
    if (!buffer.fixed)
      compiled.scratch.push_back({buffer.memory, packing.offsets[block_of[buffer.root]]});
  return compiled;
}

}  // namespace rfmap::cpu
