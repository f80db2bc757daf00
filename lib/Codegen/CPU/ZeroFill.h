#ifndef TENSORNET_LIB_CODEGEN_CPU_ZEROFILL_H
#define TENSORNET_LIB_CODEGEN_CPU_ZEROFILL_H

#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet::cpu {

/// The linalg.fill with zero that writes the destination of `op` and that
/// nothing reads or writes before `op` does; null if there is none. `op` works
/// on memrefs.
Operation *findZeroFill(ContractIntoOp op);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_ZEROFILL_H
