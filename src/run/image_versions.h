#pragma once

#include "run/run.h"

namespace rfmap::run {

/// Of the file that holds each image; stats every file. Throws Interrupted when the hooks ask.
Spooled<FileVersion> image_versions(const ImageList& images, const Hooks& hooks);

/// Throws DataError where the image's file is no longer that of run.versions. Call it after the
/// image was read: what was read is then what was listed.
void require_unchanged(const Run& run, int image);

}  // namespace rfmap::run
