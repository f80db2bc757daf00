"""Contractions of many operands: values, and values with all gradients."""

from __future__ import annotations

import dataclasses
import string
from collections.abc import Sequence

import numpy as np

from speed import blas, peers
from speed.measure import IDEAL
from speed.sets import attention
from speed.workload import (Scale, Workload, contract_text, drawn, shapes_of, split_einsum,
                            tensor_type)


#: How np.einsum orders pairs; its own limit on intermediates would leave it sums over ten indices.
ORDER = ("greedy", 2 ** 40)


@dataclasses.dataclass
class Network:
    """One contraction of inputs, some of which it may read several times."""

    name: str
    subscripts: str
    extents: dict[str, int]
    #: The input that each operand reads; all different where empty.
    operands: Sequence[int] = ()
    #: Loops of native.c that compute the same.
    loops: str = ""

    def __post_init__(self):
        names, _ = split_einsum(self.subscripts)
        self.operands = list(self.operands) or list(range(len(names)))
        shapes = shapes_of(self.subscripts, self.extents)
        self.result = shapes[-1]
        self.shapes = [shapes[self.operands.index(n)] for n in range(max(self.operands) + 1)]
        # So that sums of products stay near one.
        summed = set(self.subscripts) - set(",->") - set(split_einsum(self.subscripts)[1])
        terms = np.prod([float(self.extents[i]) for i in summed])
        self.scales = [float(terms ** (-0.5 / len(names)))] * len(self.shapes)

    def program(self, element: str) -> str:
        """@f, the contraction, and @loss, its squared distance to a target."""
        types = [tensor_type(shape, element) for shape in self.shapes]
        header = ", ".join(f"%x{n}: {kind}" for n, kind in enumerate(types))
        names = ", ".join(f"%x{n}" for n in range(len(types)))
        result, scalar = tensor_type(self.result, element), tensor_type((), element)
        indices = split_einsum(self.subscripts)[1]
        return (f"func.func @f({header}) -> {result} {{\n"
                + contract_text("y", [f"x{n}" for n in self.operands], self.subscripts,
                                self.extents, element)
                + f"  return %y : {result}\n}}\n"
                f"func.func @loss({header}, %t: {result}) -> {scalar} {{\n"
                f"  %y = call @f({names}) : ({', '.join(types)}) -> {result}\n"
                f"  %r = arith.subf %y, %t : {result}\n"
                + contract_text("loss", ["r", "r"], f"{indices},{indices}->", self.extents, element)
                + f"  return %loss : {scalar}\n}}\n")

    def value(self, xp, *inputs, **options):
        return xp.einsum(self.subscripts, *(inputs[n] for n in self.operands), **options)

    def loss(self, xp, *inputs):
        r = self.value(xp, *inputs) - inputs[-1]
        return (r * r).sum()

    def reference(self, *inputs):
        return [self.value(np, *inputs, optimize=ORDER)]

    def gradient_reference(self, *inputs):
        """The loss and its gradients, one contraction for each operand."""
        names, result = split_einsum(self.subscripts)
        arrays = [inputs[n] for n in self.operands]
        r = self.value(np, *inputs, optimize=ORDER) - inputs[-1]
        gradients = [np.zeros_like(array) for array in inputs[:-1]]
        for n, number in enumerate(self.operands):
            others = [*names[:n], *names[n + 1:], result]
            gradients[number] += np.einsum(f"{','.join(others)}->{names[n]}",
                                           *arrays[:n], *arrays[n + 1:], 2 * r, optimize=ORDER)
        return [(r * r).sum(), *gradients]

    def workloads(self) -> list[Workload]:
        wrt = range(len(self.shapes))
        program, seed = self.program("f32"), len(self.name)
        value_peers = {"NumPy": peers.numpy_peer(
            lambda xp, *inputs: self.value(xp, *inputs, optimize=ORDER)),
            **peers.framework_peers(self.value),
            **peers.network_peers(self.subscripts, self.operands)}
        if self.loops:
            value_peers[IDEAL] = lambda arrays: blas.Loops(self.loops, arrays, self.result)
        gradient_peers = {**peers.framework_peers(self.loss, wrt),
                          **peers.network_peers(self.subscripts, self.operands, wrt)}
        del value_peers["tensorgrad"]  # the same PyTorch calls
        return [Workload(name=self.name, program=program, entry="f",
                         inputs=drawn(seed, self.shapes, "f32", self.scales),
                         reference=self.reference, peers=value_peers),
                Workload(name=f"{self.name}-grad", program=program, entry="loss",
                         flags=["--derivative=value_and_grad",
                                f"--wrt={','.join(map(str, wrt))}"],
                         inputs=drawn(seed, [*self.shapes, self.result], "f32",
                                      [*self.scales, 1.0]),
                         reference=self.gradient_reference, peers=gradient_peers)]


def chain(name: str, sites: int, result: bool, ring: bool, extent: int, bond: int) -> Network:
    """A tensor train or ring with one free index a site; without result, two trains' product."""
    free, bonds = string.ascii_lowercase[:sites], string.ascii_uppercase[:sites + 1]

    def tensors(bonds: str) -> list[str]:
        names = [bonds[n] + free[n] + bonds[n + 1] for n in range(sites)]
        if ring:
            names[-1] = names[-1][:2] + bonds[0]
        else:
            names[0], names[-1] = names[0][1:], names[-1][:2]
        return names
    names, extents = tensors(bonds), dict.fromkeys(free, extent) | dict.fromkeys(bonds, bond)
    if result:
        return Network(name, f"{','.join(names)}->{free}", extents)
    other = string.ascii_lowercase[sites:] + string.ascii_uppercase[sites + 1:]
    extents |= dict.fromkeys(other, bond)
    return Network(name, f"{','.join([*names, *tensors(other)])}->", extents)


def networks(scale: Scale) -> list[Network]:
    def sizes(**extents: tuple[int, int]) -> dict[str, int]:
        return {i: scale(*pair) for i, pair in extents.items()}
    big, factor = (160, 5), (32, 3)
    return [
        Network("mttkrp-3", "ijk,jr,kr->ir", sizes(i=big, j=big, k=big, r=factor)),
        Network("mttkrp-5", "ijklm,jr,kr,lr,mr->ir",
                sizes(i=(24, 3), j=(24, 2), k=(24, 3), l=(24, 2), m=(24, 3), r=(16, 2))),
        Network("tucker", "abc,ia,jb,kc->ijk",
                sizes(a=factor, b=factor, c=factor, i=big, j=big, k=big)),
        chain("tensor-train", scale(6, 3), True, False, scale(12, 2), scale(16, 3)),
        chain("tensor-ring", scale(5, 3), True, True, scale(16, 2), scale(8, 3)),
        chain("mps-inner", scale(12, 3), False, False, 2, scale(64, 3)),
        Network("dmrg", "awb,wstv,vuqx,cxd,btqd->asuc",
                sizes(a=(64, 3), b=(64, 3), c=(64, 3), d=(64, 3), w=(10, 2), v=(10, 2), x=(10, 2),
                      s=(4, 2), t=(4, 2), u=(4, 2), q=(4, 2))),
        Network("cc-ladder", "abcd,cdij->abij",
                sizes(a=(40, 3), b=(40, 3), c=(40, 3), d=(40, 3), i=(12, 2), j=(12, 2))),
        Network("cc-ring", "klcd,acik,dblj->abij",
                sizes(a=(32, 3), b=(32, 3), c=(32, 3), d=(32, 3), i=(12, 2), j=(12, 2),
                      k=(12, 2), l=(12, 2)), [0, 1, 2]),
        Network("four-index", "pqrs,pa,qb,rc,sd->abcd",
                sizes(**dict.fromkeys("pqrsabcd", (36, 3))), [0, 1, 1, 1, 1]),
        Network("bilinear", "ni,oij,nj->no", sizes(n=(256, 4), i=(128, 3), j=(128, 3), o=(64, 2))),
        Network("mttkrp-3-tiny", "ijk,jr,kr->ir", dict.fromkeys("ijkr", 6), loops="mttkrp"),
        Network("bilinear-tiny", "ni,oij,nj->no", dict.fromkeys("nijo", 4), loops="bilinear"),
    ]


def workloads(scale: Scale) -> list[Workload]:
    return ([workload for network in networks(scale) for workload in network.workloads()]
            + attention.workloads(scale))
