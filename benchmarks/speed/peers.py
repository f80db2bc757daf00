"""Everybody else: which peers there are, and functions bound to them.

A function of a workload is written once, `f(xp, *arrays)`, for modules alike to NumPy; where a
framework has something better for it (a fused attention, say), that framework gets a function of
its own. Each `*_peer` gives a `Build` (see workload.py).
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import os
from collections.abc import Callable, Sequence

import numpy as np

from speed import blas, tensorgrad_peer
from speed.workload import Build

#: Peer -> what must be importable.
MODULES = {"NumPy": ["numpy"], "TBLIS": ["pytblis"], "opt_einsum": ["opt_einsum"],
           "cotengra": ["cotengra"], "PyTorch": ["torch"], "PyTorch compiled": ["torch"],
           "JAX": ["jax"], "IREE": ["jax", "iree.compiler", "iree.runtime"],
           "tensorgrad": ["tensorgrad", "torch"]}
PACKAGES = {"TBLIS": "pytblis", "PyTorch": "torch", "PyTorch compiled": "torch", "JAX": "jax",
            "IREE": "iree-base-compiler", "NumPy": "numpy"}


def threads() -> int:
    """The number of threads that every peer of this process has."""
    return int(os.environ.get("OMP_NUM_THREADS", "1"))


@functools.cache
def torch():
    import torch as module

    module.set_num_threads(threads())
    return module


@functools.cache
def jax():
    import jax as module

    module.config.update("jax_enable_x64", True)
    return module


def describe(chosen: Sequence[str] = ()) -> dict[str, str]:
    """Every peer, or those chosen, with its version or why it is not measured."""
    found = {}
    for name in blas.PLACES:
        if chosen and name not in chosen:
            continue
        try:
            found[name] = blas.version(name, threads())
        except Exception as error:  # whatever a broken library raises
            found[name] = f"missing: {error}"
    for name, modules in MODULES.items():
        if chosen and name not in chosen:
            continue
        try:
            for module in modules:
                importlib.import_module(module)
            found[name] = importlib.metadata.version(PACKAGES.get(name, name))
        except Exception as error:
            found[name] = f"missing: {type(error).__name__}: {error}"
    return found


# ===--- Arrays ---------------------------------------------------------------------===


def to_numpy(value) -> np.ndarray:
    """The elements of an array of whichever peer; bf16 as f32."""
    if hasattr(value, "detach"):
        value = value.detach().resolve_conj()
        value = value.float() if value.dtype == torch().bfloat16 else value
    value = value.to_host() if hasattr(value, "to_host") else np.asarray(value)
    return value.astype(np.float32) if value.dtype.name == "bfloat16" else value


def _listed(value) -> list:
    if isinstance(value, (tuple, list)):
        return [leaf for part in value for leaf in _listed(part)]
    return [value]


# ===--- NumPy and what works on its arrays -----------------------------------------===


def numpy_peer(function: Callable) -> Build:
    return lambda arrays: lambda: _listed(function(np, *arrays))


def _expression(name: str, subscripts: str, shapes) -> Callable:
    """What opt_einsum or cotengra calls an expression: the order is found here, once."""
    module = importlib.import_module(name)
    make = module.contract_expression if name == "opt_einsum" else module.einsum_expression
    return make(subscripts, *shapes, optimize="auto")


def driver_peer(name: str, subscripts: str) -> Build:
    """opt_einsum or cotengra on NumPy."""
    def build(arrays):
        expression = _expression(name, subscripts, [array.shape for array in arrays])
        return lambda: [expression(*arrays)]
    return build


def tblis_peer(subscripts: str) -> Build:
    def build(arrays):
        import pytblis

        pytblis.set_num_threads(threads())
        if len(arrays) != 2:
            return lambda: [pytblis.einsum(subscripts, *arrays)]
        return lambda: [pytblis.contract(subscripts, *arrays)]
    return build


# ===--- PyTorch --------------------------------------------------------------------===


def _torch_call(function: Callable, tensors: list, wrt: Sequence[int] | None):
    """A function without arguments: all results, then gradients of the first."""
    module = torch()
    if wrt is None:
        def call():
            with module.no_grad():
                return _listed(function(module, *tensors))
        return call
    active = [tensors[n].requires_grad_() for n in wrt]

    def call():
        results = _listed(function(module, *tensors))
        return [*results, *module.autograd.grad(results[0], active)]
    return call


def torch_peer(function: Callable, wrt=None, compiled=False, bfloat16=False) -> Build:
    def build(arrays):
        module = torch()
        tensors = [module.from_numpy(np.array(array)) for array in arrays]
        if bfloat16:
            tensors = [tensor.bfloat16() for tensor in tensors]
        chosen = function
        if compiled:
            module._dynamo.reset()
            compiled_function = module.compile(functools.partial(function, module), dynamic=False)
            chosen = lambda _, *operands: compiled_function(*operands)  # noqa: E731
        return _torch_call(chosen, tensors, wrt)
    return build


# ===--- JAX and IREE ---------------------------------------------------------------===


def _jax_function(function: Callable, wrt: Sequence[int] | None) -> Callable:
    """f(*arrays): all results, then gradients of the first, as PyTorch defines them."""
    module = jax()

    def value(*arrays):
        return tuple(_listed(function(module.numpy, *arrays)))
    if wrt is None:
        return value

    def first(*arrays):
        results = value(*arrays)
        return results[0], results
    gradient = module.value_and_grad(first, argnums=tuple(wrt), has_aux=True)

    def both(*arrays):
        (_, results), gradients = gradient(*arrays)
        return (*results, *gradients)
    return both


def _jax_arrays(arrays, bfloat16: bool) -> list:
    module = jax()
    kind = module.numpy.bfloat16 if bfloat16 else None
    return [module.numpy.asarray(array, dtype=kind) for array in arrays]


def jax_peer(function: Callable, wrt=None, bfloat16=False) -> Build:
    def build(arrays):
        module = jax()
        compiled = module.jit(_jax_function(function, wrt))
        operands = _jax_arrays(arrays, bfloat16)
        return lambda: list(module.block_until_ready(compiled(*operands)))
    return build


def iree_peer(function: Callable, wrt=None, bfloat16=False) -> Build:
    """What JAX traces, compiled by IREE for this host."""
    def build(arrays):
        import iree.compiler
        import iree.runtime

        operands = _jax_arrays(arrays, bfloat16)
        lowered = jax().jit(_jax_function(function, wrt)).lower(*operands)
        image = iree.compiler.compile_str(
            str(lowered.compiler_ir("stablehlo")), input_type="stablehlo",
            target_backends=["llvm-cpu"],
            extra_args=["--iree-llvmcpu-target-cpu=host", "--iree-opt-level=O3",
                        "--iree-input-demote-f64-to-f32=false"])
        config = iree.runtime.Config("local-sync" if threads() == 1 else "local-task")
        module = iree.runtime.load_vm_module(
            iree.runtime.VmModule.copy_buffer(config.vm_instance, image), config)
        placed = [iree.runtime.asdevicearray(config.device, np.asarray(o)) for o in operands]
        return lambda: _listed(module.main(*placed))
    return build


# ===--- All that fit ----------------------------------------------------------------===


def einsum_peers(subscripts: str) -> dict[str, Build]:
    """Whoever contracts: values only."""
    def function(xp, *operands):
        return xp.einsum(subscripts, *operands)

    def numpy_function(xp, *operands):
        return xp.einsum(subscripts, *operands, optimize=True)
    return {"NumPy": numpy_peer(numpy_function), "TBLIS": tblis_peer(subscripts),
            "opt_einsum": driver_peer("opt_einsum", subscripts),
            "cotengra": driver_peer("cotengra", subscripts),
            **framework_peers(function)}


def network_peers(subscripts: str, operands: Sequence[int], wrt=None) -> dict[str, Build]:
    """Whoever finds an order for a contraction whose operands are inputs of these numbers; with
    `wrt`, for its squared distance to the last input and the gradients of that."""
    def gather(arrays):
        return [arrays[n] for n in operands]
    found = {"tensorgrad": tensorgrad_peer.build(subscripts, operands, wrt, torch)}
    for name in ("opt_einsum", "cotengra"):
        found[name] = (_driven_gradients(name, subscripts, gather, wrt) if wrt is not None else
                       lambda arrays, name=name: driver_peer(name, subscripts)(gather(arrays)))
    if wrt is None:
        found["TBLIS"] = lambda arrays: tblis_peer(subscripts)(gather(arrays))
    return found


def _driven_gradients(name: str, subscripts: str, gather, wrt) -> Build:
    """The driver's order, executed and differentiated by PyTorch."""
    def build(arrays):
        expression = _expression(name, subscripts, [array.shape for array in gather(arrays)])

        def loss(_, *tensors):
            r = expression(*gather(tensors)) - tensors[-1]
            return (r * r).sum()
        return torch_peer(loss, wrt)(arrays)
    return build


def framework_peers(function: Callable, wrt=None, torch_function=None,
                    bfloat16=False) -> dict[str, Build]:
    """PyTorch eager and compiled, JAX and IREE."""
    torch_function = torch_function or function
    return {"PyTorch": torch_peer(torch_function, wrt, bfloat16=bfloat16),
            "PyTorch compiled": torch_peer(torch_function, wrt, compiled=True, bfloat16=bfloat16),
            "JAX": jax_peer(function, wrt, bfloat16), "IREE": iree_peer(function, wrt, bfloat16)}
