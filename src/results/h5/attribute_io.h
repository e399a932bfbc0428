#pragma once

#include <string>
#include <vector>

#include "rfmap/attribute.h"

#include "results/h5/h5.h"

namespace rfmap::h5 {

/// Texts as fixed-length ASCII, whole numbers as int64, others as float64, both little-endian.
void write_attribute(hid_t object, const std::string& name, const Attribute& value);
void write_attribute(hid_t object, const std::string& name, const std::vector<std::string>& texts);
void write_attributes(hid_t object, const Attributes& attributes);

bool has_attribute(hid_t object, const std::string& name);
/// Throws Failure if there is none, or if it has another kind.
std::string read_text(hid_t object, const std::string& name);
std::int64_t read_integer(hid_t object, const std::string& name);
double read_number(hid_t object, const std::string& name);
std::vector<std::int64_t> read_integers(hid_t object, const std::string& name);
std::vector<double> read_numbers(hid_t object, const std::string& name);
std::vector<std::string> read_text_list(hid_t object, const std::string& name);
/// All attributes of the kinds above, in the order in which they were written.
Attributes read_attributes(hid_t object);

}  // namespace rfmap::h5
