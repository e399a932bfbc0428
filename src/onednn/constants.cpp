#include "onednn/constants.h"

namespace rfmap::onednn {

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

}  // namespace rfmap::onednn
