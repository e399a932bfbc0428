#include "results/own_process.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sstream>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rfmap/error.h"

namespace rfmap::results {
namespace {

void write_lines(int descriptor, const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t n = ::write(descriptor, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) ::_exit(kExitFault);
    done += std::size_t(n);
  }
}

/// The signal of the soft limit, SIGXCPU, tells the parent; the hard one, later, is a safeguard.
void set_limit(unsigned cpu_seconds) {
  const rlimit limit{cpu_seconds, cpu_seconds + 5}, no_core{0, 0};
  if (cpu_seconds == 0) return;
  ::setrlimit(RLIMIT_CPU, &limit);
  ::setrlimit(RLIMIT_CORE, &no_core);
}

[[noreturn]] void run_child(int descriptor, const std::function<std::vector<std::string>()>& look) {
  for (int fault : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGXCPU}) std::signal(fault, SIG_DFL);
  // The C library's message about a corrupted heap is not for users.
  if (const int nowhere = ::open("/dev/null", O_WRONLY); nowhere >= 0)
    ::dup2(nowhere, STDERR_FILENO);
  try {
    write_lines(descriptor, look());
  } catch (const std::exception& error) {
    write_lines(descriptor, {error.what()});
  }
  ::_exit(kExitDone);
}

std::vector<std::string> read_lines(int descriptor) {
  std::string text;
  char block[4096];
  ssize_t n = 0;
  while ((n = ::read(descriptor, block, sizeof block)) > 0 || (n < 0 && errno == EINTR))
    if (n > 0) text.append(block, std::size_t(n));
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

bool stays = false;

std::vector<std::string> in_this_process(const std::function<std::vector<std::string>()>& look) {
  try {
    return look();
  } catch (const Error& error) {
    return {error.what()};
  }
}

}  // namespace

void stay_in_process() { stays = true; }

std::vector<std::string> in_own_process(const std::function<std::vector<std::string>()>& look,
                                        const std::string& on_crash, const CpuLimit& limit) {
  if (stays) return in_this_process(look);
  int ends[2];
  if (::pipe(ends) != 0) throw EngineError(std::string("cannot make a pipe: ") + strerror(errno));
  const pid_t child = ::fork();
  if (child < 0) {
    ::close(ends[0]);
    ::close(ends[1]);
    throw EngineError(std::string("cannot start a process: ") + strerror(errno));
  }
  if (child == 0) {
    ::close(ends[0]);
    set_limit(limit.seconds);
    run_child(ends[1], look);
  }
  ::close(ends[1]);
  std::vector<std::string> lines = read_lines(ends[0]);
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
    lines.push_back(limit.on_limit);
  else if (!WIFEXITED(status) || WEXITSTATUS(status) != kExitDone)
    lines.push_back(on_crash);
  return lines;
}

}  // namespace rfmap::results
