#include "report/image_store.h"

#include <utility>

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>

#include "io/crop.h"
#include "io/files.h"
#include "report/write.h"

namespace rfmap::report {
using namespace io;

ImageStore::ImageStore(ResultImages images, std::filesystem::path folder)
    : images_(std::move(images)),
      folder_(std::move(folder)),
      entries_(std::make_unique<Entry[]>(images_.count())) {}

bool ImageStore::need(int index) {
  if (index < 0 || index >= images_.count()) return false;
  Entry& entry = entries_[index];
  std::call_once(entry.once, [&] { write(index, entry); });
  return entry.problem.empty();
}

void ImageStore::write(int index, Entry& entry) {
  const LoadedImage loaded = images_.load(index);
  entry.problem = loaded.problem;
  if (!entry.problem.empty()) return;
  Bytes jpeg;
  cv::imencode(".jpg", to_image(loaded.crop, recorded().preprocessing.order), jpeg,
               {cv::IMWRITE_JPEG_QUALITY, 90});
  put_bytes(folder_ / address(index), jpeg);
  ++written_;
}

std::string ImageStore::address(int index) { return fmt::format("images/{:06}.jpg", index); }

std::vector<std::string> ImageStore::missing() const {
  std::vector<std::string> sentences;
  for (int i = 0; i < images_.count(); ++i)
    if (!entries_[i].problem.empty()) sentences.push_back(entries_[i].problem);
  return sentences;
}

}  // namespace rfmap::report
