#include <vector>

#include "rfmap/ranks.h"

namespace rfmap {
namespace {

class Single : public Ranks {
 public:
  const Place& place() const override { return place_; }
  int begin_list() override {
    next_.push_back(0);
    return int(next_.size()) - 1;
  }
  std::int64_t draw(int list) override { return next_[std::size_t(list)]++; }
  std::vector<std::string> gather(std::string own, const Meanwhile&) override { return {own}; }
  std::string share(std::string text, const Meanwhile&) override { return text; }
  void add_done(int, std::int64_t) override {}
  std::int64_t done_elsewhere(int) const override { return 0; }
  bool stop_asked() const override { return false; }
  std::optional<Failure> conclude(std::optional<Failure> own) override { return own; }

 private:
  Place place_;
  std::vector<std::int64_t> next_;  ///< [list]
};

}  // namespace

std::shared_ptr<Ranks> this_process() { return std::make_shared<Single>(); }

}  // namespace rfmap
