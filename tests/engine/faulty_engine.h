#pragma once

#include <functional>
#include <utility>

#include "network.h"

namespace rfmap::testing_engines {

/// What is wrong with an engine: programs are changed before they are compiled, replies before they
/// are given.
struct Fault {
  std::function<void(plan::Program&)> in_program = [](plan::Program&) {};
  std::function<void(plan::Reply&)> in_reply = [](plan::Reply&) {};
};

class FaultySession : public plan::Session {
 public:
  FaultySession(std::unique_ptr<plan::Session> session, Fault fault)
      : session_(std::move(session)), fault_(std::move(fault)) {}
  void set_patches(std::span<const float> patches) override { session_->set_patches(patches); }
  void add(const std::vector<plan::Value>& residents,
           const std::vector<plan::Program>& programs) override {
    std::vector<plan::Program> changed = programs;
    for (plan::Program& program : changed) fault_.in_program(program);
    session_->add(residents, changed);
  }
  void run(int program, const plan::Call& call, plan::Reply& reply) override {
    session_->run(program, call, reply);
    fault_.in_reply(reply);
  }
  std::size_t memory_bytes() const override { return session_->memory_bytes(); }

 private:
  std::unique_ptr<plan::Session> session_;
  Fault fault_;
};

class FaultyEngine : public plan::Engine {
 public:
  FaultyEngine(std::unique_ptr<plan::Engine> engine, Fault fault)
      : engine_(std::move(engine)), fault_(std::move(fault)) {}
  std::string name() const override { return "faulty"; }
  std::string description() const override { return engine_->description(); }
  bool ragged_windows() const override { return engine_->ragged_windows(); }
  std::unique_ptr<plan::Session> compile(const plan::ProgramSet& set) override {
    auto session =
        std::make_unique<FaultySession>(engine_->compile({{}, {}, set.patch, set.patches}), fault_);
    session->add(set.residents, set.programs);
    return session;
  }

 private:
  std::unique_ptr<plan::Engine> engine_;
  Fault fault_;
};

/// Another activation behind the step's operation than it should have.
inline void put_wrong_activation(plan::Step& step) {
  auto& activation = std::get<plan::Compute>(step.kind).activation;
  const bool sigmoid = activation && activation->kind == Activation::Kind::sigmoid;
  activation = Activation{};
  activation->kind = sigmoid ? Activation::Kind::tanh : Activation::Kind::sigmoid;
}

/// One layer is wrong wherever it is computed.
inline Fault wrong_layer(const std::string& layer) {
  return {[layer](plan::Program& program) {
    for (plan::Step& step : program.steps)
      if (std::holds_alternative<plan::Compute>(step.kind) &&
          program.values[step.output].layer == layer)
        put_wrong_activation(step);
  }};
}

}  // namespace rfmap::testing_engines
