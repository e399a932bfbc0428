#include "run/open_part.h"

#include <memory>
#include <utility>

#include "rfmap/error.h"

namespace rfmap::run {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostBytes = std::size_t(64) << 20;  // two are held: one in hand, one written

}  // namespace

OpenPart::OpenPart(RunFolder& folder, RunFolder::Part kind, int values, double seconds)
    : folder_(folder),
      kind_(kind),
      values_(values),
      seconds_(seconds),
      next_(folder.next_part(kind)) {}

void OpenPart::add(const ImageJob& job, const MapResult& result) {
  try {
    write(job, result);
    const std::chrono::duration<double> open = Clock::now() - opened_;
    if (open.count() > seconds_ || writer_->bytes() > kMostBytes) start_commit();
  } catch (const Error&) {
    writer_.reset();
    throw;
  }
}

void OpenPart::commit() {
  if (writer_) start_commit();
  finish_commit();
}

void OpenPart::write(const ImageJob& job, const MapResult& result) {
  if (!writer_) {
    writer_.emplace(folder_.part(kind_, next_), folder_.fingerprint(), next_, values_);
    ++next_;
    opened_ = Clock::now();
  }
  for (std::size_t p = 0; p < job.pairs.size(); ++p)
    writer_->add(job.pairs[p], result[p].change, result[p].null_spread);
}

void OpenPart::start_commit() {
  finish_commit();
  auto whole = std::make_shared<results::PartWriter>(std::move(*writer_));
  writer_.reset();
  committing_ = std::async(std::launch::async, [whole] { whole->commit(); });
}

void OpenPart::finish_commit() {
  if (committing_.valid()) committing_.get();
}

}  // namespace rfmap::run
