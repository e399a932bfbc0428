#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "rfmap/graph.h"

/// Gradients of neurons with respect to the network's input, by reverse mode over the graph.
namespace rfmap {

/// Channel of a neuron that is the sum over all channels at its position.
inline constexpr int kAllChannels = -1;

struct Neuron {
  int node = 0;
  int channel = kAllChannels;
  Point position;
};

/// What is left out of a network: nothing; its activations; these and all else that is not linear
/// but products.
enum class Linear { no, activations, all };

/// The graph without what `which` names, nodes as before: activations pass their input on; with
/// `all` max pooling averages, a maximum of inputs becomes their sum, and LRN and softmax pass
/// their input on too.
Graph linearized(const Graph& graph, Linear which);

/// Reverse mode on the CPU: one forward pass keeps every node's value, then each backward pass
/// gives one neuron's gradient. Conventions are PyTorch's: ReLU and leaky ReLU have at 0 the slope
/// below it, a clip is flat at its bounds, max pooling follows the first of equal maxima in
/// row-major order (as does a maximum of inputs: the first of them). Results do not depend on the
/// number of threads.
class Gradients {
 public:
  /// Compiles what `targets` (nodes) need. Without `threads` on all cores of the process. Throws
  /// EngineError.
  Gradients(const Graph& graph, const std::vector<int>& targets, std::optional<int> threads = {});
  ~Gradients();
  Gradients(Gradients&&) noexcept;
  /// `image`: network values, [C, H, W].
  void forward(std::span<const float> image);
  /// The neuron's response (its channel, or the sum) in the last forward pass.
  float response(const Neuron& neuron) const;
  /// d response / d input, [C, H, W]; valid until the next call. Throws EngineError naming the
  /// layer when it is not finite, std::out_of_range for a neuron that the map does not have.
  std::span<const float> backward(const Neuron& neuron);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What the gradients of one neuron over some inputs come to, [h, w]; channels of the input are
/// summed.
struct GradientMaps {
  Size input;
  int samples = 0;
  std::vector<std::uint8_t> support;     ///< 1 where any sample has a gradient that is not 0
  std::vector<float> absolute, squared;  ///< mean over samples of the sum over channels
  std::vector<float> signed_sum;
};

/// Running means over samples, in double.
class GradientMean {
 public:
  explicit GradientMean(const Shape& input);
  /// `gradient`: [C, H, W].
  void add(std::span<const float> gradient);
  GradientMaps maps() const;

 private:
  Shape input_;
  int samples_ = 0;
  std::vector<std::uint8_t> support_;
  std::vector<double> absolute_, squared_, signed_;
};

/// Random bytes as the network sees them, [C, H, W]: Philox with the seed and counter
/// (0, channel, y, x) (docs/method.md, "fill"), 0..255; `mean` and `deviation` of such bytes are
/// 127.5 and 73.9.
std::vector<std::uint8_t> noise_image(std::uint64_t seed, const Shape& input);

}  // namespace rfmap
