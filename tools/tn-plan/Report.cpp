//===- Report.cpp - Plans as tables and JSON ------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"
#include "Plan.h"

#include "tensornet/Networks/LinearPath.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Unicode.h"

#include <cmath>

using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Words
//===----------------------------------------------------------------------===//

std::string mlir::tensornet::getNodeName(const ContractionTree &tree,
                                         NodeId node) {
  return tree.isLeaf(node)
             ? "t" + std::to_string(node)
             : "s" + std::to_string(node - tree.getNumLeaves() + 1);
}

std::string mlir::tensornet::listIndices(const NamedNetwork &network,
                                         llvm::ArrayRef<IndexId> indices,
                                         size_t most) {
  std::string text = "[";
  for (auto [position, index] : llvm::enumerate(indices)) {
    if (position > 0)
      text += ", ";
    if (position == most) {
      text += std::to_string(indices.size() - most) + " more";
      break;
    }
    text += escapeName(network.names[index]);
  }
  return text + "]";
}

/// The digits of a whole number in groups of three.
static std::string groupDigits(double number) {
  std::string digits = std::to_string(std::llround(number));
  for (int place = static_cast<int>(digits.size()) - 3; place > 0; place -= 3)
    digits.insert(place, ",");
  return digits;
}

std::string mlir::tensornet::formatCount(double log10) {
  if (log10 < 12)
    return groupDigits(std::pow(10.0, log10));
  double exponent = std::floor(log10);
  double digits = std::pow(10.0, log10 - exponent);
  if (digits >= 9.9995) {
    digits = 1;
    ++exponent;
  }
  std::string text;
  llvm::raw_string_ostream(text)
      << llvm::format("%.3fe+%.0f", digits, exponent);
  return text;
}

static double getLog10NumPoints(const ContractionGraph &graph,
                                llvm::ArrayRef<IndexId> indices) {
  return getLog2NumPoints(graph, indices) * std::log10(2.0);
}

double mlir::tensornet::getLog10NumSlices(const Plan &plan) {
  return getLog10NumPoints(plan.graph, plan.sliced);
}

//===----------------------------------------------------------------------===//
// Table
//===----------------------------------------------------------------------===//

namespace {
/// A table whose columns are as wide as what they hold.
class Table {
public:
  /// Columns after the first `numLeft` are aligned to the right.
  Table(std::vector<std::string> header, size_t numLeft) : numLeft(numLeft) {
    addRow(std::move(header));
  }
  void addRow(std::vector<std::string> row) {
    widths.resize(row.size(), 0);
    for (auto [width, cell] : llvm::zip_equal(widths, row))
      width = std::max(width, getWidth(cell));
    rows.push_back(std::move(row));
  }
  void print(llvm::raw_ostream &os) const;

private:
  static int getWidth(llvm::StringRef text) {
    return std::max(0, llvm::sys::unicode::columnWidthUTF8(text));
  }

  size_t numLeft;
  std::vector<std::vector<std::string>> rows;
  std::vector<int> widths;
};
} // namespace

void Table::print(llvm::raw_ostream &os) const {
  for (const std::vector<std::string> &row : rows) {
    for (auto [column, cell] : llvm::enumerate(row)) {
      int padding = widths[column] - getWidth(cell);
      bool isLeft = column < numLeft;
      os << (column ? "  " : "");
      os.indent(isLeft ? 0 : padding) << cell;
      if (isLeft && column + 1 < row.size())
        os.indent(padding);
    }
    os << "\n";
  }
}

/// So many names of an index list are written out.
constexpr size_t kMaxListed = 6;

static void printSteps(const Plan &plan, llvm::raw_ostream &os) {
  Table table(
      {"step", "pair", "contraction", "elements", "multiplications", "share"},
      3);
  double log10NumSlices = getLog10NumSlices(plan);
  plan.tree.walkSteps(plan.slice, [&](const ContractionTree::StepView &step) {
    auto list = [&](const IndexSet &indices) {
      return listIndices(plan.network, indices, kMaxListed);
    };
    double log10Points =
        getLog10NumPoints(plan.slice, unite(step.lhsIndices, step.rhsIndices)) +
        log10NumSlices;
    std::string share;
    llvm::raw_string_ostream(share) << llvm::format(
        "%.1f %%", 100 * std::pow(10.0, log10Points - plan.cost.log10Value));
    table.addRow(
        {getNodeName(plan.tree, step.node),
         getNodeName(plan.tree, step.lhs) + " " +
             getNodeName(plan.tree, step.rhs),
         list(step.lhsIndices) + " " + list(step.rhsIndices) + " -> " +
             list(step.resultIndices),
         formatCount(getLog10NumPoints(plan.slice, step.resultIndices)),
         formatCount(log10Points), share});
  });
  table.print(os);
}

/// A count with its logarithm.
static std::string describeCount(double log10) {
  std::string text = formatCount(log10);
  if (std::isfinite(log10))
    llvm::raw_string_ostream(text) << llvm::format(" (10^%.2f)", log10);
  return text;
}

/// A number of elements with its logarithm.
static std::string describeElements(double log2) {
  std::string text = formatCount(log2 * std::log10(2.0));
  if (std::isfinite(log2))
    llvm::raw_string_ostream(text) << llvm::format(" (2^%.2f)", log2);
  return text;
}

/// Three digits of a number.
static std::string formatSignificant(double number) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.3g", number);
  return text;
}

static void printTotals(const Plan &plan, llvm::raw_ostream &os) {
  Table table({"strategy", getName(plan.summary.strategy).str() +
                               (plan.summary.optimal ? ", optimal" : "")},
              2);
  const LogCost &cost = plan.cost;
  table.addRow({"multiplications", describeCount(cost.log10Value)});
  if (plan.graph.isAnyLeafActive())
    table.addRow({"  with gradients", describeCount(cost.log10Weighted)});
  table.addRow({"  as written", describeCount(plan.costAsWritten.log10Value)});
  if (!plan.sliced.empty())
    table.addRow({"  not sliced", describeCount(plan.costUnsliced.log10Value)});
  table.addRow({"largest result", describeElements(cost.log2Largest)});
  table.addRow({"alive at most", describeElements(cost.log2Peak)});
  if (plan.objective == SearchObjective::Traffic)
    table.addRow({"elements moved", describeCount(cost.log10Traffic)});
  if (plan.objective == SearchObjective::Machine)
    table.addRow({"seconds to run",
                  formatSignificant(std::pow(10.0, cost.log10Seconds))});
  table.addRow({"seconds to plan", formatSignificant(plan.seconds)});
  table.print(os);
}

void mlir::tensornet::printTable(const Plan &plan, llvm::raw_ostream &os) {
  os << plan.network.inputs.size() << " tensors, " << plan.network.names.size()
     << " indices, result "
     << listIndices(plan.network, plan.network.output, kMaxListed) << "\n\n";
  if (!plan.sliced.empty())
    os << formatCount(getLog10NumSlices(plan)) << " slices over "
       << listIndices(plan.network, plan.sliced, plan.sliced.size())
       << ": elements are those of one, multiplications those of all\n\n";
  if (!plan.tree.getSteps().empty()) {
    printSteps(plan, os);
    os << "\n";
  }
  printTotals(plan, os);
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

/// A logarithm; JSON has no infinity, so that of 0 is null.
static llvm::json::Value toJson(double logarithm) {
  if (std::isfinite(logarithm))
    return logarithm;
  return nullptr;
}

void mlir::tensornet::printJson(const Plan &plan, llvm::raw_ostream &os) {
  llvm::json::OStream json(os);
  json.object([&] {
    json.attribute("log10_cost", toJson(plan.cost.log10Weighted));
    json.attribute("log10_value_cost", toJson(plan.cost.log10Value));
    json.attribute("log2_largest", toJson(plan.cost.log2Largest));
    json.attribute("log2_peak", toJson(plan.cost.log2Peak));
    json.attributeArray("sliced", [&] {
      for (IndexId index : plan.sliced)
        json.value(plan.network.names[index]);
    });
    json.attributeArray("path", [&] {
      for (auto [first, second] : getLinearPath(plan.tree))
        json.value(llvm::json::Array{first, second});
    });
    json.attribute("seconds", plan.seconds);
    json.attribute("strategy", getName(plan.summary.strategy));
    json.attribute("objective", getName(plan.objective));
    json.attribute("optimal", plan.summary.optimal);
    json.attribute("trials", plan.trials);
    json.attribute("log10_traffic", toJson(plan.cost.log10Traffic));
    json.attribute("log10_run_seconds", toJson(plan.cost.log10Seconds));
    json.attribute("log10_slices", getLog10NumSlices(plan));
    json.attribute("log10_cost_unsliced",
                   toJson(plan.costUnsliced.log10Weighted));
    json.attribute("log10_cost_as_written",
                   toJson(plan.costAsWritten.log10Weighted));
  });
  os << "\n";
}
