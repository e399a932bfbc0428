#include "app/logging.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <utility>

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "rfmap/error.h"
#include "rfmap/log.h"

namespace rfmap::app {
namespace {

/// A level of the library: spdlog's, and the word before its messages on stderr.
struct Kind {
  spdlog::level::level_enum level;
  const char* word;
};

const Kind& kind_of(log::Level level) {
  static constexpr Kind kKinds[] = {{spdlog::level::debug, ""},
                                    {spdlog::level::info, ""},
                                    {spdlog::level::warn, "warning: "},
                                    {spdlog::level::err, "rfmap: "}};
  return kKinds[std::size_t(level)];
}

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink, const char* pattern,
                                            spdlog::level::level_enum level) {
  auto logger = std::make_shared<spdlog::logger>("rfmap", std::move(sink));
  logger->set_pattern(pattern);
  logger->set_level(level);
  logger->flush_on(spdlog::level::info);
  return logger;
}

spdlog::sink_ptr make_file_sink(const std::string& file) {
  try {
    const auto folder = std::filesystem::absolute(file).parent_path();
    if (!std::filesystem::is_directory(folder))  // spdlog would make it
      throw spdlog::spdlog_ex("no folder");
    return std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
  } catch (const spdlog::spdlog_ex&) {
    throw ConfigError("--log-file " + file + ": cannot be written; is its folder there and yours?");
  }
}

}  // namespace

void set_up_logging(const Messages& messages) {
  if (messages.quiet && messages.verbose)
    throw ConfigError("--quiet and --verbose contradict; give one of them");
  const std::string& file = messages.log_file;
  const auto level = messages.quiet     ? spdlog::level::warn
                     : messages.verbose ? spdlog::level::debug
                                        : spdlog::level::info;
  const auto screen = make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>(), "%v", level);
  std::shared_ptr<spdlog::logger> record;
  if (!file.empty())
    record = make_logger(make_file_sink(file), "%Y-%m-%d %H:%M:%S.%e %l: %v", spdlog::level::trace);
  if (record)
    record->set_error_handler([screen, file, told = false](const std::string&) mutable {
      if (!std::exchange(told, true))
        screen->warn("warning: --log-file {}: cannot be written any more; free space on its disk",
                     file);
    });
  log::set_sink([screen, record](log::Level at, const std::string& text) {
    const Kind& kind = kind_of(at);
    screen->log(kind.level, kind.word + text);
    if (record) record->log(kind.level, text);
  });
}

void silence_output() {
  if (!std::freopen("/dev/null", "w", stdout)) throw EngineError("/dev/null cannot be opened");
  log::set_sink([](log::Level, const std::string&) {});
}

}  // namespace rfmap::app
