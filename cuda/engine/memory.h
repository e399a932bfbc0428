#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "engine/device.h"

namespace rfmap::cuda {

/// Memory of a device (or page-locked memory of the host), given back in the end. Holds the device.
class Memory {
 public:
  enum class Place { device, host };

  Memory() = default;
  Memory(std::shared_ptr<Device> device, std::size_t bytes, Place place = Place::device)
      : device_(std::move(device)), bytes_(bytes), place_(place) {
    if (bytes_ == 0) return;
    data_ = place_ == Place::device ? device_->allocate(bytes_) : device_->allocate_host(bytes_);
  }
  ~Memory() { clear(); }
  Memory(Memory&& other) noexcept { *this = std::move(other); }
  Memory& operator=(Memory&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    std::swap(place_, other.place_);
    return *this;
  }

  void clear() noexcept {
    if (data_ && place_ == Place::device) device_->release(data_);
    if (data_ && place_ == Place::host) device_->release_host(data_);
    data_ = nullptr;
    bytes_ = 0;
  }

  std::byte* data() const { return static_cast<std::byte*>(data_); }
  std::size_t bytes() const { return bytes_; }

 private:
  std::shared_ptr<Device> device_;
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
  Place place_ = Place::device;
};

}  // namespace rfmap::cuda
