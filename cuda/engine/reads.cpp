#include "engine/operations.h"

namespace rfmap::cuda {
using namespace plan;

void read_responses(Builder& builder, const ReadResponse& read, int input, int index) {
  builder.launch(
      {input},
      [=](const Stage& stage) {
        const int count = int(stage.call->reads[read.table].size());
        stage.device.read(stage.results[index],
                          kernels::ResponseReads{stage.tensors[input], read.kind,
                                                 stage.tables.reads[read.table], count});
      },
      true);
}

void read_extrema(Builder& builder, const ReadExtrema& read, int input, int index) {
  const int* channels = builder.constants.numbers(read.channels);
  const int count = int(read.channels.size());
  builder.launch(
      {input},
      [=, minimum = read.minimum](const Stage& stage) {
        stage.device.read(stage.results[index],
                          kernels::ExtremaReads{stage.tensors[input], channels, count, minimum});
      },
      true);
}

void read_map(Builder& builder, int input, int index) {
  builder.launch(
      {input},
      [=](const Stage& stage) {
        stage.device.read(stage.results[index], kernels::ToPlanes{stage.tensors[input]});
      },
      true);
}

void read_points(Builder& builder, const ReadPoints& read, int window, int input, int index) {
  builder.launch(
      {input},
      [=](const Stage& stage) {
        kernels::PointReads work{stage.tensors[input], read.kind, stage.tables.points[read.table],
                                 int(stage.call->points[read.table].size())};
        if (read.kind != Response::location && window >= 0) {
          work.live = stage.tables.live[window];
          work.windows = stage.tables.windows[window];
        }
        stage.device.read(stage.results[index], work);
      },
      true);
}

}  // namespace rfmap::cuda
