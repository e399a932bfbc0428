#pragma once

#include "plan/engine.h"

/// Checks that every engine makes before it computes, so that none reads out of bounds.
namespace rfmap::plan {

/// Throws EngineError if a call does not fit the program: sizes of images and occluders, image
/// slots, patches, reads outside the map.
void check_call(const ProgramSet& set, int program, const Call& call);

/// Throws EngineError if the number of patch values does not match the set.
void check_patches(const ProgramSet& set, std::span<const float> patches);

/// Appends residents and programs to a set. Throws EngineError if steps, values and residents do
/// not fit each other.
void append(ProgramSet& set, const std::vector<Value>& residents,
            const std::vector<Program>& programs);

/// Sizes the reply's tables for a program.
void size_reply(const Program& program, const Call& call, Reply& reply);

/// The message for NaN or infinity in a value that is read.
[[noreturn]] void throw_not_finite(const std::string& layer);

}  // namespace rfmap::plan
