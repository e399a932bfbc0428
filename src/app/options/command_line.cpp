#include "app/options/command_line.h"

#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "rfmap/error.h"

#include "core/text.h"

namespace rfmap::app {
namespace {

constexpr std::size_t kNameWidth = 34, kTextWidth = 66;

std::string describe(const Option& o) {
  const auto value = o.get();
  const bool unset = !value || (o.is_flag() && !std::get<bool>(*value));
  const auto lines =
      core::wrapped(o.help + (unset ? "" : fmt::format(" [{}]", to_text(*value))),
                    [](const std::string& line) { return line.size() <= kTextWidth; });
  return fmt::format("{}", fmt::join(lines, "\n"));
}

/// CLI11's help without its notes on how often an option may occur.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* o) const override {
    return o->get_type_size() > 0 ? " " + o->get_type_name() : "";
  }
  std::string make_group(std::string group, bool is_positional,
                         std::vector<const CLI::Option*> options) const override {
    std::string text = CLI::Formatter::make_group(group, is_positional, options);
    if (group != "Options" && text.starts_with("\n")) text.erase(0, 1);  // one blank line is enough
    return text;
  }
};

/// Every option takes one value an occurrence and may occur often, so that check_counts() can say
/// what is wrong. A CLI11 parser whose results are read back as texts; flags give "true".
std::unique_ptr<CLI::App> make_parser(const CommandInfo& command,
                                      const std::vector<Option>& options, GivenOptions& given) {
  auto parser = std::make_unique<CLI::App>(
      fmt::format("rfmap {}: {}", command.name, command.summary), "rfmap " + command.name);
  parser->allow_extras();
  parser->formatter(std::make_shared<HelpFormatter>());
  parser->get_formatter()->column_width(kNameWidth);
  parser->footer(fmt::format("{}{}Example:\n  rfmap {}", command.notes,
                             command.notes.empty() ? "" : "\n", command.example));
  for (const Option& o : options) {
    Texts& texts = given[o.name];
    const std::string name = o.positional ? o.name : "--" + o.name;
    const std::string help = describe(o);
    CLI::Option* added;
    if (o.is_flag())
      added = parser->add_flag_function(
          name, [&texts](std::int64_t) { texts = {"true"}; }, help);
    else
      added = parser->add_option(name, texts, help)
                  ->type_name(o.placeholder + (o.repeatable ? " ..." : ""))
                  ->type_size(1)
                  ->expected(1, CLI::detail::expected_max_vector_size)
                  ->allow_extra_args(false);
    if (!o.group.empty()) added->group(o.group);
  }
  return parser;
}

[[noreturn]] void refuse_extra(const CommandInfo& command, const std::vector<Option>& options,
                               const std::string& extra) {
  const std::string help = fmt::format("; rfmap {} --help lists what there is", command.name);
  if (!extra.starts_with("-"))
    throw ConfigError(fmt::format("unexpected argument \"{}\"{}", extra, help));
  Texts names{"--help"};
  for (const Option& o : options)
    if (!o.positional) names.push_back("--" + o.name);
  const std::string name = extra.substr(0, extra.find('='));
  const std::string near = did_you_mean(name, names);
  throw ConfigError(fmt::format("unknown option {}{}", name, near.empty() ? help : near));
}

void check_counts(const std::vector<Option>& options, const GivenOptions& given) {
  for (const auto& [name, texts] : given) {
    const Option* o = find_option(options, name);
    if (texts.size() > 1 && !o->repeatable)
      throw ConfigError(
          fmt::format("option --{} is given {} times; give it once", name, texts.size()));
  }
}

}  // namespace

std::string help_text(const CommandInfo& command, const std::vector<Option>& options) {
  GivenOptions unused;
  return make_parser(command, options, unused)->help();
}

std::optional<GivenOptions> parse_arguments(const CommandInfo& command,
                                            const std::vector<Option>& options, const Texts& args) {
  GivenOptions given;
  const auto parser = make_parser(command, options, given);
  try {
    parser->parse(std::vector<std::string>(args.rbegin(), args.rend()));
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", parser->help());
    return std::nullopt;
  } catch (const CLI::ArgumentMismatch& e) {
    const std::string text = e.what();  // "--stride: 1 required N|HxW missing"
    throw ConfigError(fmt::format("option {} needs a value; rfmap {} --help shows which",
                                  text.substr(0, text.find(':')), command.name));
  } catch (const CLI::ParseError& e) {
    throw ConfigError(fmt::format("{}; rfmap {} --help shows how", e.what(), command.name));
  }
  if (const auto extras = parser->remaining(); !extras.empty())
    refuse_extra(command, options, extras.front());
  std::erase_if(given, [](const auto& entry) { return entry.second.empty(); });
  check_counts(options, given);
  set_options(given, options);
  return given;
}

std::optional<GivenOptions> parse_with_config(const CommandInfo& command,
                                              const std::vector<Option>& options, const Texts& args,
                                              const std::string& config_file) {
  auto typed = parse_arguments(command, options, args);
  if (!typed || config_file.empty()) return typed;
  GivenOptions from_file = read_toml(config_file, options);
  for (const auto& [name, texts] : *typed) from_file.erase(name);
  set_options(from_file, options);
  return typed;
}

void set_options(const GivenOptions& given, const std::vector<Option>& options) {
  for (const Option& o : options)  // in the table's order, so that errors come in a stable order
    if (const auto at = given.find(o.name); at != given.end()) o.set(at->second);
}

}  // namespace rfmap::app
