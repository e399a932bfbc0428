#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include <cudnn.h>
#include <cudnn_backend.h>

namespace rfmap::ptx {

struct OperationGraph;

/// What was set in one of cuDNN's descriptors, by attribute.
struct Descriptor {
  cudnnBackendDescriptorType_t type{};
  std::map<int, std::vector<std::int64_t>> integers;  ///< booleans and enumerators too
  std::map<int, std::vector<double>> reals;
  std::map<int, std::vector<void*>> pointers;
  std::map<int, std::vector<std::shared_ptr<const Descriptor>>> parts;
  std::shared_ptr<const OperationGraph> graph;  ///< of graphs, and of what was made from one
  bool uses_tensor_cores = false;               ///< plans

  /// The only or first number; ends the program if it was not set.
  std::int64_t integer(int attribute) const;
  std::int64_t integer(int attribute, std::int64_t otherwise) const;
  const std::vector<std::int64_t>& numbers(int attribute) const;
  const Descriptor& part(int attribute) const;
  bool has_part(int attribute) const { return parts.count(attribute) != 0; }

  /// As cudnnBackendSetAttribute; parts must be known.
  void set(int attribute, cudnnBackendAttributeType_t type, std::int64_t count, const void* values);
};

/// The descriptors that exist.
Descriptor& descriptor_of(cudnnBackendDescriptor_t handle);
void add_descriptor(cudnnBackendDescriptor_t handle, cudnnBackendDescriptorType_t type);
void drop_descriptor(cudnnBackendDescriptor_t handle);

/// Prints and ends the program.
[[noreturn]] void end_for(const char* what, std::int64_t number = 0);

}  // namespace rfmap::ptx
