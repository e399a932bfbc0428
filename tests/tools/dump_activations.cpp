// Runs a network on given inputs and writes the value of every node as .npy, for comparison with
// other programs.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "rfmap/error.h"
#include "rfmap/model.h"

#include "engines/make_engine.h"
#include "plan/programs.h"
#include "tools/npy.h"

namespace rfmap {
using namespace plan;
using namespace engines;
namespace {

namespace fs = std::filesystem;

constexpr const char* kUsage =
    "dump_activations MODEL [--weights W.caffemodel] [--input-size HxW] --input IN.npy "
    "[--engine reference|cpu] [--threads N] --out DIR [--output-only]\n"
    "dump_activations --list CASES.txt, each line: MODEL IN.npy OUTDIR [options]";

struct Job {
  ModelFiles files;
  std::string input, out, engine = "reference";
  int threads = 2;
  bool output_only = false;
};

Size parse_size(const std::string& text) {
  Size size;
  if (std::sscanf(text.c_str(), "%dx%d", &size.h, &size.w) != 2)
    throw ConfigError("--input-size '" + text + "' is not HxW.");
  return size;
}

/// Removes the options; the positional arguments remain.
std::vector<std::string> take_options(std::vector<std::string> words, Job& job) {
  std::vector<std::string> positional;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const auto value = [&] {
      if (i + 1 == words.size()) throw ConfigError(word + " needs a value.");
      return words[++i];
    };
    if (word == "--weights")
      job.files.weights = value();
    else if (word == "--input-size")
      job.files.input_size = parse_size(value());
    else if (word == "--input-layout")
      job.files.input_layout =
          value() == "nhwc" ? InputLayout::channels_last : InputLayout::channels_first;
    else if (word == "--input")
      job.input = value();
    else if (word == "--out")
      job.out = value();
    else if (word == "--engine")
      job.engine = value();
    else if (word == "--threads")
      job.threads = std::stoi(value());
    else if (word == "--output-only")
      job.output_only = true;
    else if (word.starts_with("--"))
      throw ConfigError("unknown option " + word + ".\n" + kUsage);
    else
      positional.push_back(word);
  }
  return positional;
}

/// The nodes to be written, in parts whose values stay below 256 MiB.
std::vector<std::vector<int>> parts_of(const Graph& graph, std::vector<int> nodes, int batch) {
  constexpr std::size_t kMost = std::size_t(256) << 20;
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  std::vector<std::vector<int>> parts;
  std::size_t bytes = kMost;
  for (const int node : nodes) {
    const std::size_t more = graph.nodes[node].shape.volume() * batch * sizeof(float);
    if (bytes + more > kMost) {
      parts.emplace_back();
      bytes = 0;
    }
    bytes += more;
    parts.back().push_back(node);
  }
  return parts;
}

/// Images [N, C, H, W] that fit the network's input.
npy::Array read_images(const std::string& path, const Shape& input) {
  npy::Array images = npy::read(path);
  const std::vector<std::size_t>& d = images.dims;
  if (d.size() != 4 || int(d[1]) != input.c || int(d[2]) != input.h || int(d[3]) != input.w)
    throw DataError("'" + path + "' does not hold images of " + std::to_string(input.c) + " x " +
                    std::to_string(input.h) + " x " + std::to_string(input.w) + ".");
  return images;
}

/// [[name, [[extent, axis, step], ...]], ...]: tensors that hold the value in another order.
nlohmann::json moved_tensors(const Node& node) {
  nlohmann::json all = nlohmann::json::array();
  for (const MovedTensor& moved : node.moved) {
    nlohmann::json order = nlohmann::json::array();
    for (const Rearrange::Digit& d : moved.order) order.push_back({d.extent, d.axis, d.step});
    all.push_back({moved.name, order});
  }
  return all;
}

void dump(const Job& job) {
  const Model model = read_model(job.files);
  const Graph& graph = model.graph;
  const npy::Array images = read_images(job.input, graph.input());
  const int batch = int(images.dims[0]);
  fs::create_directories(job.out);
  for (const Unsupported& lost : model.unsupported)
    std::cerr << "left out: " << lost.node << " (" << lost.operation << "): " << lost.reason
              << "\n";
  std::vector<int> nodes(graph.nodes.size());
  std::iota(nodes.begin(), nodes.end(), 0);
  const auto engine = make_engine(job.engine, {job.threads});
  if (job.output_only && graph.outputs.empty() && !model.unsupported.empty())
    throw ModelError("no output can be computed: node '" + model.unsupported[0].node + "' (" +
                     model.unsupported[0].operation + "): " + model.unsupported[0].reason + ".");
  nlohmann::json index = nlohmann::json::array();
  for (const auto& part : parts_of(graph, job.output_only ? graph.outputs : nodes, batch)) {
    ProgramSet set;
    set.programs.push_back(map_program(graph, part, batch));
    const auto session = engine->compile(set);
    Call call;
    call.images = images.values;
    Reply reply;
    session->run(0, call, reply);
    for (std::size_t i = 0; i < part.size(); ++i) {
      const Node& node = graph.nodes[part[i]];
      char file[32];
      std::snprintf(file, sizeof file, "%04zu.npy", index.size());
      const std::vector<std::size_t> dims{std::size_t(batch), std::size_t(node.shape.c),
                                          std::size_t(node.shape.h), std::size_t(node.shape.w)};
      if (reply.maps.at(i).size() != npy::count(dims))
        throw EngineError("node '" + node.name + "' was answered in another size.");
      npy::write((fs::path(job.out) / file).string(), dims, reply.maps[i].data());
      index.push_back({{"node", node.name},
                       {"op", kind_name(node.op)},
                       {"tensors", node.tensors},
                       {"moved", moved_tensors(node)},
                       {"shape", dims},
                       {"file", file}});
    }
  }
  std::ofstream(fs::path(job.out) / "index.json") << index.dump(1) << "\n";
}

/// Runs `action`; the exit code and, if it fails, the message.
template <class Action>
int guarded(Action action, std::string& message) {
  try {
    action();
    return kExitDone;
  } catch (const Error& error) {
    message = error.what();
    return error.exit_code();
  } catch (const std::exception& error) {
    message = error.what();
    return kExitFault;
  }
}

void run_list(const std::string& path, const Job& defaults) {
  std::ifstream list(path);
  if (!list) throw ConfigError("The list '" + path + "' does not exist.");
  for (std::string line; std::getline(list, line);) {
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    if (words.empty()) continue;
    if (words.size() < 3) throw ConfigError("A line of '" + path + "' is incomplete: " + line);
    Job job = defaults;
    job.files.model = words[0], job.input = words[1], job.out = words[2];
    fs::create_directories(job.out);
    const fs::path error_file = fs::path(job.out) / "error.txt";
    fs::remove(error_file);
    std::string message;
    const int code = guarded(
        [&] {
          take_options({words.begin() + 3, words.end()}, job);
          dump(job);
        },
        message);
    if (code != kExitDone) std::ofstream(error_file) << code << "\n" << message << "\n";
  }
}

void run(const std::vector<std::string>& words) {
  if (const auto list = std::find(words.begin(), words.end(), "--list"); list != words.end()) {
    if (list + 1 == words.end()) throw ConfigError(kUsage);
    std::vector<std::string> others(words.begin(), list);
    others.insert(others.end(), list + 2, words.end());
    Job defaults;
    if (!take_options(others, defaults).empty()) throw ConfigError(kUsage);
    return run_list(*(list + 1), defaults);
  }
  Job job;
  const std::vector<std::string> positional = take_options(words, job);
  if (positional.size() != 1 || job.input.empty() || job.out.empty()) throw ConfigError(kUsage);
  job.files.model = positional[0];
  dump(job);
}

}  // namespace
}  // namespace rfmap

int main(int argc, char** argv) {
  std::string message;
  const int code = rfmap::guarded([&] { rfmap::run({argv + 1, argv + argc}); }, message);
  if (!message.empty()) std::cerr << "dump_activations: " << message << "\n";
  return code;
}
