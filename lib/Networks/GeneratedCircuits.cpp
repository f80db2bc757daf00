//===- GeneratedCircuits.cpp - Quantum circuits ---------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GeneratorKinds.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

namespace {
/// A quantum circuit as a network of its gates: an amplitude from all zeros to
/// some bits, or the final state.
class Circuit {
public:
  Circuit(GeneratedNetwork &network, size_t numQubits, bool useHyperedges)
      : network(network), useHyperedges(useHyperedges),
        wires(network.addIndices(numQubits, 2)) {
    for (IndexId wire : wires)
      network.addTensor({wire});
  }

  size_t getNumQubits() const { return wires.size(); }
  /// A gate on one qubit.
  void addGate(size_t qubit) {
    IndexId out = network.addIndex(2);
    network.addTensor({out, wires[qubit]});
    wires[qubit] = out;
  }
  /// A gate on one qubit that is diagonal.
  void addDiagonalGate(size_t qubit) {
    if (!useHyperedges)
      return addGate(qubit);
    network.addTensor({wires[qubit]});
  }
  /// A diagonal gate on two qubits: with hyperedges a matrix on the two wires,
  /// which go on as they are.
  void addDiagonalGate(size_t first, size_t second) {
    if (useHyperedges) {
      network.addTensor({wires[first], wires[second]});
      return;
    }
    IndexId out[] = {network.addIndex(2), network.addIndex(2)};
    network.addTensor({out[0], out[1], wires[first], wires[second]});
    wires[first] = out[0];
    wires[second] = out[1];
  }
  /// Ends the circuit: with a bit on each wire, or with wires left open.
  void finish(bool isOpen) {
    if (isOpen)
      return network.setOutput(TensorIndices(wires.begin(), wires.end()));
    for (IndexId wire : wires)
      network.addTensor({wire});
  }

private:
  GeneratedNetwork &network;
  bool useHyperedges;
  /// Per qubit the index that leaves the last gate.
  std::vector<IndexId> wires;
};
} // namespace

/// The pairs of neighbours that one cycle couples. The four patterns take every
/// second pair in one direction, shifted by one in every other line.
static std::vector<std::pair<size_t, size_t>>
getCoupledPairs(size_t rows, size_t cols, unsigned pattern) {
  bool isVertical = pattern < 2;
  std::vector<std::pair<size_t, size_t>> pairs;
  for (size_t row = 0; row + (isVertical ? 1 : 0) < rows; ++row)
    for (size_t col = 0; col + (isVertical ? 0 : 1) < cols; ++col)
      if ((row + col + pattern) % 2 == 0)
        pairs.push_back(
            {row * cols + col, row * cols + col + (isVertical ? cols : 1)});
  return pairs;
}

/// Random circuits on a grid (Arute et al. 2019): each cycle has a random gate
/// on every qubit, then gates between neighbours in the order ABCDCDAB.
static llvm::Error generateCircuit(const GeneratorValues &values,
                                   GeneratedNetwork &network) {
  constexpr unsigned order[] = {0, 1, 2, 3, 2, 3, 0, 1};
  size_t rows = values["rows"], cols = values["cols"];
  GeneratorRandom random(values["seed"]);
  Circuit circuit(network, rows * cols, values["diagonal"]);
  for (int64_t cycle = 0; cycle < values["depth"]; ++cycle) {
    // One of three gates, of which the third (T) is diagonal.
    for (size_t qubit = 0; qubit < circuit.getNumQubits(); ++qubit)
      if (random.getBelow(3) == 2)
        circuit.addDiagonalGate(qubit);
      else
        circuit.addGate(qubit);
    for (auto [first, second] : getCoupledPairs(rows, cols, order[cycle % 8]))
      circuit.addDiagonalGate(first, second);
  }
  for (size_t qubit = 0; qubit < circuit.getNumQubits(); ++qubit)
    circuit.addGate(qubit);
  circuit.finish(values["open"]);
  return llvm::Error::success();
}

static llvm::Error generateQft(const GeneratorValues &values,
                               GeneratedNetwork &network) {
  size_t numQubits = values["qubits"];
  Circuit circuit(network, numQubits, values["diagonal"]);
  for (size_t qubit = 0; qubit < numQubits; ++qubit) {
    circuit.addGate(qubit);
    for (size_t control = qubit + 1; control < numQubits; ++control)
      circuit.addDiagonalGate(control, qubit);
  }
  circuit.finish(values["open"]);
  return llvm::Error::success();
}

std::vector<GeneratorKind> detail::getCircuitKinds() {
  return {
      {"circuit",
       "a random circuit on a grid of qubits, of the supremacy kind",
       {{"rows", 5, 1, 40, "rows of qubits"},
        {"cols", 5, 1, 40, "columns of qubits"},
        {"depth", 12, 0, 1000, "cycles"},
        {"diagonal", 0, 0, 1, "1: diagonal gates sit on hyperedges"},
        {"open", 0, 0, 1, "1: the final state instead of an amplitude"},
        {"seed", 0, 0, INT64_MAX, "seed of which gates are diagonal"}},
       generateCircuit},
      {"qft",
       "the quantum Fourier transform",
       {{"qubits", 16, 1, 1000, "qubits"},
        {"diagonal", 1, 0, 1, "1: controlled phases sit on hyperedges"},
        {"open", 0, 0, 1, "1: the final state instead of an amplitude"}},
       generateQft},
  };
}
