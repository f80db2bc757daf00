//===- ContractAsm.h - Text of contractions ---------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The custom directives of the assembly formats of contract and contract_into.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_DIALECT_TENSORNET_IR_CONTRACTASM_H
#define TENSORNET_DIALECT_TENSORNET_IR_CONTRACTASM_H

#include "mlir/IR/OpImplementation.h"

namespace mlir::tensornet {

class IndexingAttr;

ParseResult
parseContraction(OpAsmParser &parser,
                 SmallVectorImpl<OpAsmParser::UnresolvedOperand> &inputs,
                 SmallVectorImpl<OpAsmParser::UnresolvedOperand> &extents,
                 SmallVectorImpl<OpAsmParser::UnresolvedOperand> &sizes,
                 IndexingAttr &indexing);
void printContraction(OpAsmPrinter &printer, Operation *op, OperandRange inputs,
                      OperandRange extents, OperandRange sizes,
                      IndexingAttr indexing);

ParseResult
parseContractionInto(OpAsmParser &parser,
                     SmallVectorImpl<OpAsmParser::UnresolvedOperand> &inputs,
                     SmallVectorImpl<OpAsmParser::UnresolvedOperand> &extents,
                     OpAsmParser::UnresolvedOperand &init,
                     IndexingAttr &indexing);
void printContractionInto(OpAsmPrinter &printer, Operation *op,
                          OperandRange inputs, OperandRange extents, Value init,
                          IndexingAttr indexing);

/// `(inputs, init) -> outputs`.
ParseResult parseContractionIntoType(OpAsmParser &parser,
                                     SmallVectorImpl<Type> &inputTypes,
                                     Type &initType,
                                     SmallVectorImpl<Type> &outputTypes);
void printContractionIntoType(OpAsmPrinter &printer, Operation *op,
                              TypeRange inputTypes, Type initType,
                              TypeRange outputTypes);

} // namespace mlir::tensornet

#endif // TENSORNET_DIALECT_TENSORNET_IR_CONTRACTASM_H
