#include "ptx/runtime/streams.h"

#include <algorithm>
#include <utility>

#include "ptx/runtime/settings.h"

namespace rfmap::ptx {
namespace {

std::vector<std::weak_ptr<Stream>>& known() {
  static auto& all = *new std::vector<std::weak_ptr<Stream>>;
  return all;
}

}  // namespace

std::shared_ptr<Stream> Stream::make(int device) {
  auto stream = std::make_shared<Stream>(device);
  std::erase_if(known(), [](const auto& s) { return s.expired(); });
  known().push_back(stream);
  return stream;
}

std::vector<std::shared_ptr<Stream>> streams() {
  std::vector<std::shared_ptr<Stream>> all;
  for (const auto& weak : known())
    if (auto stream = weak.lock()) all.push_back(std::move(stream));
  return all;
}

void Stream::submit(Task task) {
  if (capture_) {
    capture_->push_back(std::move(task));
    return;
  }
  tasks_.push_back(std::move(task));
  ++given_;
  run_some();
}

void Stream::run_until(std::size_t count) {
  while (done_ < count && !tasks_.empty()) {
    const Task task = std::move(tasks_.front());
    tasks_.pop_front();
    ++done_;
    if (task.after.stream) task.after.stream->run_until(task.after.count);
    if (task.run) task.run();
  }
}

std::optional<std::vector<Task>> Stream::end_capture() {
  auto recorded = std::exchange(capture_, std::nullopt);
  return spoiled_ ? std::nullopt : recorded;
}

void run_some() {
  Settings& s = settings();
  if (s.order == Order::lazy) return;
  for (const auto& stream : streams()) {
    if (s.order == Order::eager) {
      stream->run_all();
    } else if (s.random() % 3 == 0) {
      const std::size_t waiting = stream->given_ - stream->done_;
      stream->run_until(stream->done_ + s.random() % (waiting + 1));
    }
  }
}

void run_everything() {
  for (const auto& stream : streams()) stream->run_all();
}

void forget_everything() {
  for (const auto& stream : streams()) stream->forget();
}

}  // namespace rfmap::ptx
