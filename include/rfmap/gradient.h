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

/// Which operations are removed from a network: none; its activations; all that are not linear,
/// except products.
enum class Linear { no, activations, all };

/// The graph without the operations that `which` names; the nodes stay: activations pass their
/// input on; with `all` max pooling and extrema over axes average, a maximum of inputs becomes
/// their sum, and LRN, normalisations and softmax pass their input on too.
Graph linearized(const Graph& graph, Linear which);

/// Reverse mode on the CPU: one forward pass stores every node's value, then each backward pass
/// computes one neuron's gradient. Conventions are PyTorch's: at 0 ReLU and leaky ReLU have their
/// slope below 0, a clip has slope 0 at its bounds, max pooling follows the first of equal maxima
/// in row-major order (as does a maximum of inputs: the first of them). Results do not depend on
/// the number of threads.
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
  /// layer if it is not finite, std::out_of_range for a neuron that the map does not have.
  std::span<const float> backward(const Neuron& neuron);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Summary of one neuron's gradients over some inputs, [h, w]; input channels are summed.
struct GradientMaps {
  Size input;
  int samples = 0;
  std::vector<std::uint8_t> support;     ///< 1 where some sample has a gradient that is not 0
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

/// Random bytes as the network sees them, [C, H, W]: Philox with the seed and counter (0, channel,
/// y, x) (docs/method.md, "fill"), 0..255; `mean` and `deviation` are the mean and standard
/// deviation of such bytes, 127.5 and 73.9.
std::vector<std::uint8_t> noise_image(std::uint64_t seed, const Shape& input);

}  // namespace rfmap
