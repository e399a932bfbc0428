#include <memory>

#include "ptx/runtime/calls.h"
#include "ptx/runtime/settings.h"

// Streams, events and graphs of the CUDA run-time library, on the host.
using namespace rfmap::ptx;

namespace {

struct Event {
  Position reached;
  int device = 0;
};
struct Recorded {
  std::vector<Task> tasks;
};

Event& event_of(cudaEvent_t event) { return *reinterpret_cast<Event*>(event); }

/// Streams by their handles, which own them.
std::vector<std::shared_ptr<Stream>>& owned() {
  static auto& all = *new std::vector<std::shared_ptr<Stream>>;
  return all;
}

}  // namespace

extern "C" {

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  const auto lock = one_at_a_time();
  if (const auto lost = state_of_device()) return lost;
  owned().push_back(Stream::make(current_device()));
  *stream = reinterpret_cast<cudaStream_t>(owned().back().get());
  return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t handle) {
  const auto lock = one_at_a_time();
  Stream& stream = stream_of(handle);
  stream.run_all();
  std::erase_if(owned(), [&](const auto& s) { return s.get() == &stream; });
  return state_of_device();
}

cudaError_t cudaStreamSynchronize(cudaStream_t handle) {
  const auto lock = one_at_a_time();
  if (const auto lost = state_of_device()) return lost;
  if (const auto refused = refuse_in_capture("a stream is waited for in a capture")) return refused;
  stream_of(handle).run_all();
  run_some();
  return state_of_device();
}

cudaError_t cudaStreamWaitEvent(cudaStream_t handle, cudaEvent_t event, unsigned) {
  const auto lock = one_at_a_time();
  if (const auto lost = state_of_device()) return lost;
  Stream& stream = stream_of(handle);
  if (stream.is_captured()) {
    stream.spoil();
    return answer(cudaErrorStreamCaptureIsolation, "a captured stream waits for another one");
  }
  const bool left_out = settings().fault == "order";
  if (event_of(event).reached.stream && !left_out)
    stream.submit({nullptr, event_of(event).reached});
  return cudaSuccess;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t handle, cudaStreamCaptureMode) {
  const auto lock = one_at_a_time();
  if (const auto lost = state_of_device()) return lost;
  if (stream_of(handle).is_captured()) return answer(cudaErrorIllegalState, "captured already");
  stream_of(handle).begin_capture();
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t handle, cudaGraph_t* graph) {
  const auto lock = one_at_a_time();
  *graph = nullptr;
  auto tasks = stream_of(handle).end_capture();
  if (const auto lost = state_of_device()) return lost;
  if (!tasks) return answer(cudaErrorStreamCaptureInvalidated, "a capture was spoiled");
  *graph = reinterpret_cast<cudaGraph_t>(new Recorded{std::move(*tasks)});
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* ready, cudaGraph_t graph, unsigned long long) {
  const auto lock = one_at_a_time();
  *ready = reinterpret_cast<cudaGraphExec_t>(new Recorded(*reinterpret_cast<Recorded*>(graph)));
  return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete reinterpret_cast<Recorded*>(graph);
  return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph) {
  delete reinterpret_cast<Recorded*>(graph);
  return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t stream) {
  const auto lock = one_at_a_time();
  if (const auto lost = count_work()) return lost;
  for (const Task& task : reinterpret_cast<Recorded*>(graph)->tasks) stream_of(stream).submit(task);
  return state_of_device();
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  const auto lock = one_at_a_time();
  if (const auto lost = state_of_device()) return lost;
  *event = reinterpret_cast<cudaEvent_t>(new Event{{}, current_device()});
  return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete reinterpret_cast<Event*>(event);
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t handle) {
  const auto lock = one_at_a_time();
  if (const auto lost = state_of_device()) return lost;
  Stream& stream = stream_of(handle);
  if (stream.is_captured()) {
    stream.spoil();
    return answer(cudaErrorStreamCaptureUnsupported, "an event is recorded in a capture");
  }
  if (stream.device() != event_of(event).device)
    return answer(cudaErrorInvalidResourceHandle, "an event of another device is recorded");
  event_of(event).reached = stream.end();
  return cudaSuccess;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  const auto lock = one_at_a_time();
  if (const auto lost = state_of_device()) return lost;
  if (const auto refused = refuse_in_capture("an event is waited for in a capture")) return refused;
  const Position& reached = event_of(event).reached;
  if (reached.stream) reached.stream->run_until(reached.count);
  run_some();
  return state_of_device();
}

/// There is no time: the same for all, or, in random order, some.
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t, cudaEvent_t) {
  const auto lock = one_at_a_time();
  Settings& s = settings();
  *milliseconds = s.order == Order::random ? 1 + float(s.random() % 1000) / 1000 : 1;
  return cudaSuccess;
}

}  // extern "C"
