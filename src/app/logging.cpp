#include "app/logging.h"

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "rfmap/error.h"
#include "rfmap/log.h"

namespace rfmap::app {
namespace {

/// %* : what stands before a message on stderr.
class Prefix : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    std::string_view word;
    if (message.level == spdlog::level::warn) word = "warning: ";
    if (message.level >= spdlog::level::err) word = "rfmap: ";
    out.append(word.data(), word.data() + word.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<Prefix>();
  }
};

spdlog::sink_ptr make_stderr_sink(spdlog::level::level_enum level) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<Prefix>('*').set_pattern("%*%v");
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  sink->set_formatter(std::move(formatter));
  sink->set_level(level);
  return sink;
}

spdlog::sink_ptr make_file_sink(const std::string& file) {
  try {
    const auto folder = std::filesystem::absolute(file).parent_path();
    if (!std::filesystem::is_directory(folder))  // spdlog would make it
      throw spdlog::spdlog_ex("no folder");
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
    sink->set_pattern("%Y-%m-%d %H:%M:%S.%e %l: %v");
    return sink;
  } catch (const spdlog::spdlog_ex&) {
    throw ConfigError("--log-file " + file + ": cannot be written; is its folder there and yours?");
  }
}

spdlog::level::level_enum level_of(log::Level level) {
  switch (level) {
    case log::Level::debug:
      return spdlog::level::debug;
    case log::Level::info:
      return spdlog::level::info;
    case log::Level::warning:
      return spdlog::level::warn;
    case log::Level::error:
      break;
  }
  return spdlog::level::err;
}

}  // namespace

void set_up_logging(const Messages& messages) {
  if (messages.quiet && messages.verbose)
    throw ConfigError("--quiet and --verbose contradict; give one of them");
  const std::string& file = messages.log_file;
  const auto level = messages.quiet     ? spdlog::level::warn
                     : messages.verbose ? spdlog::level::debug
                                        : spdlog::level::info;
  std::vector<spdlog::sink_ptr> sinks{make_stderr_sink(level)};
  if (!file.empty()) sinks.push_back(make_file_sink(file));
  auto logger = std::make_shared<spdlog::logger>("rfmap", sinks.begin(), sinks.end());
  logger->set_level(file.empty() ? level : spdlog::level::trace);
  logger->flush_on(spdlog::level::info);
  log::set_sink([logger = std::move(logger)](log::Level at, const std::string& text) {
    logger->log(level_of(at), text);
  });
}

}  // namespace rfmap::app
