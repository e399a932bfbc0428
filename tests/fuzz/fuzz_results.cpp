#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <vector>

#include <hdf5.h>

#include "rfmap/error.h"
#include "rfmap/results.h"

#include "fuzz/input_file.h"
#include "results/h5/h5.h"
#include "results/own_process.h"
#include "unit/results_sample.h"

/// The input is a list of edits of a valid results file, so that what is fuzzed is this project's
/// reading, not HDF5's: elements, attributes and extents of any value, missing parts.
namespace rfmap::fuzz {
namespace {

/// One edit; what it means of each object is modulo the number there is.
struct Edit {
  std::uint8_t kind = 0, attribute = 0;
  std::uint16_t object = 0, place = 0, more = 0;
  std::uint64_t value = 0;
};
constexpr std::size_t kEditBytes = 16, kMostEdits = 8;
constexpr hssize_t kMostElements = 1 << 13;

/// What else is done with the file: bits of the first edit's kind that its edit does not use.
constexpr std::uint8_t kSummary = 8, kCheck = 16, kBottom = 32;

std::vector<Edit> edits_of(std::span<const std::uint8_t> bytes) {
  std::vector<Edit> edits;
  for (; bytes.size() >= kEditBytes && edits.size() < kMostEdits;
       bytes = bytes.subspan(kEditBytes)) {
    Edit& e = edits.emplace_back();
    e.kind = bytes[0];
    e.attribute = bytes[1];
    std::memcpy(&e.object, &bytes[2], 2);
    std::memcpy(&e.place, &bytes[4], 2);
    std::memcpy(&e.more, &bytes[6], 2);
    std::memcpy(&e.value, &bytes[8], 8);
  }
  return edits;
}

struct Sample {
  std::string bytes;
  std::vector<std::string> datasets, objects;  ///< paths
};

herr_t take_object(hid_t, const char* name, const H5O_info_t* info, void* data) {
  Sample& sample = *static_cast<Sample*>(data);
  sample.objects.push_back(name);
  if (info->type == H5O_TYPE_DATASET) sample.datasets.push_back(name);
  return 0;
}

/// Small, because reading a file takes most of the time: two units of one layer.
void write_sample(const std::string& path, bool with_bottom) {
  RunRecord run = sample::run();
  LayerRecord layer = sample::layer(1);
  if (!with_bottom) layer.bottom_k = 0;
  run.keep_maps = true;
  run.layers = {layer.name};
  ResultsWriter writer(path, run);
  writer.begin_layer(layer);
  for (int u = 0; u < int(layer.units.size()); ++u)
    for (const Ranking ranking : {Ranking::top, Ranking::bottom})
      if (ranking == Ranking::top || with_bottom)
        writer.write_unit(u, sample::unit(1, u, ranking), ranking);
  writer.end_layer();
  writer.finish();
}

Sample make_sample(bool with_bottom) {
  Sample sample;
  h5::silence();
  results::stay_in_process();
  const std::string path = folder() / "sample.h5";
  write_sample(path, with_bottom);
  const h5::File file = h5::open_file(path);
  H5Ovisit2(file.get(), H5_INDEX_NAME, H5_ITER_INC, take_object, &sample, H5O_INFO_BASIC);
  std::ifstream in(path, std::ios::binary);
  sample.bytes.assign(std::istreambuf_iterator<char>(in), {});
  return sample;
}

const std::string& one_of(const std::vector<std::string>& names, std::uint16_t i) {
  return names[i % names.size()];
}

/// One element becomes the value's bytes.
void set_element(hid_t file, const std::string& path, const Edit& e) {
  const h5::Dataset dataset(H5Dopen2(file, path.c_str(), H5P_DEFAULT));
  const h5::Space space(H5Dget_space(dataset.get()));
  const h5::Datatype type(H5Dget_type(dataset.get()));
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  if (count <= 0 || count > kMostElements) return;  // of other extents by an edit before
  std::vector<char> all(std::size_t(count) * H5Tget_size(type.get()));
  if (H5Dread(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, all.data()) < 0) return;
  const std::size_t width = std::min<std::size_t>(H5Tget_size(type.get()), sizeof e.value);
  std::memcpy(&all[e.place % std::size_t(count) * H5Tget_size(type.get())], &e.value, width);
  H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, all.data());
}

/// An attribute of one value or two, whole numbers or not.
void set_attribute(hid_t file, const std::string& path, const Edit& e) {
  const h5::Object object(H5Oopen(file, path.c_str(), H5P_DEFAULT));
  char name[64] = "";
  if (H5Aget_name_by_idx(object.get(), ".", H5_INDEX_NAME, H5_ITER_INC, e.attribute % 32, name,
                         sizeof name, H5P_DEFAULT) < 0)
    return;
  H5Adelete(object.get(), name);
  const hsize_t count = 1 + e.place % 3;
  const bool scalar = count == 1, whole = e.more % 2 == 0;
  const h5::Space space(scalar ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &count, nullptr));
  const h5::AttributeId attribute(H5Acreate2(object.get(), name,
                                             whole ? H5T_STD_I64LE : H5T_IEEE_F64LE, space.get(),
                                             H5P_DEFAULT, H5P_DEFAULT));
  const std::vector<std::uint64_t> values(count, e.value);
  H5Awrite(attribute.get(), whole ? H5T_NATIVE_INT64 : H5T_NATIVE_DOUBLE, values.data());
}

/// A dataset of other extents, of which nothing is stored.
void set_extent(hid_t file, const std::string& path, const Edit& e) {
  hsize_t extent[3] = {1 + e.value % (hsize_t(1) << 40), hsize_t(1) + e.place, hsize_t(1) + e.more};
  const int rank = 1 + e.attribute % 3;
  hid_t type = H5I_INVALID_HID;
  h5::Properties creation;
  {
    const h5::Dataset old(H5Dopen2(file, path.c_str(), H5P_DEFAULT));
    type = H5Dget_type(old.get());
    creation = h5::Properties(H5Dget_create_plist(old.get()));
  }
  const h5::Datatype owner(type);
  const hsize_t chunk[3] = {1, 1, 1};
  H5Pset_chunk(creation.get(), rank, chunk);
  H5Ldelete(file, path.c_str(), H5P_DEFAULT);
  const h5::Space space(H5Screate_simple(rank, extent, nullptr));
  h5::Dataset(
      H5Dcreate2(file, path.c_str(), type, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT));
}

void apply(hid_t file, const Sample& sample, const Edit& e) {
  const std::string& dataset = one_of(sample.datasets, e.object);
  const std::string& object = one_of(sample.objects, e.object);
  const bool there = H5Oexists_by_name(file, dataset.c_str(), H5P_DEFAULT) > 0;
  if (e.kind % 8 < 4 && there) return set_element(file, dataset, e);
  if (e.kind % 8 < 6) return set_attribute(file, object, e);
  if (e.kind % 8 == 6 && there) return set_extent(file, dataset, e);
  H5Ldelete(file, object.c_str(), H5P_DEFAULT);
}

void read_everything(const std::string& path) {
  try {
    const ResultsReader reader(path);
    reader.patches();
    for (int l = 0; l < int(reader.layers().size()); ++l)
      for (const Ranking ranking : {Ranking::top, Ranking::bottom})
        for (int u = 0; u < int(reader.layers()[std::size_t(l)].units.size()); ++u)
          if (reader.layers()[std::size_t(l)].k(ranking) > 0) reader.unit(l, u, ranking);
  } catch (const Error&) {
  }
}

void read_summary(const std::string& path) {
  try {
    summarize(path);
  } catch (const Error&) {
  }
}

}  // namespace
}  // namespace rfmap::fuzz

/// The library's own, where a call of it fails.
extern "C" const char* __lsan_default_suppressions() { return "leak:libhdf5"; }

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rfmap;
  static const fuzz::Sample samples[] = {fuzz::make_sample(false), fuzz::make_sample(true)};
  const std::uint8_t kind = size > 0 ? data[0] : 0;
  const fuzz::Sample& sample = samples[kind & fuzz::kBottom ? 1 : 0];
  const std::string path = fuzz::folder().put("r.h5", sample.bytes);
  {
    const h5::File file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT));
    for (const fuzz::Edit& edit : fuzz::edits_of({data, size}))
      fuzz::apply(file.get(), sample, edit);
  }
  fuzz::read_everything(path);
  if (kind & fuzz::kCheck) check_results(path);
  if (kind & fuzz::kSummary) fuzz::read_summary(path);
  return 0;
}
