#include "ptx/runtime/memory.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#include <sys/mman.h>

#include "ptx/runtime/machine.h"
#include "ptx/runtime/settings.h"

namespace rfmap::ptx {
namespace {

enum Mark : unsigned char { kNone = 0, kAllocated = 1, kWritten = 2 };

// Blocks lie in a reserved range, each byte's mark at the same offset of another one.
constexpr std::size_t kRange = std::size_t(1) << 38;
constexpr std::size_t kPage = 4096;
constexpr std::size_t kAlignment = 512;  // cudaMalloc's
constexpr std::size_t kGap = 512;        // between blocks; nobody may touch it

std::byte* reserve() {
  void* range = mmap(nullptr, kRange, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED) std::perror("ptx: no address range"), std::abort();
  return static_cast<std::byte*>(range);
}

std::byte* const g_memory = reserve();
std::byte* const g_marks = reserve();
std::size_t g_end = 0, g_used = 0;

std::map<std::size_t, std::size_t>& device_blocks() {  // by offset
  static auto& all = *new std::map<std::size_t, std::size_t>;
  return all;
}
std::map<std::uintptr_t, std::size_t>& host_blocks() {
  static auto& all = *new std::map<std::uintptr_t, std::size_t>;
  return all;
}
std::map<std::uintptr_t, std::size_t>& constants() {
  static auto& all = *new std::map<std::uintptr_t, std::size_t>;
  return all;
}

bool holds(const std::map<std::uintptr_t, std::size_t>& blocks, std::uintptr_t address,
           std::size_t bytes) {
  auto block = blocks.upper_bound(address);
  if (block == blocks.begin()) return false;
  --block;
  return address + bytes <= block->first + block->second;
}

std::size_t offset_of(const void* memory) {
  return std::size_t(static_cast<const std::byte*>(memory) - g_memory);
}
bool is_in_range(std::uint64_t address) {
  return address - reinterpret_cast<std::uint64_t>(g_memory) < kRange;
}
unsigned char* marks_of(std::uint64_t address) {
  return reinterpret_cast<unsigned char*>(g_marks) +
         (address - reinterpret_cast<std::uint64_t>(g_memory));
}

/// All marks are `mark` or better.
bool all_at_least(const unsigned char* marks, std::size_t bytes, Mark mark, std::uint32_t used) {
  for (std::size_t i = 0; i < bytes; ++i)
    if ((used >> i & 1) && marks[i] < mark) return false;
  return true;
}

const char* refuse_outside(std::uint64_t address, std::size_t bytes) {
  if (holds(host_blocks(), address, bytes)) return "access to the host's memory";
  return "access outside of all memory";
}

}  // namespace

Constant::Constant(const void* data, std::size_t bytes) {
  constants()[reinterpret_cast<std::uintptr_t>(data)] = bytes;
}

const char* refuse_load(std::uint64_t address, std::size_t bytes, std::uint32_t used) {
  if (address % bytes != 0) return "a load that is not aligned";
  if (!is_in_range(address))
    return holds(constants(), address, bytes) ? nullptr : refuse_outside(address, bytes);
  const unsigned char* marks = marks_of(address);
  if (all_at_least(marks, bytes, kWritten, used)) return nullptr;
  if (!all_at_least(marks, bytes, kAllocated, ~0u)) return "a load outside of all memory";
  return "a load of memory that nobody wrote";
}

const char* refuse_store(std::uint64_t address, std::size_t bytes) {
  if (address % bytes != 0) return "a store that is not aligned";
  if (!is_in_range(address)) return refuse_outside(address, bytes);
  if (!all_at_least(marks_of(address), bytes, kAllocated, ~0u))
    return "a store outside of all memory";
  return nullptr;
}

void mark_written(const void* memory, std::size_t bytes) {
  std::memset(marks_of(reinterpret_cast<std::uint64_t>(memory)), kWritten, bytes);
}

bool is_written(const void* memory, std::size_t bytes) {
  const unsigned char* marks = marks_of(reinterpret_cast<std::uint64_t>(memory));
  return std::all_of(marks, marks + bytes, [](unsigned char mark) { return mark == kWritten; });
}

void copy_marks(const void* to, const void* from, std::size_t bytes) {
  std::memmove(marks_of(reinterpret_cast<std::uint64_t>(to)),
               marks_of(reinterpret_cast<std::uint64_t>(from)), bytes);
}

void* allocate_device(std::size_t bytes) {
  if (bytes > total_memory() - g_used) return nullptr;
  const std::size_t offset = (g_end + kGap + kAlignment - 1) / kAlignment * kAlignment;
  if (offset + bytes + kGap > kRange) return nullptr;
  g_end = offset + bytes;
  g_used += bytes;
  device_blocks()[offset] = bytes;
  std::memset(g_memory + offset, 0xff, bytes);
  std::memset(g_marks + offset, kAllocated, bytes);
  return g_memory + offset;
}

bool release_device(void* memory) {
  const auto block = device_blocks().find(offset_of(memory));
  if (block == device_blocks().end()) return false;
  const std::size_t offset = block->first, bytes = block->second;
  g_used -= bytes;
  device_blocks().erase(block);
  std::memset(g_marks + offset, kNone, bytes);
  const std::size_t first = (offset + kPage - 1) / kPage * kPage;
  const std::size_t last = (offset + bytes) / kPage * kPage;
  if (first < last) {
    madvise(g_memory + first, last - first, MADV_DONTNEED);
    madvise(g_marks + first, last - first, MADV_DONTNEED);  // zero again: kNone
  }
  return true;
}

void* allocate_host(std::size_t bytes) {
  void* memory = std::aligned_alloc(kAlignment, (bytes + kAlignment) / kAlignment * kAlignment);
  std::memset(memory, 0xff, bytes);
  host_blocks()[reinterpret_cast<std::uintptr_t>(memory)] = bytes;
  return memory;
}

bool release_host(void* memory) {
  if (host_blocks().erase(reinterpret_cast<std::uintptr_t>(memory)) == 0) return false;
  std::free(memory);
  return true;
}

bool is_page_locked(const void* memory) {
  return holds(host_blocks(), reinterpret_cast<std::uintptr_t>(memory), 1);
}

std::size_t room(const void* memory) {
  const std::size_t offset = offset_of(memory);
  auto block = device_blocks().upper_bound(offset);
  if (offset >= kRange || block == device_blocks().begin()) return 0;
  --block;
  const std::size_t end = block->first + block->second;
  return offset < end ? end - offset : 0;
}

std::size_t total_memory() { return settings().memory; }
std::size_t used_memory() { return g_used; }

}  // namespace rfmap::ptx
