#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

/// Streams that do their work when something waits for it, or earlier, as the settings say.
namespace rfmap::ptx {

class Stream;

/// A position in a stream, which stays known after the stream is gone.
struct Position {
  std::shared_ptr<Stream> stream;
  std::size_t count = 0;  ///< tasks before it
};

struct Task {
  std::function<void()> run;
  Position after;  ///< or: wait for this one
};

class Stream : public std::enable_shared_from_this<Stream> {
 public:
  static std::shared_ptr<Stream> make(int device);
  explicit Stream(int device) : device_(device) {}

  int device() const { return device_; }
  /// Submits, or records while the stream is captured.
  void submit(Task task);
  Position end() { return {shared_from_this(), given_}; }
  /// Does the tasks before a position, and what they wait for.
  void run_until(std::size_t count);
  void run_all() { run_until(given_); }
  void forget() { tasks_.clear(), done_ = given_; }

  bool is_captured() const { return capture_.has_value(); }
  void begin_capture() { capture_.emplace(), spoiled_ = false; }
  /// What is done is not allowed while a stream is captured: the capture fails.
  void spoil() { spoiled_ = true; }
  /// The recorded tasks; none if the capture was spoiled.
  std::optional<std::vector<Task>> end_capture();

 private:
  friend void run_some();
  int device_;
  std::deque<Task> tasks_;
  std::size_t given_ = 0, done_ = 0;
  std::optional<std::vector<Task>> capture_;
  bool spoiled_ = false;
};

/// All of them, in the order in which they were made.
std::vector<std::shared_ptr<Stream>> streams();
/// Some work of some streams, as the settings say; called wherever a device might get on.
void run_some();
void run_everything();
/// A lost device forgets its work.
void forget_everything();

}  // namespace rfmap::ptx
