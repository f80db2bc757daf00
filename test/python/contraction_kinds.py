"""The kinds of contraction that the tests draw from, and random ones beyond them."""

from __future__ import annotations

import numpy as np

from contractions import COMPLEX, INTEGER, REAL, Contraction, Form, Options, make

# Every row of the table of corner cases: operands -> result | explicit extents.
KINDS = {
    "matmul": "i,j; j,k -> i,k",
    "batch": "i,j,b; j,k,b -> i,k,b",
    "three_indices": "i,j,k; i,p -> j,k,p",
    "transpose": "i,j,k -> k,i,j",
    "copy": "i,j -> i,j",
    "elementwise": "i,j; i,j -> i,j",
    "outer": "i; j -> j,i",
    "sum": "i,j -> i",
    "full_sum": "i,j -> ()",
    "sum_of_both": "i; j -> ()",
    "private_sums": "i,j; l,k -> i,k",
    "private_to_three": "i,j,p; j,k,q; k,r -> i",
    "trace": "i,i -> ()",
    "diagonal": "i,i -> i",
    "inner_diagonal": "i,j,j,k -> i,j,k",
    "double_trace": "i,i,k,j,j -> k",
    "triple_diagonal": "i,i,i; i,j -> j",
    "trace_beside_matmul": "i,j; j,k; l,l -> i,k",
    "diagonal_matrix": "i -> i,i",
    "diagonal_tensor": "i -> i,i,i",
    "diagonal_in_matrix": "i,j; j -> i,j,i",
    "broadcast": "i -> i,j",
    "broadcast_matmul": "i,j; j,k -> i,k,m",
    "broadcast_diagonal": "i -> i,j,j",
    "scaled_identity": "() -> i,i",
    "ones": "-> i,j",
    "identity": "-> i,i",
    "delta_tensor": "-> i,j,i,j",
    "one": "-> ()",
    "scalar": "() -> ()",
    "scaling": "(); i,j -> i,j",
    "scalars": "(); (); i -> i",
    "gram": "x: i,j; x: k,j -> i,k",
    "norm": "x: i,j; x: i,j -> ()",
    "squares": "x: i; x: i -> i",
    "cube": "x: i,j; x: j,k; x: k,l -> i,l",
    "quadratic": "x: i; a: i,j; x: j -> ()",
    "matrix_and_transpose": "x: i,j; x: j,i -> i",
    "chain": "a,b; b,c; c,d; d,e; e,f -> a,f",
    "closed_chain": "a,b; b,c; c,d; d,a -> ()",
    "star": "i,a; i,b; i,c; i,d -> a,b,c,d",
    "hyperedge": "i,a; i,b; i -> i",
    "hyperedge_sum": "i,j; i,k; i,l; j,k -> l",
    "bilinear": "b,i; i,o,j; b,j -> b,o",
    "triangle": "i,j; j,k; k,i -> ()",
    "convolution": "b,h+k; k -> b,h",
    "convolution_2d": "h+p,w+q; p,q,o -> o,h,w",
    "strided_padded": "2*h+k-1; k -> h",
    "dilated": "h+2*k; k -> h",
    "transposed_convolution": "h; k -> h+k",
    "correlation_of_self": "x: h; x: h+k -> k",
    "pad": "i -> i+2",
    "slice": "i+1 -> i",
    "prefix": "i -> i | i",
    "reverse": "-i+3 -> i",
    "stride": "2*i -> i",
    "scatter_stride": "i -> 2*i+1",
    "toeplitz": "i-j -> i,j",
    "mask": "i-j; i,j -> i,j",
    "band": "i,j; i-j+1 -> i",
    "pool": "2*i+k -> i | k",
    "flattened": "3*i+j -> i,j | i,j",
    "constant_row": "0,j -> j",
    "constant_place": "i,j; 1,2 -> i",
    "constant_result": "i -> 1,i",
    "never_in_range": "-1,j -> j",
    "past_the_end": "9,j -> j",
    "nothing_lands": "i -> -i-1",
    "only_in_form": "i+j -> () | i,j",
    "conjugate": "~i,j; j,k -> i,k",
    "conjugate_both": "~i,j; ~k,j -> i,k",
    "hermitian_norm": "~x: i,j; x: i,j -> ()",
    "hermitian_form": "~x: i; a: i,j; x: j -> ()",
    "conjugate_convolution": "h+k; ~k -> h",
}


# Kinds that also run with extents beyond the tiles of the kernels.
LARGE = ("matmul", "batch", "three_indices", "transpose", "elementwise", "outer", "sum",
         "full_sum", "private_sums", "trace_beside_matmul", "diagonal_in_matrix", "gram",
         "norm", "quadratic", "hyperedge", "bilinear", "convolution", "strided_padded",
         "transposed_convolution", "mask")


def _random_form(rng: np.random.Generator, names: list[str]) -> str:
    draw = rng.random()
    if draw < 0.7:
        return str(rng.choice(names))
    if draw < 0.78:
        return str(rng.integers(-1, 3))
    first, second = rng.choice(names), rng.choice(names)
    text = str(rng.choice(["", "-", "2*"])) + first
    if rng.random() < 0.6:
        text += str(rng.choice(["+", "-", "-2*"])) + second
    form = Form.parse(text + f"+{rng.integers(0, 3)}".replace("+0", ""))
    # Terms that cancel leave a form that does not name its index.
    return str(form) if all(c for _, c in form.terms) else str(rng.choice(names))


def random_spec(rng: np.random.Generator) -> str:
    """A contraction of up to four operands with any subscripts."""
    names = list("ijklm"[:rng.integers(1, 6)])

    def subscripts(most: int) -> str:
        count = rng.integers(0, most + 1)
        return ",".join(_random_form(rng, names) for _ in range(count)) or "()"

    operands = [("~" if rng.random() < 0.3 else "") + subscripts(3)
                for _ in range(rng.integers(0, 5))]
    if len(operands) > 1 and rng.random() < 0.3:
        rank = len(operands[0].split(",")) if operands[0].strip("~") != "()" else 0
        again = ",".join(_random_form(rng, names) for _ in range(rank)) or "()"
        operands[0], operands[1] = "x: " + operands[0].strip("~"), "x: " + again
    body = "; ".join(operands)
    result = subscripts(3)
    written = [n for n in names if rng.random() < 0.15 and n in body + result]
    return f"{body} -> {result} | {', '.join(written)}"


def usable(contraction: Contraction, most_points: int) -> bool:
    """Small enough for the oracle."""
    points = np.prod([size for _, size in contraction.extents] or [1])
    sizes = [np.prod(t.shape) for t in (*contraction.arguments, contraction.result)]
    return points <= most_points and max(sizes) <= most_points


def _draw(kind: str, spec: str | None, rng: np.random.Generator, options: Options) -> Contraction:
    most_points = 3000 if options.largest <= 5 else 300_000
    while True:
        contraction = make(kind, spec or random_spec(rng), rng, options)
        if usable(contraction, most_points):
            return contraction


def generate() -> dict[str, list[Contraction]]:
    """All contractions by family; a family shares an element type or what is special."""
    rng = np.random.default_rng(20240607)
    families: dict[str, list[Contraction]] = {}

    def add(family: str, kind: str, spec: str | None, options: Options) -> None:
        families.setdefault(family, []).append(_draw(kind, spec, rng, options))

    for number, (kind, spec) in enumerate(KINDS.items()):
        conjugates = "~" in spec
        add("f64", kind, spec, Options("f64"))
        if conjugates:
            for element in COMPLEX:
                add(element, kind, spec, Options(element))
        else:
            add(REAL[number % 3], kind, spec, Options(REAL[number % 3]))
            add(COMPLEX[number % 2], kind, spec, Options(COMPLEX[number % 2]))
        add(INTEGER[number % 4], kind, spec, Options(INTEGER[number % 4]))
        # Half of the kinds have unknown extents, the other half an empty one.
        if number % 2:
            add("dynamic", kind, spec, Options(REAL[2 + number % 4 // 2], dynamic=True))
        else:
            add("empty", kind, spec, Options(REAL[2 + number % 4 // 2], extents={
                "ijkhab"[number // 2 % 6]: 0, "j": 0}))
    for number in range(90):
        element = (REAL + COMPLEX)[number % 6]
        add("random", "random", None, Options(element))
    for number in range(30):
        add("random_dynamic", "random", None,
            Options(("f32", "f64", "complex<f64>")[number % 3], dynamic=True))
    for number in range(30):
        mixed = (REAL, COMPLEX, INTEGER)[number % 3]
        add("mixed", "mixed", None, Options(mixed=mixed))
    for number in range(20):
        add("random_integer", "random", None, Options(INTEGER[number % 4]))
    # Beyond the tiles of the kernels, with remainders.
    for number, kind in enumerate(LARGE):
        for element in ("f32", ("f64", "bf16", "complex<f32>", "f16", "i32")[number % 5]):
            add("large", kind, KINDS[kind], Options(element, smallest=9, largest=67))
    for kind in ("matmul", "sum", "broadcast", "diagonal", "private_sums", "convolution"):
        add("extent_one", kind, KINDS[kind], Options("f32", largest=1))
    return families
