"""Masks and affine subscripts beside kernels: values and all gradients, static and
dynamic extents, both pipelines, and absent points against inf and NaN."""

import dataclasses
import re

import numpy as np
import pytest

from programs import Run, run_program


@dataclasses.dataclass
class Case:
    """A contraction as text: operands by name, `one*` are virtual."""

    text: str
    shapes: dict[str, tuple[int, ...]]
    result: tuple[int, ...]
    extents: dict[str, int]
    # The subscripts of virtual tensors, [u, v, ...] where not given.
    virtual: str = ""
    # Indices whose extent no bare subscript gives.
    explicit: tuple[str, ...] = ()


CASES = {
    "lower": Case("a[i,k] one[i-k] b[k,j] -> [i,j]", {"a": (40, 40), "b": (40, 33), "one": (40,)},
                  (40, 33), dict(i=40, k=40, j=33)),
    "strictly upper": Case("a[i,k] one[k-i-1] b[k,j] -> [i,j]",
                           {"a": (21, 40), "b": (40, 33), "one": (39,)}, (21, 33),
                           dict(i=21, k=40, j=33)),
    "band": Case("a[i,k] one[2*i-k+3] b[k,j] -> [i,j]", {"a": (25, 40), "b": (40, 33), "one": (7,)},
                 (25, 33), dict(i=25, k=40, j=33)),
    "mask of the second": Case("a[i,k] b[k,j] one[k-j] -> [i,j]",
                               {"a": (25, 40), "b": (40, 33), "one": (40,)}, (25, 33),
                               dict(i=25, k=40, j=33)),
    "two masks": Case("a[i,k] one[i-k] b[k,j] onetwo[j-k+20] -> [i,j]",
                      {"a": (40, 40), "b": (40, 33), "one": (40,), "onetwo": (53,)}, (40, 33),
                      dict(i=40, k=40, j=33)),
    "mask of the result": Case("a[i,k] b[k,j] one[i-j] -> [i,j]",
                               {"a": (25, 40), "b": (40, 33), "one": (40,)}, (25, 33),
                               dict(i=25, k=40, j=33)),
    "mask of all three": Case("a[i,k] b[k,j] one[i+j-k] -> [i,j]",
                              {"a": (25, 20), "b": (20, 33), "one": (30,)}, (25, 33),
                              dict(i=25, k=20, j=33)),
    "masked sum": Case("a[i,k] b[k,j] one[i-j] -> []", {"a": (25, 40), "b": (40, 33), "one": (9,)},
                       (), dict(i=25, k=40, j=33)),
    "attention": Case("p[b,h,s,t] one[s-t] v[b,h,t,k] r[b,h,s] -> [b,h,s,k]",
                      {"p": (2, 3, 19, 19), "v": (2, 3, 19, 18), "r": (2, 3, 19), "one": (19,)},
                      (2, 3, 19, 18), dict(b=2, h=3, s=19, t=19, k=18)),
    "superdiagonal": Case("a[i,k] one[i,k] b[k,j] -> [i,j]",
                          {"a": (25, 26), "b": (26, 33), "one": (25, 26)}, (25, 33),
                          dict(i=25, k=26, j=33), virtual="[u, u + 1]"),
    "number of points": Case("a[i,k] one[i-k] b[k,j] -> [i,j]",
                             {"a": (12, 12), "b": (12, 33), "one": (6,)}, (12, 33),
                             dict(i=12, k=12, j=33), virtual="[u + v] extents(u = 3, v = 4)"),
    "convolution": Case("x[b,c,h+r,w+s] k[o,c,r,s] -> [b,o,h,w]",
                        {"x": (2, 3, 13, 20), "k": (4, 3, 3, 5)}, (2, 4, 11, 16),
                        dict(b=2, c=3, o=4, h=11, w=16, r=3, s=5)),
    "same padding": Case("x[b,c,h+r-1,w+s-2] k[o,c,r,s] -> [b,o,h,w]",
                         {"x": (2, 3, 11, 16), "k": (4, 3, 3, 5)}, (2, 4, 11, 16),
                         dict(b=2, c=3, o=4, h=11, w=16, r=3, s=5)),
    "stride and dilation": Case("x[b,c,2*h+r,w+2*s-1] k[o,c,r,s] -> [b,o,h,w]",
                                {"x": (2, 3, 20, 16), "k": (4, 3, 3, 5)}, (2, 4, 10, 16),
                                dict(b=2, c=3, o=4, h=10, w=16, r=3, s=5)),
    "channels last": Case("x[b,h+r,w+s,c] k[r,s,c,o] -> [b,h,w,o]",
                          {"x": (2, 9, 10, 5), "k": (3, 3, 5, 20)}, (2, 7, 8, 20),
                          dict(b=2, c=5, o=20, h=7, w=8, r=3, s=3)),
    "transposed convolution": Case("y[b,o,h,w] k[o,c,r,s] -> [b,c,h+r,w+s]",
                                   {"y": (2, 4, 7, 16), "k": (4, 3, 3, 5)}, (2, 3, 9, 20),
                                   dict(b=2, c=3, o=4, h=7, w=16, r=3, s=5)),
    "strided transposed": Case("y[b,o,h,w] k[o,c,r,s] -> [b,c,2*h+r,w+s]",
                               {"y": (2, 4, 7, 16), "k": (4, 3, 3, 5)}, (2, 3, 15, 20),
                               dict(b=2, c=3, o=4, h=7, w=16, r=3, s=5)),
    "mean of windows": Case("x[b,2*h+r,2*w+s] q[b] -> [b,h,w]", {"x": (3, 10, 34), "q": (3,)},
                            (3, 5, 17), dict(b=3, h=5, w=17, r=2, s=2), explicit=("r", "s")),
    "patches": Case("x[b,c,2*h+r,3*w+s] k[o,c,r,s] -> [b,o,h,w]",
                    {"x": (2, 3, 12, 51), "k": (20, 3, 2, 3)}, (2, 20, 6, 17),
                    dict(b=2, c=3, o=20, h=6, w=17, r=2, s=3)),
    "patches put back": Case("y[b,o,h,w] k[o,c,r,s] -> [b,c,2*h+r,3*w+s]",
                             {"y": (2, 20, 6, 17), "k": (20, 3, 2, 3)}, (2, 3, 12, 51),
                             dict(b=2, c=3, o=20, h=6, w=17, r=2, s=3)),
    "numbers repeated": Case("y[b,h,w] -> [b,2*h+r,3*w+s]", {"y": (2, 6, 17)}, (2, 12, 51),
                             dict(b=2, h=6, w=17, r=2, s=3), explicit=("r", "s")),
    "shifted result": Case("a[i,k] b[k,j] -> [i+2,j-1]", {"a": (25, 40), "b": (40, 33)}, (30, 31),
                           dict(i=25, k=40, j=33)),
    "prefix": Case("a[i,k] b[k+3,j] -> [i,j]", {"a": (25, 40), "b": (20, 33)}, (25, 33),
                   dict(i=25, k=14, j=33), explicit=("k",)),
    "diagonals": Case("a[i,i,k] b[k,j] -> [j,i]", {"a": (20, 20, 17), "b": (17, 33)}, (33, 20),
                      dict(i=20, k=17, j=33)),
    "diagonal result": Case("a[i,k] b[k,i] -> [i,i]", {"a": (20, 17), "b": (17, 20)}, (20, 20),
                            dict(i=20, k=17)),
}


def parse(case):
    """The operands as (name, subscripts), then the result's subscripts."""
    left, right = case.text.split("->")
    operands = [(name, [s for s in inner.split(",") if s])
                for name, inner in re.findall(r"(\w+)\[([^\]]*)\]", left)]
    return operands, [s for s in right.strip()[1:-1].split(",") if s]


def ones(case, name):
    """The elements of virtual tensor `name`: the number of points that hit each."""
    shape = case.shapes[name]
    if not case.virtual:
        return np.ones(shape)
    if case.virtual == "[u, u + 1]":
        return np.eye(*shape, k=1)
    return np.convolve(np.ones(3), np.ones(4))


class Points:
    """The index points that are inside all tensors and that virtual operands have."""

    def __init__(self, case):
        operands, result = parse(case)
        names = list(case.extents)
        grids = np.indices([case.extents[n] for n in names]).reshape(len(names), -1)
        point = dict(zip(names, grids))
        inside = np.ones(grids.shape[1], bool)
        self.weight = np.ones(grids.shape[1])
        places = []
        for name, subscripts in [*operands, ("", result)]:
            shape = case.shapes[name] if name else case.result
            place = [eval(s, {}, point) + 0 * grids[0] for s in subscripts]
            for position, size in zip(place, shape):
                inside &= (0 <= position) & (position < size)
            places.append(place)
        for (name, _), place in zip(operands, places):
            if name.startswith("one"):
                clipped = [np.clip(p, 0, n - 1) for p, n in zip(place, case.shapes[name])]
                self.weight *= ones(case, name)[tuple(clipped)]
        inside &= self.weight != 0
        self.weight = self.weight[inside]
        self.places = {name: tuple(p[inside] for p in place)
                       for (name, _), place in zip([*operands, ("", [])], places)}
        self.names = [name for name, _ in operands if not name.startswith("one")]

    def sum(self, arrays, target, shape):
        """The sum over all points of the product of `arrays` at the place of `target`."""
        product = self.weight.copy()
        for name, array in arrays.items():
            product = product * array[self.places[name]]
        total = np.zeros(shape)
        place = self.places[target] or (np.newaxis,)
        np.add.at(total, place, product.sum(keepdims=True) if not shape else product)
        return total


def write(case, element, dynamic):
    """The program and the arrays that only give sizes."""
    operands, result = parse(case)

    def tensor(shape):
        sizes = ["?" if dynamic else str(size) for size in shape]
        return "tensor<" + "".join(f"{size}x" for size in sizes) + element + ">"

    arguments, body, likes, used, types = [], [], [], [], []

    def add_sizes(name, shape):
        """Lines that read the sizes of `shape` off an argument of that shape."""
        arguments.append(f"%like_{name}: {tensor(shape)}")
        likes.append(shape)
        for dim in range(len(shape)):
            body.append(f"%{name}_c{dim} = arith.constant {dim} : index")
            body.append(f"%{name}_{dim} = tensor.dim %like_{name}, %{name}_c{dim} : {tensor(shape)}")
        return [f"%{name}_{dim}" for dim in range(len(shape))]

    for name, subscripts in operands:
        shape = case.shapes[name]
        used.append(f"%{name}[{', '.join(s.replace('*', ' * ') for s in subscripts)}]")
        types.append(tensor(shape))
        if not name.startswith("one"):
            arguments.insert(len(used) - 1 - sum(n.startswith("one") for n, _ in operands[:len(used)]),
                             f"%{name}: {tensor(shape)}")
    for name, _ in operands:
        if name.startswith("one"):
            shape = case.shapes[name]
            sizes = f" sizes({', '.join(add_sizes(name, shape))})" if dynamic else ""
            indices = case.virtual or "[" + ", ".join("uv"[:len(shape)]) + "]"
            body.append(f"%{name} = tensornet.contract -> {indices}{sizes} : () -> {tensor(shape)}")
    bare = {s for _, subscripts in operands for s in subscripts if s.isalpha()}
    bare -= set(case.explicit)
    extents = ", ".join(f"{index} = {case.extents[index]}" for index in case.explicit)
    extents = f" extents({extents})" if extents else ""
    open_sizes = [dim for dim, s in enumerate(result) if s not in bare]
    sizes = ""
    if dynamic and open_sizes:
        names = add_sizes("result", case.result)
        sizes = f" sizes({', '.join(names[dim] for dim in open_sizes)})"
    subscripts = ", ".join(s.replace("*", " * ") for s in result)
    body.append(f"%out = tensornet.contract {', '.join(used)} -> [{subscripts}]{extents}{sizes}"
                f" : ({', '.join(types)}) -> {tensor(case.result)}")
    lines = "\n  ".join(body)
    return (f"func.func @f({', '.join(arguments)}) -> {tensor(case.result)} {{\n  {lines}\n"
            f"  return %out : {tensor(case.result)}\n}}\n"), likes


def run(case, arrays, cotangent, pipeline, dynamic):
    dtype = cotangent.dtype
    program, likes = write(case, {"float32": "f32", "float64": "f64"}[str(dtype)], dynamic)
    inputs = [arrays[name] for name in Points(case).names]
    inputs += [np.zeros(shape, dtype) for shape in likes]
    wrt = tuple(range(len(arrays)))
    return run_program(program, Run("f", [*inputs, cotangent], "vjp", wrt, pipeline))


def expect(case, arrays, cotangent):
    """The value and the adjoint of every operand, in f64."""
    points = Points(case)
    wide = {name: arrays[name].astype(np.float64) for name in points.names}
    expected = [points.sum(wide, "", case.result)]
    for name in points.names:
        others = {n: a for n, a in wide.items() if n != name}
        others[""] = cotangent.astype(np.float64)
        expected.append(points.sum(others, name, case.shapes[name]))
    return expected


def draw(case, dtype, seed=0):
    rng = np.random.default_rng(seed)
    arrays = {name: rng.standard_normal(case.shapes[name]).astype(dtype)
              for name in Points(case).names}
    return arrays, np.asarray(rng.standard_normal(case.result), dtype)


def assert_same(found, expected, dtype):
    assert len(found) == len(expected)
    for f, e in zip(found, expected):
        e = np.asarray(e)
        finite = np.isfinite(e)
        np.testing.assert_array_equal(np.isfinite(f), finite)
        scale = np.abs(e[finite]).max(initial=1)
        np.testing.assert_allclose(f[finite], e[finite], rtol=0,
                                   atol=200 * np.finfo(dtype).eps * scale)


@pytest.mark.parametrize("dynamic", [False, True], ids=["static", "dynamic"])
@pytest.mark.parametrize("pipeline", ["optimised", "plain"])
@pytest.mark.parametrize("name", CASES)
def test_value_and_gradients(name, pipeline, dynamic):
    case, dtype = CASES[name], np.float32
    arrays, cotangent = draw(case, dtype)
    assert_same(run(case, arrays, cotangent, pipeline, dynamic),
                expect(case, arrays, cotangent), dtype)


@pytest.mark.parametrize("poison", [np.inf, np.nan])
@pytest.mark.parametrize("pipeline", ["optimised", "plain"])
@pytest.mark.parametrize("name", CASES)
def test_absent_points_beside_infinities(name, pipeline, poison):
    """Every operand in turn is infinite in one element: what no point connects with it
    stays finite."""
    case, dtype = CASES[name], np.float64
    points = Points(case)
    for number, operand in enumerate(points.names):
        arrays, cotangent = draw(case, dtype, number + 1)
        place = tuple(size // 2 for size in case.shapes[operand])
        arrays[operand][place] = poison
        with np.errstate(invalid="ignore"):
            expected = expect(case, arrays, cotangent)
        assert_same(run(case, arrays, cotangent, pipeline, False), expected, dtype)
