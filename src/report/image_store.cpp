#include "report/image_store.h"

#include <utility>

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>

#include "io/crop.h"
#include "io/files.h"
#include "report/write.h"

namespace rfmap::report {
using namespace io;
ImageStore::ImageStore(const std::vector<ImageRef>& images, Relocation relocation,
                       const Preprocessing& preprocessing, int channels,
                       std::filesystem::path folder)
    : images_(images),
      relocation_(std::move(relocation)),
      preprocessing_(preprocessing),
      channels_(channels),
      folder_(std::move(folder)),
      entries_(std::make_unique<Entry[]>(images.size())) {}

bool ImageStore::need(int index) {
  if (index < 0 || std::size_t(index) >= images_.size()) return false;
  Entry& entry = entries_[std::size_t(index)];
  std::call_once(entry.once, [&] { write(index, entry); });
  return entry.there;
}

void ImageStore::write(int index, Entry& entry) {
  const ImageRef image = relocation_(images_[std::size_t(index)]);
  const LoadedImage loaded = load_image(image, preprocessing_, channels_);
  if (!loaded.problem.empty()) {
    entry.problem = loaded.problem;
    return;
  }
  Bytes jpeg;
  cv::imencode(".jpg", to_image(loaded.crop, preprocessing_.order), jpeg,
               {cv::IMWRITE_JPEG_QUALITY, 90});
  put_bytes(folder_ / address(index), jpeg);
  entry.there = true;
  ++written_;
}

std::string ImageStore::address(int index) { return fmt::format("images/{:06}.jpg", index); }

std::vector<std::string> ImageStore::missing() const {
  std::vector<std::string> sentences;
  for (std::size_t i = 0; i < images_.size(); ++i)
    if (!entries_[i].problem.empty()) sentences.push_back(entries_[i].problem);
  return sentences;
}

}  // namespace rfmap::report
