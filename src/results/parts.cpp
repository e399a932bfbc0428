#include "results/parts.h"

#include <algorithm>
#include <list>
#include <stdexcept>
#include <unordered_map>

#include <zlib.h>

#include "rfmap/error.h"

#include "core/packed_map.h"
#include "results/h5/attribute_io.h"
#include "results/h5/dataset.h"
#include "results/h5/pending_file.h"
#include "results/open_file.h"

namespace rfmap::results {

namespace {

std::int64_t checksum_of(std::span<const std::int32_t> words) {
  return std::int64_t(crc32_z(0, reinterpret_cast<const Bytef*>(words.data()), words.size_bytes()));
}

}  // namespace

struct PartWriter::State {
  std::string path, fingerprint;
  int part = 0;
  std::size_t positions = 0;
  std::unique_ptr<Placeholder> placeholder;
  std::vector<std::int64_t> pairs, checksums;
  std::vector<float> spreads;
  std::vector<std::int32_t> words;   ///< of each pair
  std::vector<std::int32_t> packed;  ///< of all pairs
};

PartWriter::PartWriter(const std::string& path, const std::string& fingerprint, int part,
                       int positions) {
  if (positions < 1) throw std::logic_error("a part needs grid positions");
  state_ = std::make_unique<State>();
  State& s = *state_;
  s.path = path;
  s.fingerprint = fingerprint;
  s.part = part;
  s.positions = std::size_t(positions);
  s.placeholder = std::make_unique<Placeholder>(path);
}

PartWriter::~PartWriter() = default;
PartWriter::PartWriter(PartWriter&&) noexcept = default;

void PartWriter::add(std::int64_t pair_id, std::span<const float> change, float null_spread) {
  State& s = *state_;
  if (change.size() != s.positions) throw std::logic_error("a change for each grid position");
  const std::size_t first = s.packed.size();
  core::pack_map(change, s.packed);
  const auto words = std::span<const std::int32_t>(s.packed).subspan(first);
  s.pairs.push_back(pair_id);
  s.spreads.push_back(null_spread);
  s.words.push_back(std::int32_t(words.size()));
  s.checksums.push_back(checksum_of(words));
}

std::size_t PartWriter::bytes() const { return state_->packed.size() * sizeof(std::int32_t); }

void PartWriter::commit() {
  State& s = *state_;
  PendingFile file(s.path, h5::FileFormat::v1_10);
  s.placeholder->release();
  file.guarded([&] {
    mark_part(file.id(), "change", s.fingerprint, s.part);
    h5::write_attribute(file.id(), "positions", std::int64_t(s.positions));
    write_array(file.id(), "pair", {s.pairs.size()}, s.pairs);
    write_array(file.id(), "null_spread", {s.spreads.size()}, s.spreads);
    write_array(file.id(), "words", {s.words.size()}, s.words);
    write_array(file.id(), "checksum", {s.checksums.size()}, s.checksums);
    h5::Layout layout{h5::Type::int32, {s.packed.size()}, {}};
    const h5::Dataset packed = h5::create_dataset(file.id(), "packed", layout);
    if (!s.packed.empty()) h5::write_all(packed, s.packed);
  });
  file.commit();
}

namespace {

/// Where a pair's words are.
struct PairPlace {
  std::size_t part = 0;
  hsize_t first = 0;
  std::int32_t words = 0;
  std::int64_t checksum = 0;
  float null_spread = 0;
};

struct OpenPart {
  std::size_t part = 0;
  h5::File file;
  h5::Dataset packed;
  std::int64_t positions = 0;
};

h5::Failure differing_lengths() {
  return h5::Failure("read the pairs", "pair, null_spread, words, checksum and packed differ");
}

}  // namespace

struct PartsReader::State {
  std::vector<std::string> paths;
  std::string fingerprint;
  std::size_t max_open = 1;
  std::unordered_map<std::int64_t, PairPlace> places;
  std::list<OpenPart> open;          ///< latest used first
  std::vector<std::int32_t> buffer;  ///< words of the pair at hand

  void index(std::size_t part);
  const OpenPart& get(std::size_t part);
};

void PartsReader::State::index(std::size_t part) {
  const std::string& path = paths[part];
  const h5::File file = open_part(path, "change", fingerprint);
  const auto read = [&] {
    const auto pairs = h5::read_all<std::int64_t>(h5::open_dataset(file.get(), "pair"));
    const auto spreads = h5::read_all<float>(h5::open_dataset(file.get(), "null_spread"));
    const auto words = h5::read_all<std::int32_t>(h5::open_dataset(file.get(), "words"));
    const auto checksums = h5::read_all<std::int64_t>(h5::open_dataset(file.get(), "checksum"));
    const std::size_t held = h5::length_of_list(h5::open_dataset(file.get(), "packed"));
    if (spreads.size() != pairs.size() || words.size() != pairs.size() ||
        checksums.size() != pairs.size())
      throw differing_lengths();
    hsize_t first = 0;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      if (words[i] < 1) throw differing_lengths();
      if (!places.insert({pairs[i], PairPlace{part, first, words[i], checksums[i], spreads[i]}})
               .second)
        throw DataError(path + ": holds pair " + std::to_string(pairs[i]) +
                        ", which another part holds too" + kMeasureAgain);
      first += hsize_t(words[i]);
    }
    if (first != held) throw differing_lengths();
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
  OpenPart p{part, open_part(paths[part], "change", fingerprint), {}, 0};
  p.packed = h5::open_dataset(p.file.get(), "packed");
  p.positions = h5::read_integer(p.file.get(), "positions");
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

bool PartsReader::contains(std::int64_t pair_id) const { return state_->places.count(pair_id) > 0; }
std::size_t PartsReader::pairs() const { return state_->places.size(); }

float PartsReader::read(std::int64_t pair_id, std::span<float> change) {
  State& s = *state_;
  const auto at = s.places.find(pair_id);
  if (at == s.places.end())
    throw DataError("pair " + std::to_string(pair_id) + " is in none of the " +
                    std::to_string(s.paths.size()) + " parts of this run; repeat the run");
  const PairPlace& place = at->second;
  const std::string& path = s.paths[place.part];
  const auto read = [&] {
    const OpenPart& part = s.get(place.part);
    if (part.positions != std::int64_t(change.size()))
      throw DataError(path + ": has " + std::to_string(part.positions) + " grid positions, not " +
                      std::to_string(change.size()) + kMeasureAgain);
    s.buffer.resize(std::size_t(place.words));
    h5::read_checked_slab(part.packed, {{place.first}, {hsize_t(place.words)}},
                          h5::native_type(h5::Type::int32), s.buffer.data());
    if (checksum_of(s.buffer) != place.checksum || !core::unpack_map(s.buffer, change))
      throw h5::Failure("read pair " + std::to_string(pair_id), "its checksum is wrong");
  };
  reading(path, read, kMeasureAgain);
  return place.null_spread;
}

}  // namespace rfmap::results
