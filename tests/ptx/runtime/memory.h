#pragma once

#include <cstddef>
#include <cstdint>

/// Device memory on the host, with a mark for each byte: not allocated, allocated, or written.
namespace rfmap::ptx {

/// Null, or why a thread may not read `bytes` at an address. `used`: a bit for each byte whose
/// value matters.
const char* refuse_load(std::uint64_t address, std::size_t bytes, std::uint32_t used);
const char* refuse_store(std::uint64_t address, std::size_t bytes);
void mark_written(const void* memory, std::size_t bytes);
bool is_written(const void* memory, std::size_t bytes);

/// A copy within the device: what nobody wrote stays so.
void copy_marks(const void* to, const void* from, std::size_t bytes);

/// Null if it does not fit. New memory holds NaN, and addresses are never used again.
void* allocate_device(std::size_t bytes);
/// False if it is no block.
bool release_device(void* memory);

/// Page-locked memory.
void* allocate_host(std::size_t bytes);
bool release_host(void* memory);
bool is_page_locked(const void* memory);

/// Bytes from an address to the end of its block; 0 outside of device memory.
std::size_t room(const void* memory);

std::size_t total_memory();
std::size_t used_memory();

}  // namespace rfmap::ptx
