#pragma once

#include <cstdint>
#include <string>

namespace rfmap::ranks {

/// What ranks tell each other. All messages go to rank 0 or come from it.
enum class Kind : char {
  alive,     ///< both ways: the sender's process runs
  draw,      ///< to rank 0: a number of `list` is wanted
  drawn,     ///< from rank 0: the number
  gathered,  ///< to rank 0: `text`
  shared,    ///< from rank 0: `text`
  done,      ///< to rank 0: `number` more of what `list` holds
  ended,     ///< to rank 0: the sender's part is done, or failed: exit code `number`, `text`
  stop,      ///< from rank 0: another rank has failed
  end        ///< from rank 0: all have ended; failed: exit code `number`, `text`
};

struct Message {
  Kind kind = Kind::alive;
  std::int64_t number = 0;
  std::int64_t list = 0;  ///< that is drawn from, or worked on
  std::string text;
};

std::string packed(const Message& message);
Message unpacked(const std::string& bytes);

}  // namespace rfmap::ranks
