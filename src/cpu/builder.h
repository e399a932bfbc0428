#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "onednn/constants.h"
#include "plan/buffers.h"
#include "plan/engine.h"

namespace rfmap::cpu {

using namespace onednn;  // whose words this room speaks

/// What kernels see while a program runs.
struct Run {
  const plan::Call& call;
  plan::Reply& reply;
  dnnl::stream& stream;
  const std::vector<float>& patches;  ///< [patch, C, size.h, size.w]
  Size patch_size;
};

/// One piece of work of a compiled program: a oneDNN primitive or an own loop.
struct Kernel {
  std::string layer;
  std::function<void(Run&)> run;
};

/// Kernels of one program and the scratch memory that they share; `bind` gives it its place.
struct Compiled {
  std::vector<Kernel> kernels;
  std::vector<std::pair<dnnl::memory, std::size_t>> scratch;  ///< with offset in the arena
  std::size_t arena_bytes = 0;
  void bind(std::byte* arena);
};

/// Collects the kernels of a program and the buffers between them, each with its descriptor; a view
/// shares another buffer's bytes under another one.
class Builder {
 public:
  Builder(const dnnl::engine& engine, Constants& constants)
      : engine_(engine), constants_(constants) {}

  const dnnl::engine& engine() const { return engine_; }
  Constants& constants() { return constants_; }

  int add(const Desc& desc);
  int add_fixed(const dnnl::memory& memory);  ///< keeps its own place (resident values)
  int view(int buffer, const Desc& desc);
  Desc desc(int buffer) const { return memories_[buffer].get_desc(); }
  const dnnl::memory& memory(int buffer) const { return memories_[buffer]; }

  /// The kernels that follow belong to step `step`, in the name of `layer`.
  void begin_step(int step, const std::string& layer);
  /// As in plan/buffers.h, these three.
  void hold(int buffer, int last) { buffers_.hold(buffer, last); }
  bool dies(int buffer) const { return buffers_.dies(buffer); }
  bool share(int a, int b) const { return buffers_.share(a, b); }
  /// A buffer of the same layout for new content: the same bytes when the buffer dies. Always a
  /// new number, so that copies of the old content are not taken for copies of the new.
  int in_place(int buffer) { return dies(buffer) ? view(buffer, desc(buffer)) : add(desc(buffer)); }

  /// The same values in another layout (a reorder, once for all who ask).
  int convert(int buffer, const Desc& wanted);
  int plain(int buffer);
  /// Copies values from one buffer into another, whatever their layouts.
  void copy(int from, int to);

  using Args = std::vector<std::pair<int, int>>;  ///< DNNL_ARG_..., buffer
  using Fixed = std::vector<std::pair<int, dnnl::memory>>;
  /// `desc` makes the primitive; its scratchpad becomes a buffer that lives for this kernel.
  template <class Primitive>
  void call(const typename Primitive::primitive_desc& desc, const Args& args,
            const Fixed& constants = {}) {
    emit(Primitive(desc), desc.scratchpad_desc(), args, constants);
  }
  /// An own loop over `touched` buffers.
  void loop(const std::vector<int>& touched, std::function<void(Run&)> run);

  Compiled finish();

 private:
  struct Copy {
    int from = 0, to = 0;
  };

  void emit(const dnnl::primitive& primitive, const Desc& scratchpad, const Args& args,
            const Fixed& constants);

  dnnl::engine engine_;
  Constants& constants_;
  plan::Buffers buffers_;
  std::vector<dnnl::memory> memories_;  ///< by buffer
  std::vector<Copy> copies_;
  std::vector<Kernel> kernels_;
  std::string layer_;
};

}  // namespace rfmap::cpu
