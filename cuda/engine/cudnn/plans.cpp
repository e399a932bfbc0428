#include "engine/cudnn/plans.h"

#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include <cudnn_frontend.h>
#include <dlfcn.h>

#include "engine/device.h"

// The library in which the frontend looks up its functions.
namespace cudnn_frontend {
void* cudnn_dlhandle = nullptr;
}

namespace rfmap::cuda {

namespace fe = cudnn_frontend;

struct CudnnTarget::State {
  cudnnHandle_t handle = nullptr;
  std::shared_ptr<fe::DeviceProperties> properties;  ///< set for a described device
  int sm_version = 0;
  ~State() {
    if (handle) fe::detail::destroy_handle(handle);
  }
};

namespace {

/// The frontend filters plans by their notes, but does not give them.
class NotedGraph : public fe::graph::Graph {
 public:
  const std::vector<fe::NumericalNote_t>& notes_of(int plan) const {
    return plans.numeric_notes.at(std::size_t(plan));
  }
};

}  // namespace

struct CudnnPlans::State {
  std::shared_ptr<CudnnTarget::State> target;
  NotedGraph graph;
  std::string why_none;
};

namespace {

using Tensors = fe::graph::Tensor_attributes;

enum Uid : std::int64_t { kIn = 1, kWeights, kBias, kResidual, kOut };

[[noreturn]] void fail(const std::string& what, fe::error_t error) {
  const std::string text = "cuDNN: " + what + ": " + error.get_message();
  if (text.find("DEVICE_ALLOCATION_FAILED") != text.npos) throw MemoryFault(text);
  throw DeviceFault(text);
}

void check(const std::string& what, const fe::error_t& error) {
  if (error.is_bad()) fail(what, error);
}

fe::DataType_t type_of(Precision precision) {
  switch (storage_of(precision)) {
    case kernels::DType::f16:
      return fe::DataType_t::HALF;
    case kernels::DType::bf16:
      return fe::DataType_t::BFLOAT16;
    case kernels::DType::f32:
      break;
  }
  return fe::DataType_t::FLOAT;
}

/// Dimensions in cuDNN's order n, c, h, w; channels innermost in memory.
Tensors nhwc(const char* name, Uid uid, std::int64_t n, const Shape& s, fe::DataType_t type) {
  const std::int64_t c = s.c, h = s.h, w = s.w;
  Tensors tensor;
  tensor.set_name(name).set_uid(uid).set_data_type(type);
  tensor.set_dim({n, c, h, w}).set_stride({h * w * c, 1, w * c, c});
  return tensor;
}

fe::graph::Pointwise_attributes pointwise(const char* name, fe::PointwiseMode_t mode) {
  fe::graph::Pointwise_attributes attributes;
  attributes.set_name(name).set_mode(mode).set_compute_data_type(fe::DataType_t::FLOAT);
  return attributes;
}

/// convolution, + residual, + bias, ReLU: the order that cuDNN has plans for.
void describe_graph(fe::graph::Graph& graph, const ConvolutionProblem& p) {
  const fe::DataType_t type = type_of(p.precision);
  graph.set_io_data_type(type)
      .set_intermediate_data_type(fe::DataType_t::FLOAT)
      .set_compute_data_type(fe::DataType_t::FLOAT);
  const auto in = graph.tensor(nhwc("in", kIn, p.batch, p.in, type));
  const Shape filter{p.in.c / p.groups, p.kernel.h, p.kernel.w};
  const auto weights = graph.tensor(nhwc("weights", kWeights, p.out.c, filter, type));
  fe::graph::Conv_fprop_attributes convolution;
  convolution.set_name("convolution")
      .set_pre_padding({p.pad.top, p.pad.left})
      .set_post_padding({p.pad.bottom, p.pad.right})
      .set_stride({p.stride.h, p.stride.w})
      .set_dilation({p.dilation.h, p.dilation.w});
  auto value = graph.conv_fprop(in, weights, convolution);
  const Shape cell{p.out.c, 1, 1};
  if (p.residual) {
    const auto residual = graph.tensor(nhwc("residual", kResidual, p.batch, p.out, type));
    value = graph.pointwise(value, residual, pointwise("sum", fe::PointwiseMode_t::ADD));
  }
  const auto bias = graph.tensor(nhwc("bias", kBias, 1, cell, type));
  value = graph.pointwise(value, bias, pointwise("bias_sum", fe::PointwiseMode_t::ADD));
  if (p.relu) value = graph.pointwise(value, pointwise("relu", fe::PointwiseMode_t::RELU_FWD));
  const Tensors out = nhwc("out", kOut, p.batch, p.out, type);
  value->set_output(true).set_uid(kOut).set_data_type(type);
  value->set_dim(out.get_dim()).set_stride(out.get_stride());
}

/// cuDNN's word for what an engine does to numbers; empty: nothing.
std::string word_of(fe::NumericalNote_t note) {
  switch (note) {
    case fe::NumericalNote_t::TENSOR_CORE:
      return "TENSOR_CORE";
    case fe::NumericalNote_t::DOWN_CONVERT_INPUTS:
      return "DOWN_CONVERT_INPUTS";
    case fe::NumericalNote_t::REDUCED_PRECISION_REDUCTION:
      return "REDUCED_PRECISION_REDUCTION";
    case fe::NumericalNote_t::FFT:
      return "FFT";
    case fe::NumericalNote_t::NONDETERMINISTIC:
      return "NONDETERMINISTIC";
    case fe::NumericalNote_t::WINOGRAD:
      return "WINOGRAD";
    case fe::NumericalNote_t::WINOGRAD_TILE_4x4:
      return "WINOGRAD_TILE_4x4";
    case fe::NumericalNote_t::WINOGRAD_TILE_6x6:
      return "WINOGRAD_TILE_6x6";
    case fe::NumericalNote_t::WINOGRAD_TILE_13x13:
      return "WINOGRAD_TILE_13x13";
    case fe::NumericalNote_t::STRICT_NAN_PROP:
      return "STRICT_NAN_PROP";
    case fe::NumericalNote_t::NOT_SET:
      break;
  }
  return "";
}

}  // namespace

std::string load_cudnn() {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  if (fe::cudnn_dlhandle) return "";
  fe::cudnn_dlhandle = dlopen("libcudnn.so.9", RTLD_NOW | RTLD_GLOBAL);
  if (fe::cudnn_dlhandle) return "";
  const char* text = dlerror();
  return text ? text : "libcudnn.so.9 cannot be loaded";
}

std::string cudnn_version() {
  const std::size_t version = fe::detail::get_backend_version();
  return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." +
         std::to_string(version % 100);
}

std::string cudnn_frontend_version() {
  return std::to_string(CUDNN_FRONTEND_MAJOR_VERSION) + "." +
         std::to_string(CUDNN_FRONTEND_MINOR_VERSION) + "." +
         std::to_string(CUDNN_FRONTEND_PATCH_VERSION);
}

CudnnTarget CudnnTarget::on_stream(void* stream) {
  auto state = std::make_shared<State>();
  const auto check_status = [](const char* what, cudnnStatus_t status) {
    if (status != CUDNN_STATUS_SUCCESS)
      throw DeviceFault(std::string("cuDNN: ") + what + ": " +
                        fe::detail::get_error_string(status));
  };
  check_status("cudnnCreate", fe::detail::create_handle(&state->handle));
  check_status("cudnnSetStream",
               fe::detail::set_stream(state->handle, static_cast<cudaStream_t>(stream)));
  return CudnnTarget(std::move(state));
}

CudnnTarget CudnnTarget::described(const std::string& json) {
  auto state = std::make_shared<State>();
  state->properties = std::make_shared<fe::DeviceProperties>();
  check("device description", state->properties->deserialize({json.begin(), json.end()}));
  const std::size_t key = json.find("\"deviceVer\":");
  if (key == std::string::npos) throw DeviceFault("the device description has no deviceVer");
  state->sm_version = std::stoi(json.substr(json.find(':', key) + 1)) / 10;
  return CudnnTarget(std::move(state));
}

CudnnPlans::CudnnPlans(const CudnnTarget& target, const ConvolutionProblem& problem)
    : state_(std::make_unique<State>()) {
  state_->target = target.state();
  fe::graph::Graph& graph = state_->graph;
  describe_graph(graph, problem);
  if (state_->target->properties)
    graph.set_sm_version(state_->target->sm_version)
        .set_device_properties(state_->target->properties);
  check("validate", graph.validate());
  check("build_operation_graph", state_->target->handle
                                     ? graph.build_operation_graph(state_->target->handle)
                                     : graph.build_operation_graph());
  // Without any engine this is an error, and the count is 0.
  fe::error_t found = graph.create_execution_plans({fe::HeurMode_t::A, fe::HeurMode_t::FALLBACK});
  if (found.is_bad()) state_->why_none = "cuDNN: " + found.get_message();
}

CudnnPlans::~CudnnPlans() = default;

int CudnnPlans::count() const { return int(state_->graph.get_execution_plan_count()); }

std::string CudnnPlans::why_none() const { return state_->why_none; }

std::string CudnnPlans::name(int plan) const {
  std::string name;
  check("plan name", state_->graph.get_plan_name_at_index(plan, name));
  return name;
}

std::vector<std::string> CudnnPlans::notes(int plan) const {
  std::vector<std::string> words;
  for (const fe::NumericalNote_t note : state_->graph.notes_of(plan))
    if (std::string word = word_of(note); !word.empty()) words.push_back(std::move(word));
  return words;
}

std::string CudnnPlans::build(int plan) {
  fe::error_t built = state_->graph.build_plan_at_index(plan);
  if (built.is_good()) return "";
  return built.get_message().empty() ? "cuDNN does not build it" : built.get_message();
}

std::size_t CudnnPlans::workspace_bytes(int plan) const {
  return std::size_t(state_->graph.get_workspace_size_plan_at_index(plan));
}

void CudnnPlans::run(int plan, const ConvolutionArguments& a) const {
  const auto pointer = [](const void* data) { return const_cast<void*>(data); };
  std::unordered_map<std::int64_t, void*> pack{{kIn, pointer(a.in)},
                                               {kWeights, pointer(a.weights)},
                                               {kBias, pointer(a.bias)},
                                               {kOut, a.out}};
  if (a.residual) pack.emplace(kResidual, pointer(a.residual));
  check("execute",
        state_->graph.execute_plan_at_index(state_->target->handle, pack, a.workspace, plan));
}

}  // namespace rfmap::cuda
