#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5_hl.h>

#include "results/h5/attribute_io.h"
#include "results/h5/dataset.h"
#include "unit/results_sample.h"

namespace rfmap {
namespace {

std::string read_page() {
  const char* source = std::getenv("RFMAP_SOURCE");
  std::ifstream file(std::string(source ? source : "..") + "/docs/results.md");
  std::stringstream text("\n", std::ios::out | std::ios::ate | std::ios::in);
  text << file.rdbuf();
  return text.str();
}

/// Rows "| `name` | [dimension, ...] | type | units | ..." as "[dimension, ...] type units".
std::map<std::string, std::string> page_rows(const std::string& page) {
  const std::regex row(R"(\n\| `(\w+)` \| (\[[\w, ]+\]) \| (\w+) \| (\S+) \|)");
  std::map<std::string, std::string> rows;
  for (std::sregex_iterator i(page.begin(), page.end(), row), end; i != end; ++i)
    rows[(*i)[1]] = (*i)[2].str() + " " + (*i)[3].str() + " " + (*i)[4].str();
  return rows;
}

herr_t append_scale(hid_t, unsigned, hid_t scale, void* text) {
  char name[64] = "";
  H5DSget_scale_name(scale, name, sizeof name);
  auto& names = *static_cast<std::string*>(text);
  names += (names.empty() ? "" : ", ") + std::string(name);
  return 0;
}

/// The same of a dataset; a scale has itself as dimension. bottom_rank counts as rank.
std::string describe(const h5::Dataset& dataset, const std::string& name) {
  std::string scales;
  if (H5DSis_scale(dataset.get()) > 0) scales = name;
  for (unsigned i = 0; scales != name && i < h5::extent_of(dataset).size(); ++i)
    H5DSiterate_scales(dataset.get(), i, nullptr, append_scale, &scales);
  if (name != "bottom_rank") scales = std::regex_replace(scales, std::regex("bottom_rank"), "rank");
  return "[" + scales + "] " + std::string(h5::type_name(h5::element_type(dataset))) + " " +
         h5::read_text(dataset.get(), "units");
}

struct Contents {
  std::map<std::string, std::set<std::string>> datasets;  ///< descriptions by name
  std::set<std::string> attributes;                       ///< names of the groups' attributes
};

herr_t take_attribute(hid_t, const char* name, const H5A_info_t*, void* names) {
  static_cast<std::set<std::string>*>(names)->insert(name);
  return 0;
}

herr_t take_object(hid_t root, const char* path, const H5O_info_t* info, void* data) {
  auto& contents = *static_cast<Contents*>(data);
  const h5::Object object(H5Oopen(root, path, H5P_DEFAULT));
  if (info->type == H5O_TYPE_GROUP) {
    H5Aiterate2(object.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, take_attribute,
                &contents.attributes);
    return 0;
  }
  const std::string whole = path, name = whole.substr(whole.rfind('/') + 1);
  contents.datasets[name].insert(describe(h5::open_dataset(root, path), name));
  return 0;
}

TEST(ResultsPage, NamesEveryDatasetWithItsShapeTypeAndUnits) {
  const std::string page = read_page();
  const auto rows = page_rows(page);
  const TemporaryFolder folder;
  sample::write(folder / "r.h5", true);
  const h5::File file = h5::open_file(folder / "r.h5");
  Contents contents;
  H5Ovisit2(file.get(), H5_INDEX_NAME, H5_ITER_INC, take_object, &contents, H5O_INFO_BASIC);
  EXPECT_GT(contents.datasets.size(), 35u);
  for (const auto& [name, descriptions] : contents.datasets) {
    ASSERT_TRUE(rows.count(name)) << name << " is not on the page";
    EXPECT_THAT(descriptions, testing::ElementsAre(rows.at(name))) << name;
  }
  for (const auto& [name, row] : rows)
    EXPECT_TRUE(contents.datasets.count(name)) << name << " is on the page only";
  for (const auto& [name, value] : sample::run().attributes) contents.attributes.erase(name);
  EXPECT_GT(contents.attributes.size(), 25u);
  for (const std::string& name : contents.attributes)
    EXPECT_THAT(page, testing::HasSubstr("`" + name + "`"));
}

}  // namespace
}  // namespace rfmap
