#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <dlfcn.h>

#include "ptx/cudnn/operations.h"
#include "ptx/runtime/calls.h"
#include "ptx/runtime/library.h"

// libcudnn.so.9 before the real one: it plans for a described device instead of a handle's, and
// runs plans on the host by what their descriptors say.
using namespace rfmap::ptx;

namespace {

using Handle = cudnnBackendDescriptor_t;

struct Context {
  cudaStream_t stream = nullptr;
};
Context& context_of(cudnnHandle_t handle) { return *reinterpret_cast<Context*>(handle); }

/// It opens and closes its parts for every graph, which takes most of the time unless they stay.
void keep_parts(const std::string& folder) {
  for (const char* part : {"graph", "heuristic", "engines_precompiled", "engines_runtime_compiled",
                           "ops", "cnn", "adv"})
    dlopen((folder + "/libcudnn_" + part + ".so.9").c_str(), RTLD_LAZY | RTLD_NODELETE);
  const std::string compiler = "/libnvrtc.so." + std::to_string(CUDART_VERSION / 1000);
  dlopen((folder + compiler).c_str(), RTLD_LAZY | RTLD_NODELETE);
}

void* real_library() {
  static void* const library = [] {
    const std::string path = RFMAP_REAL_CUDNN;
    void* opened = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (!opened) end_for(dlerror());
    keep_parts(path.substr(0, path.rfind('/')));
    return opened;
  }();
  return library;
}

/// A function of the real library.
template <class Function>
Function* real(const char* name) {
  void* const function = dlsym(real_library(), name);
  if (!function) end_for(dlerror());
  return reinterpret_cast<Function*>(function);
}
#define RFMAP_REAL(function) real<decltype(function)>(#function)

std::string device_description() {
  std::ifstream file(RFMAP_DEVICE_DESCRIPTION);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

Handle described_device() {
  static const Handle device = [] {
    Handle made = nullptr;
    RFMAP_REAL(cudnnBackendCreateDescriptor)(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR, &made);
    const std::string json = device_description();
    if (RFMAP_REAL(cudnnBackendSetAttribute)(made, CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION,
                                             CUDNN_TYPE_CHAR, std::int64_t(json.size()),
                                             json.data()) != CUDNN_STATUS_SUCCESS)
      end_for("it refuses " RFMAP_DEVICE_DESCRIPTION);
    RFMAP_REAL(cudnnBackendFinalize)(made);
    return made;
  }();
  return device;
}

/// Whether a configuration's engine multiplies fp32 with tensor cores, so as TF32.
bool uses_tensor_cores(Handle configuration) {
  Handle engine = nullptr;
  std::int64_t count = 0;
  RFMAP_REAL(cudnnBackendCreateDescriptor)(CUDNN_BACKEND_ENGINE_DESCRIPTOR, &engine);
  RFMAP_REAL(cudnnBackendGetAttribute)
  (configuration, CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &count, &engine);
  cudnnBackendNumericalNote_t notes[CUDNN_NUMERICAL_NOTE_TYPE_COUNT];
  count = 0;
  RFMAP_REAL(cudnnBackendGetAttribute)
  (engine, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE,
   CUDNN_NUMERICAL_NOTE_TYPE_COUNT, &count, notes);
  RFMAP_REAL(cudnnBackendDestroyDescriptor)(engine);
  for (std::int64_t i = 0; i < count; ++i)
    if (notes[i] == CUDNN_NUMERICAL_NOTE_TENSOR_CORE) return true;
  return false;
}

Execution execution_of(Handle plan, const Descriptor& pack) {
  Execution how;
  const auto& uids = pack.numbers(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS);
  const auto& pointers = pack.pointers.at(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS);
  for (std::size_t i = 0; i < uids.size(); ++i) how.tensors[uids[i]] = pointers.at(i);
  const auto workspace = pack.pointers.find(CUDNN_ATTR_VARIANT_PACK_WORKSPACE);
  if (workspace != pack.pointers.end()) how.workspace = workspace->second.at(0);
  std::int64_t bytes = 0, count = 0;
  RFMAP_REAL(cudnnBackendGetAttribute)
  (plan, CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, CUDNN_TYPE_INT64, 1, &count, &bytes);
  how.workspace_bytes = std::size_t(bytes);
  how.rounds_to_tf32 = descriptor_of(plan).uses_tensor_cores;
  return how;
}

}  // namespace

extern "C" {

cudnnStatus_t cudnnCreate(cudnnHandle_t* handle) {
  *handle = reinterpret_cast<cudnnHandle_t>(new Context);
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnDestroy(cudnnHandle_t handle) {
  delete &context_of(handle);
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream) {
  context_of(handle).stream = stream;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnGetStream(cudnnHandle_t handle, cudaStream_t* stream) {
  *stream = context_of(handle).stream;
  return CUDNN_STATUS_SUCCESS;
}
std::size_t cudnnGetVersion() { return RFMAP_REAL(cudnnGetVersion)(); }
const char* cudnnGetErrorString(cudnnStatus_t status) {
  return RFMAP_REAL(cudnnGetErrorString)(status);
}
void cudnnGetLastErrorString(char* text, std::size_t bytes) {
  RFMAP_REAL(cudnnGetLastErrorString)(text, bytes);
}

cudnnStatus_t cudnnBackendCreateDescriptor(cudnnBackendDescriptorType_t type, Handle* handle) {
  const auto lock = one_at_a_time();
  const auto status = RFMAP_REAL(cudnnBackendCreateDescriptor)(type, handle);
  if (status == CUDNN_STATUS_SUCCESS) add_descriptor(*handle, type);
  return status;
}

cudnnStatus_t cudnnBackendDestroyDescriptor(Handle handle) {
  const auto lock = one_at_a_time();
  drop_descriptor(handle);
  return RFMAP_REAL(cudnnBackendDestroyDescriptor)(handle);
}

cudnnStatus_t cudnnBackendSetAttribute(Handle handle, cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, std::int64_t count,
                                       const void* values) {
  const auto lock = one_at_a_time();
  if (type == CUDNN_TYPE_HANDLE) return CUDNN_STATUS_SUCCESS;  // the device is only described
  Descriptor& descriptor = descriptor_of(handle);
  descriptor.set(name, type, count, values);
  if (name == CUDNN_ATTR_OPERATIONGRAPH_OPS)
    descriptor.graph = std::make_shared<OperationGraph>(read_graph(descriptor));
  if (name == CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG)
    descriptor.uses_tensor_cores = uses_tensor_cores(*static_cast<const Handle*>(values));
  return RFMAP_REAL(cudnnBackendSetAttribute)(handle, name, type, count, values);
}

cudnnStatus_t cudnnBackendGetAttribute(Handle handle, cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, std::int64_t wanted,
                                       std::int64_t* count, void* values) {
  const auto lock = one_at_a_time();
  const auto status =
      RFMAP_REAL(cudnnBackendGetAttribute)(handle, name, type, wanted, count, values);
  if (status == CUDNN_STATUS_SUCCESS && name == CUDNN_ATTR_ENGINEHEUR_RESULTS && values)
    for (std::int64_t i = 0; i < std::min(*count, wanted); ++i)
      descriptor_of(static_cast<Handle*>(values)[i]).graph = descriptor_of(handle).graph;
  return status;
}

cudnnStatus_t cudnnBackendFinalize(Handle handle) {
  const auto lock = one_at_a_time();
  if (descriptor_of(handle).type == CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR) {
    const Handle device = described_device();
    const auto status = RFMAP_REAL(cudnnBackendSetAttribute)(
        handle, CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &device);
    if (status != CUDNN_STATUS_SUCCESS) return status;
  }
  return RFMAP_REAL(cudnnBackendFinalize)(handle);
}

cudnnStatus_t cudnnBackendExecute(cudnnHandle_t handle, Handle plan, Handle pack) {
  const auto lock = one_at_a_time();
  const auto graph = descriptor_of(plan).graph;
  const Execution how = execution_of(plan, descriptor_of(pack));
  const bool accepted =
      submit_library_work(context_of(handle).stream, [graph, how] { execute(graph, how); });
  return accepted ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_EXECUTION_FAILED;
}

}  // extern "C"
