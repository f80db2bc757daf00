//===- LinkedCode.cpp - Object files in this process ----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/LinkedCode.h"
#include "VectorMath.h"
#include "tensornet/Execution/Runtime.h"

#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h"
#include "llvm/ExecutionEngine/Orc/SelfExecutorProcessControl.h"

using namespace mlir::tensornet;
namespace orc = llvm::orc;

LinkedCode::LinkedCode() = default;

LinkedCode::~LinkedCode() {
  if (session)
    llvm::consumeError(session->endSession());
}

/// Defines the functions of the runtime in `library`.
static llvm::Error addRuntime(orc::JITDylib &library) {
  orc::SymbolMap symbols;
  for (const auto &[name, address] : getRuntimeSymbols())
    symbols[library.getExecutionSession().intern(name)] = {
        orc::ExecutorAddr::fromPtr(address), llvm::JITSymbolFlags::Exported};
  return library.define(orc::absoluteSymbols(std::move(symbols)));
}

llvm::Expected<std::unique_ptr<LinkedCode>>
LinkedCode::link(llvm::ArrayRef<CodeCache::Code> objects) {
  std::unique_ptr<LinkedCode> code(new LinkedCode());
  // Linking is short: threads would take longer to start.
  auto control = orc::SelfExecutorProcessControl::Create(
      nullptr, std::make_unique<orc::InPlaceTaskDispatcher>());
  if (!control)
    return control.takeError();
  code->session = std::make_unique<orc::ExecutionSession>(std::move(*control));
  orc::ExecutionSession &session = *code->session;
  session.setErrorReporter([&text = code->failure](llvm::Error error) {
    text = llvm::toString(std::move(error));
  });
  code->layer = std::make_unique<orc::ObjectLinkingLayer>(
      session, session.getExecutorProcessControl().getMemMgr());
  code->library = &session.createBareJITDylib("program");
  if (llvm::Error error = addRuntime(*code->library))
    return std::move(error);
  // Code from a cache may call functions that this process has not looked for.
  loadVectorMath();
  auto process = orc::DynamicLibrarySearchGenerator::GetForCurrentProcess('\0');
  if (!process)
    return process.takeError();
  code->library->addGenerator(std::move(*process));
  for (const CodeCache::Code &object : objects)
    if (llvm::Error error = code->layer->add(
            *code->library,
            llvm::MemoryBuffer::getMemBuffer(object->getMemBufferRef(),
                                             /*RequiresNullTerminator=*/false)))
      return std::move(error);
  return code;
}

llvm::Expected<void *> LinkedCode::lookup(llvm::StringRef name) const {
  auto symbol = session->lookup({library}, session->intern(name));
  if (!symbol) {
    // The error of a lookup names symbols; what was reported says why.
    std::string text = llvm::toString(symbol.takeError());
    return llvm::createStringError(failure.empty() ? text : failure);
  }
  return symbol->getAddress().toPtr<void *>();
}
