#include "ptx/cudnn/descriptors.h"

#include <cstdio>
#include <cstdlib>

namespace rfmap::ptx {
namespace {

std::map<cudnnBackendDescriptor_t, std::shared_ptr<Descriptor>>& known() {
  static auto& all = *new std::map<cudnnBackendDescriptor_t, std::shared_ptr<Descriptor>>;
  return all;
}

template <class To, class From>
std::vector<To> values_of(const void* values, std::int64_t count) {
  const auto* first = static_cast<const From*>(values);
  return {first, first + count};
}

template <class Value>
const std::vector<Value>& found(const std::map<int, std::vector<Value>>& all, int attribute) {
  const auto it = all.find(attribute);
  if (it == all.end() || it->second.empty()) end_for("an attribute is not set", attribute);
  return it->second;
}

}  // namespace

void end_for(const char* what, std::int64_t number) {
  std::fprintf(stderr, "ptx: cuDNN: %s (%lld)\n", what, static_cast<long long>(number));
  std::abort();
}

std::int64_t Descriptor::integer(int attribute) const { return found(integers, attribute)[0]; }

std::int64_t Descriptor::integer(int attribute, std::int64_t otherwise) const {
  return integers.count(attribute) ? integer(attribute) : otherwise;
}

const std::vector<std::int64_t>& Descriptor::numbers(int attribute) const {
  return found(integers, attribute);
}

const Descriptor& Descriptor::part(int attribute) const { return *found(parts, attribute)[0]; }

void Descriptor::set(int attribute, cudnnBackendAttributeType_t type, std::int64_t count,
                     const void* values) {
  switch (type) {
    case CUDNN_TYPE_INT64:
      integers[attribute] = values_of<std::int64_t, std::int64_t>(values, count);
      break;
    case CUDNN_TYPE_BOOLEAN:
      integers[attribute] = values_of<std::int64_t, bool>(values, count);
      break;
    case CUDNN_TYPE_DATA_TYPE:
    case CUDNN_TYPE_CONVOLUTION_MODE:
    case CUDNN_TYPE_POINTWISE_MODE:
      integers[attribute] = values_of<std::int64_t, int>(values, count);
      break;
    case CUDNN_TYPE_DOUBLE:
      reals[attribute] = values_of<double, double>(values, count);
      break;
    case CUDNN_TYPE_FLOAT:
      reals[attribute] = values_of<double, float>(values, count);
      break;
    case CUDNN_TYPE_VOID_PTR:
      pointers[attribute] = values_of<void*, void*>(values, count);
      break;
    case CUDNN_TYPE_BACKEND_DESCRIPTOR:
      parts[attribute].clear();
      for (auto handle :
           values_of<cudnnBackendDescriptor_t, cudnnBackendDescriptor_t>(values, count)) {
        parts[attribute].push_back(known().at(handle));
        if (parts[attribute].back()->graph) graph = parts[attribute].back()->graph;
      }
      break;
    default:
      break;  // nothing that changes results
  }
}

Descriptor& descriptor_of(cudnnBackendDescriptor_t handle) { return *known().at(handle); }

void add_descriptor(cudnnBackendDescriptor_t handle, cudnnBackendDescriptorType_t type) {
  known()[handle] = std::make_shared<Descriptor>();
  known()[handle]->type = type;
}

void drop_descriptor(cudnnBackendDescriptor_t handle) { known().erase(handle); }

}  // namespace rfmap::ptx
