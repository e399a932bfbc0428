#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "rfmap/attribute.h"

/// Options: one declaration from which parsing, --help, TOML, identity and attributes follow.
namespace rfmap::method {

using Texts = std::vector<std::string>;

/// What an option can hold, as TOML and the results know it.
using OptionValue = std::variant<bool, std::int64_t, double, std::string, std::vector<std::int64_t>,
                                 std::vector<double>, Texts>;

/// One option, declared once: parsing, --help and TOML all read this.
struct Option {
  std::string name;         ///< without dashes; the key in TOML too
  std::string placeholder;  ///< of its value in --help; empty: a flag
  std::string help;
  std::string group;        ///< heading in --help and in TOML
  bool repeatable = false;  ///< may be given several times
  bool positional = false;  ///< an argument without a name
  bool recorded = false;    ///< a choice of the method: in identity and attributes
  std::string unset;        ///< what identity and attributes say where there is no value
  bool in_file = true;      ///< may stand in TOML
  /// Sets the value from its texts, one per occurrence (or per item of a TOML array).
  /// Throws ConfigError: option, value, what is allowed.
  std::function<void(const Texts&)> set;
  /// The present value; nothing where there is none.
  std::function<std::optional<OptionValue>()> get;

  bool is_flag() const { return placeholder.empty(); }
};

/// Declares an option that lives in `field`; the codec says how it is written (codecs.h). An
/// optional field has no value unless it is given. The field must outlive the option.
template <class Codec, class Field>
Option option(std::string name, Field& field, const Codec& codec, std::string help) {
  Option o;
  o.name = std::move(name);
  o.placeholder = codec.placeholder();
  o.help = std::move(help);
  o.repeatable = requires { Codec::kRepeatable; };
  o.set = [codec, &field, label = "--" + o.name](const Texts& texts) {
    field = codec.parse(label, texts);
  };
  o.get = [codec, &field]() -> std::optional<OptionValue> {
    if constexpr (requires { codec.value(field); })
      return codec.value(field);
    else
      return field ? codec.value(*field) : std::nullopt;
  };
  return o;
}

/// An argument without a name.
inline Option positional(Option o) {
  o.positional = true;
  return o;
}

/// A choice of the method; `unset` is the word for one without a value.
inline Option recorded(Option o, std::string unset = "") {
  o.recorded = true;
  o.unset = std::move(unset);
  return o;
}

/// The value as one would type it: 25, 11x11, noise, conv1,pool1.
std::string to_text(const OptionValue& value);

/// The value of a recorded option as identities hold it, and as the results' attribute of its name:
/// true and false as 1 and 0, lists of texts with commas between.
std::string identity_text(const Option& o);
Attribute attribute_of(const Option& o);

/// Sets the option to what an attribute of its name says. Throws DataError for a value that this
/// version does not know.
void set_recorded(const Option& o, const Attribute& attribute);

/// "; did you mean --stride?" with the nearest of `names`, or "" where none is near.
std::string did_you_mean(std::string_view wrong, const Texts& names);

/// The option of that name, or null.
const Option* find_option(const std::vector<Option>& options, std::string_view name);

}  // namespace rfmap::method
