#ifndef TENSORNET_CODEGEN_CPU_HOSTVECTORS_H
#define TENSORNET_CODEGEN_CPU_HOSTVECTORS_H

namespace mlir::tensornet::cpu {

/// The bits of the vector registers that kernels use on this machine: 512, 256
/// or 128.
unsigned getHostVectorBits();

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_CODEGEN_CPU_HOSTVECTORS_H
