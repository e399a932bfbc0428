#include "results/parts.h"

#include <algorithm>
#include <list>
#include <stdexcept>
#include <unordered_map>

#include "rfmap/error.h"

#include "results/h5/attribute_io.h"
#include "results/h5/dataset.h"
#include "results/h5/pending_file.h"
#include "results/open_file.h"

namespace rfmap::results {

struct PartWriter::State {
  explicit State(const std::string& path) : file(path, h5::FileFormat::v1_10) {}
  PendingFile file;
  h5::Dataset change;
  std::vector<std::int64_t> pairs;
  std::vector<float> spreads;
  hsize_t positions = 0;
};

PartWriter::PartWriter(const std::string& path, const std::string& fingerprint, int part,
                       int positions) {
  if (positions < 1) throw std::logic_error("a part needs grid positions");
  state_ = std::make_unique<State>(path);
  State& s = *state_;
  s.positions = hsize_t(positions);
  s.file.guarded([&] {
    mark_part(s.file.id(), "change", fingerprint, part);
    h5::Layout layout{h5::Type::float32, {0, s.positions}, {1, s.positions}};
    layout.deflate = 1;
    layout.grows = true;
    s.change = h5::create_dataset(s.file.id(), "change", layout);
  });
}

PartWriter::~PartWriter() = default;
PartWriter::PartWriter(PartWriter&&) noexcept = default;

void PartWriter::add(std::int64_t pair_id, std::span<const float> change, float null_spread) {
  State& s = *state_;
  if (change.size() != s.positions) throw std::logic_error("a change for each grid position");
  s.file.guarded([&] {
    const hsize_t row = s.pairs.size();
    const hsize_t extent[2] = {row + 1, s.positions};
    h5::checked(H5Dset_extent(s.change.get(), extent), "extend change");
    h5::write_slab(s.change, {{row, 0}, {1, s.positions}}, change);
  });
  s.pairs.push_back(pair_id);
  s.spreads.push_back(null_spread);
}

void PartWriter::commit() {
  State& s = *state_;
  s.file.guarded([&] {
    write_array(s.file.id(), "pair", {s.pairs.size()}, s.pairs);
    write_array(s.file.id(), "null_spread", {s.spreads.size()}, s.spreads);
    s.change.reset();
  });
  s.file.commit();
}

namespace {

/// Location of a pair's row.
struct Row {
  std::size_t part = 0;
  hsize_t row = 0;
  float null_spread = 0;
};

struct OpenPart {
  std::size_t part = 0;
  h5::File file;
  h5::Dataset change;
};

}  // namespace

struct PartsReader::State {
  std::vector<std::string> paths;
  std::string fingerprint;
  std::size_t max_open = 1;
  std::unordered_map<std::int64_t, Row> rows;
  std::list<OpenPart> open;  ///< latest used first

  void index(std::size_t part);
  const OpenPart& get(std::size_t part);
};

void PartsReader::State::index(std::size_t part) {
  const std::string& path = paths[part];
  const h5::File file = open_part(path, "change", fingerprint);
  const auto read = [&] {
    const auto pairs = h5::read_all<std::int64_t>(h5::open_dataset(file.get(), "pair"));
    const auto spreads = h5::read_all<float>(h5::open_dataset(file.get(), "null_spread"));
    const auto extent = h5::extent_of(h5::open_dataset(file.get(), "change"));
    if (spreads.size() != pairs.size() || extent.size() != 2 || extent[0] != pairs.size())
      throw h5::Failure("read the pairs", "change, pair and null_spread differ in length");
    for (std::size_t i = 0; i < pairs.size(); ++i)
      if (!rows.insert({pairs[i], Row{part, i, spreads[i]}}).second)
        throw DataError(path + ": holds pair " + std::to_string(pairs[i]) +
                        ", which another part holds too" + kMeasureAgain);
  };
  reading(path, read, kMeasureAgain);
}

const OpenPart& PartsReader::State::get(std::size_t part) {
  const auto at = std::ranges::find(open, part, &OpenPart::part);
  if (at != open.end()) {
    open.splice(open.begin(), open, at);
    return open.front();
  }
  if (open.size() >= max_open) open.pop_back();
  OpenPart p{part, open_part(paths[part], "change", fingerprint), {}};
  p.change = h5::open_dataset(p.file.get(), "change");
  open.push_front(std::move(p));
  return open.front();
}

PartsReader::PartsReader(const std::vector<std::string>& paths, const std::string& fingerprint,
                         int max_open)
    : state_(std::make_unique<State>()) {
  state_->paths = paths;
  state_->fingerprint = fingerprint;
  state_->max_open = std::size_t(std::max(max_open, 1));
  for (std::size_t part = 0; part < paths.size(); ++part) state_->index(part);
}
PartsReader::~PartsReader() = default;
PartsReader::PartsReader(PartsReader&&) noexcept = default;

bool PartsReader::contains(std::int64_t pair_id) const { return state_->rows.count(pair_id) > 0; }
std::size_t PartsReader::pairs() const { return state_->rows.size(); }

float PartsReader::read(std::int64_t pair_id, std::span<float> change) {
  State& s = *state_;
  const auto at = s.rows.find(pair_id);
  if (at == s.rows.end())
    throw DataError("pair " + std::to_string(pair_id) + " is in none of the " +
                    std::to_string(s.paths.size()) + " parts of this run; repeat the run");
  const Row& row = at->second;
  const std::string& path = s.paths[row.part];
  const auto read = [&] {
    const OpenPart& part = s.get(row.part);
    const h5::Extent extent = h5::extent_of(part.change);
    if (extent[1] != change.size())
      throw DataError(path + ": has " + std::to_string(extent[1]) + " grid positions, not " +
                      std::to_string(change.size()) + kMeasureAgain);
    h5::read_slab(part.change, {{row.row, 0}, {1, extent[1]}}, h5::native_type(h5::Type::float32),
                  change.data());
  };
  reading(path, read, kMeasureAgain);
  return row.null_spread;
}

}  // namespace rfmap::results
