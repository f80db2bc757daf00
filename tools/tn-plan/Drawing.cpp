//===- Drawing.cpp - Trees as SVG and DOT ---------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

#include "../OutputFile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/GraphWriter.h"

#include <algorithm>
#include <cmath>

using namespace mlir::tensornet;

namespace {
/// What both formats show of the tree.
class TreeDrawing {
public:
  explicit TreeDrawing(const Plan &plan);
  void printSvg(llvm::raw_ostream &os) const;
  void printDot(llvm::raw_ostream &os) const;

private:
  void measureNodes();
  void placeNodes();
  /// 0 for the smallest tensor, 1 for the largest.
  double getRelativeSize(NodeId node) const;
  std::string getColor(double relativeSize) const;
  double getLineWidth(NodeId node) const {
    return 1 + 5 * getRelativeSize(node);
  }
  /// What is known of a node, in words.
  std::string describe(NodeId node) const;
  void printEdge(llvm::raw_ostream &os, NodeId from, NodeId to) const;
  void printLeafLabel(llvm::raw_ostream &os, NodeId leaf) const;
  void printLegend(llvm::raw_ostream &os) const;

  const Plan &plan;
  const ContractionTree &tree;
  std::vector<IndexSet> indices;
  /// Per node: log2 of its elements, log10 of the multiplications of its step.
  std::vector<double> log2Size, log10Cost;
  double largestLog2Size = 0;
  /// Per node its place in the picture.
  std::vector<double> x, y;
  double width = 0, height = 0, leafDistance = 0;
};
} // namespace

TreeDrawing::TreeDrawing(const Plan &plan)
    : plan(plan), tree(plan.tree),
      indices(tree.computeNodeIndices(plan.slice)) {
  measureNodes();
  placeNodes();
}

void TreeDrawing::measureNodes() {
  log10Cost.assign(tree.getNumNodes(), -INFINITY);
  for (NodeId node = 0; node < tree.getNumNodes(); ++node) {
    log2Size.push_back(getLog2NumPoints(plan.slice, indices[node]));
    largestLog2Size = std::max(largestLog2Size, log2Size.back());
    if (tree.isLeaf(node))
      continue;
    auto [lhs, rhs] = tree.getStep(node);
    log10Cost[node] =
        getLog2NumPoints(plan.slice, unite(indices[lhs], indices[rhs])) *
            std::log10(2.0) +
        getLog10NumSlices(plan);
  }
}

/// Leaves stand in a row at the bottom in the order in which the tree reaches
/// them, a step stands over its operands, higher than both.
void TreeDrawing::placeNodes() {
  constexpr double kMargin = 30, kTop = 60;
  unsigned numLeaves = std::max(tree.getNumLeaves(), 1u);
  leafDistance = std::clamp(1200.0 / numLeaves, 4.0, 70.0);
  double levelDistance =
      std::clamp(700.0 / std::max(tree.getDepth(), 1u), 2.0, 60.0);
  double bottom = kTop + levelDistance * tree.getDepth();
  width = std::max(2 * kMargin + leafDistance * numLeaves, 420.0);
  height = bottom + 180;
  x.assign(tree.getNumNodes(), 0);
  y.assign(tree.getNumNodes(), bottom);
  unsigned position = 0;
  std::vector<NodeId> stack;
  if (tree.getNumLeaves() > 0)
    stack.push_back(tree.getRoot());
  while (!stack.empty()) {
    NodeId node = stack.back();
    stack.pop_back();
    if (tree.isLeaf(node)) {
      x[node] = kMargin + leafDistance * (position++ + 0.5);
      continue;
    }
    stack.push_back(tree.getStep(node).rhs);
    stack.push_back(tree.getStep(node).lhs);
  }
  for (NodeId node = tree.getNumLeaves(); node < tree.getNumNodes(); ++node) {
    auto [lhs, rhs] = tree.getStep(node);
    x[node] = (x[lhs] + x[rhs]) / 2;
    y[node] = std::min(y[lhs], y[rhs]) - levelDistance;
  }
}

double TreeDrawing::getRelativeSize(NodeId node) const {
  return largestLog2Size > 0 ? std::max(0.0, log2Size[node] / largestLog2Size)
                             : 0;
}

std::string TreeDrawing::getColor(double relativeSize) const {
  // From a calm blue to a strong red.
  auto mix = [&](double low, double high) {
    return static_cast<unsigned>(
        std::lround(low + (high - low) * relativeSize));
  };
  std::string color;
  llvm::raw_string_ostream(color) << llvm::format(
      "#%02x%02x%02x", mix(120, 200), mix(160, 30), mix(200, 40));
  return color;
}

std::string TreeDrawing::describe(NodeId node) const {
  constexpr size_t kMaxListed = 12;
  std::string text = getNodeName(tree, node) + " " +
                     listIndices(plan.network, indices[node], kMaxListed);
  llvm::raw_string_ostream os(text);
  os << ": " << formatCount(log2Size[node] * std::log10(2.0)) << " elements";
  if (!tree.isLeaf(node))
    os << ", " << formatCount(log10Cost[node]) << " multiplications";
  return text;
}

//===----------------------------------------------------------------------===//
// SVG
//===----------------------------------------------------------------------===//

void TreeDrawing::printEdge(llvm::raw_ostream &os, NodeId from,
                            NodeId to) const {
  os << llvm::format("<path d=\"M%.1f %.1fV%.1fH%.1f\" stroke-width=\"%.1f\"",
                     x[from], y[from], y[to], x[to], getLineWidth(from))
     << " stroke=\"" << getColor(getRelativeSize(from)) << "\"><title>";
  llvm::printHTMLEscaped(describe(from), os);
  os << "</title></path>\n";
}

void TreeDrawing::printLeafLabel(llvm::raw_ostream &os, NodeId leaf) const {
  // Upright only where there is room; where there is none, the title must do.
  constexpr double kSmallest = 8;
  if (leafDistance < kSmallest)
    return;
  std::string label = getNodeName(tree, leaf) + " " +
                      listIndices(plan.network, indices[leaf], 4);
  double left = x[leaf] - 3, top = y[leaf] + 8;
  os << llvm::format("<text x=\"%.1f\" y=\"%.1f\" "
                     "transform=\"rotate(90 %.1f %.1f)\">",
                     left, top, left, top);
  llvm::printHTMLEscaped(label, os);
  os << "</text>\n";
}

void TreeDrawing::printLegend(llvm::raw_ostream &os) const {
  os << "<text x=\"30\" y=\"20\">" << formatCount(plan.cost.log10Value)
     << " multiplications, largest result "
     << formatCount(plan.cost.log2Largest * std::log10(2.0))
     << " elements</text>\n<text x=\"30\" y=\"38\">size of a tensor: "
        "1</text>\n";
  constexpr unsigned kNumShades = 20;
  for (unsigned shade = 0; shade < kNumShades; ++shade)
    os << llvm::format("<rect x=\"%u\" y=\"29\" width=\"6\" height=\"10\" ",
                       145 + 6 * shade)
       << "fill=\"" << getColor((shade + 0.5) / kNumShades) << "\"/>\n";
  os << "<text x=\"272\" y=\"38\">"
     << formatCount(largestLog2Size * std::log10(2.0)) << "</text>\n";
}

void TreeDrawing::printSvg(llvm::raw_ostream &os) const {
  os << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
     << "<svg xmlns=\"http://www.w3.org/2000/svg\" "
     << llvm::format("width=\"%.0f\" height=\"%.0f\" "
                     "viewBox=\"0 0 %.0f %.0f\" ",
                     width, height, width, height)
     << "font-family=\"sans-serif\" font-size=\"11\" fill=\"#333\">\n"
     << "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
  printLegend(os);
  os << "<g fill=\"none\" stroke-linecap=\"round\">\n";
  for (NodeId node = tree.getNumLeaves(); node < tree.getNumNodes(); ++node) {
    printEdge(os, tree.getStep(node).lhs, node);
    printEdge(os, tree.getStep(node).rhs, node);
  }
  os << "</g>\n";
  for (NodeId node = tree.getNumLeaves(); node < tree.getNumNodes(); ++node) {
    double share = std::pow(10.0, log10Cost[node] - plan.cost.log10Value);
    os << llvm::format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"><title>",
                       x[node], y[node], 1.5 + 6 * std::sqrt(share));
    llvm::printHTMLEscaped(describe(node), os);
    os << "</title></circle>\n";
  }
  for (NodeId leaf = 0; leaf < tree.getNumLeaves(); ++leaf)
    printLeafLabel(os, leaf);
  os << "</svg>\n";
}

//===----------------------------------------------------------------------===//
// DOT
//===----------------------------------------------------------------------===//

void TreeDrawing::printDot(llvm::raw_ostream &os) const {
  os << "digraph plan {\n  rankdir=\"BT\";\n"
     << "  node [shape=\"box\", style=\"rounded\", fontname=\"sans-serif\"];\n"
     << "  edge [dir=\"none\"];\n";
  for (NodeId node = 0; node < tree.getNumNodes(); ++node)
    os << "  n" << node << " [label=\""
       << llvm::DOT::EscapeString(describe(node)) << "\"];\n";
  for (NodeId node = tree.getNumLeaves(); node < tree.getNumNodes(); ++node)
    for (NodeId operand : {tree.getStep(node).lhs, tree.getStep(node).rhs})
      os << "  n" << operand << " -> n" << node
         << llvm::format(" [penwidth=\"%.1f\", color=\"", getLineWidth(operand))
         << getColor(getRelativeSize(operand)) << "\"];\n";
  os << "}\n";
}

llvm::Error mlir::tensornet::drawTree(const Plan &plan, llvm::StringRef path) {
  return writeFile(path, [&](llvm::raw_ostream &os) {
    TreeDrawing drawing(plan);
    if (path.ends_with(".svg"))
      drawing.printSvg(os);
    else
      drawing.printDot(os);
  });
}
