#include "results/h5/h5.h"

#include <cstdio>
#include <vector>

#include <fmt/format.h>

namespace rfmap::h5 {
namespace {

herr_t take_first(unsigned n, const H5E_error2_t* error, void* text) {
  if (n == 0 && error->desc) *static_cast<std::string*>(text) = error->desc;
  return 0;
}

/// "truncated file: eof = 3, sblock->base_addr = 0, stored_eof = 5" in words.
std::string in_words(const std::string& text) {
  unsigned long long held = 0, whole = 0;
  const int found = std::sscanf(
      text.c_str(), "truncated file: eof = %llu, sblock->base_addr = %*u, stored_eof = %llu", &held,
      &whole);
  return found == 2 ? fmt::format("the file is cut, it has {} of {} bytes", held, whole) : text;
}

void keep_order(const Properties& creation) {
  const unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
  checked(H5Pset_link_creation_order(creation.get(), order), "keep the order of links");
  checked(H5Pset_attr_creation_order(creation.get(), order), "keep the order of attributes");
  checked(H5Pset_obj_track_times(creation.get(), false), "leave out times");
}

/// The beginnings of a path, one for each link on the way: "a", "a/b", "a/b/c".
std::vector<std::string> links_of(const std::string& path) {
  std::vector<std::string> links;
  for (std::size_t end = 0; end != std::string::npos;) {
    end = path.find('/', end + 1);
    const std::string link = path.substr(0, end);
    if (!link.empty() && link != "/") links.push_back(link);
  }
  return links;
}

/// A link is to be the object itself: a results file has no others, and they can lead to another
/// file (or a pipe that never answers) or in a circle.
void require_hard(hid_t parent, const std::string& link) {
  H5L_info_t info;
  checked(H5Lget_info(parent, link.c_str(), &info, H5P_DEFAULT), "open " + link);
  if (info.type != H5L_TYPE_HARD)
    throw Failure("open " + link, "it is a link to another place or file");
}

}  // namespace

void silence() { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

std::string failure_reason() {
  std::string text = "the HDF5 library gives no reason";
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_first, &text);
  for (char& c : text)
    if (c == '\n') c = ' ';
  return in_words(text);
}

Properties file_creation() {
  Properties p(checked(H5Pcreate(H5P_FILE_CREATE), "make file properties"));
  keep_order(p);
  return p;
}

Properties file_access(FileFormat format) {
  Properties p(checked(H5Pcreate(H5P_FILE_ACCESS), "make file properties"));
  checked(H5Pset_fclose_degree(p.get(), H5F_CLOSE_STRONG), "set how files close");
  // 1.8 is the first with order of creation, checksums in headers, attributes above 64 kB.
  const H5F_libver_t version = format == FileFormat::v1_10 ? H5F_LIBVER_V110 : H5F_LIBVER_V18;
  checked(H5Pset_libver_bounds(p.get(), version, version), "set the format");
  return p;
}

File open_file(const std::string& path) {
  Properties access(checked(H5Pcreate(H5P_FILE_ACCESS), "make file properties"));
  checked(H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG), "set how files close");
#if H5_VERSION_GE(1, 10, 7)
  // Network file systems without locks: files here are renamed when complete, so none is needed.
  checked(H5Pset_file_locking(access.get(), false, true), "set file locking");
#endif
  return File(checked(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), "open " + path));
}

Group create_group(hid_t parent, const std::string& name) {
  Properties creation(checked(H5Pcreate(H5P_GROUP_CREATE), "make group properties"));
  keep_order(creation);
  return Group(checked(H5Gcreate2(parent, name.c_str(), H5P_DEFAULT, creation.get(), H5P_DEFAULT),
                       "make " + name));
}

Object open_object(hid_t parent, const std::string& name) {
  for (const std::string& link : links_of(name)) require_hard(parent, link);
  return Object(checked(H5Oopen(parent, name.c_str(), H5P_DEFAULT), "open " + name));
}

Group open_group(hid_t parent, const std::string& name) {
  Object object = open_object(parent, name);
  if (H5Iget_type(object.get()) != H5I_GROUP) throw Failure("open " + name, "it is no group");
  return Group(object.release());
}

bool exists(hid_t parent, const std::string& name) {
  const std::vector<std::string> links = links_of(name);
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (i > 0) require_hard(parent, links[i - 1]);
    if (checked(H5Lexists(parent, links[i].c_str(), H5P_DEFAULT), "look for " + name) <= 0)
      return false;
  }
  return true;
}

std::string path_of(hid_t object) {
  const ssize_t length = H5Iget_name(object, nullptr, 0);
  if (length <= 0) return "a dataset";
  std::string path(std::size_t(length), '\0');
  H5Iget_name(object, path.data(), path.size() + 1);
  return path;
}

}  // namespace rfmap::h5
