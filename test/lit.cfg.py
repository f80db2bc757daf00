"""What every lit test of tensornet may use."""

import os
import resource

import lit.formats
from lit.llvm import llvm_config

config.name = "tensornet"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "install", "python", "unit", "CMakeLists.txt"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.tensornet_binary_dir, "test")

# A variable of one function must not satisfy a check of the next, and a prefix
# that no line uses is a typing error.
config.environment["FILECHECK_OPTS"] = (
    "-enable-var-scope --allow-unused-prefixes=false"
)
# Compiled code of other builds and runs is none of a test's business.
config.environment["TENSORNET_CACHE"] = "off"
for name in ["ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS"]:
    if name in os.environ:
        config.environment[name] = os.environ[name]

if config.tensornet_sanitize:
    config.available_features.add("sanitize")
else:
    # A rewrite that never ends must fail instead of filling the machine.
    # AddressSanitizer reserves terabytes of addresses, so it goes without.
    limit = 8 << 30
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

config.substitutions.append(("%python", '"%s"' % config.tensornet_python))
config.substitutions.append(("%examples", config.tensornet_source_dir + "/examples"))
config.substitutions.append(("%libdir", config.tensornet_binary_dir + "/lib"))
config.substitutions.append(("%toolsdir", config.tensornet_tools_dir))

llvm_config.with_system_environment(["HOME", "TMP", "TMPDIR", "TEMP"])
llvm_config.with_environment("PATH", config.llvm_tools_dir, append_path=True)
llvm_config.with_environment("PATH", config.tensornet_tools_dir, append_path=True)

llvm_config.add_tool_substitutions(
    ["FileCheck", "count", "not", "split-file", "mlir-opt"], [config.llvm_tools_dir]
)
tools = ["tn-lsp-server", "tn-opt", "tn-plan", "tn-reduce", "tn-run", "tn-tune"]
present = [t for t in tools if os.path.exists(os.path.join(config.tensornet_tools_dir, t))]
llvm_config.add_tool_substitutions(present, [config.tensornet_tools_dir])
