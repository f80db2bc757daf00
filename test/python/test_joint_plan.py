"""Several results planned together: what they share is computed once. Costs are those
of the program that runs, and planned programs compute what the programs as written do."""

import re
import string

import numpy as np
import pytest

from networks import optimal_chain
from programs import SOURCE, Run, run_program, run_tool

PIPELINE = ["--tensornet-to-cpu=stage=pairwise", "--tensornet-verify-form=form=pairwise"]


def tensor(sizes) -> str:
    return f"tensor<{''.join(f'{n}x' for n in sizes)}f32>"


def function(sizes: dict[str, int], arguments: list[str], results: list[str]) -> str:
    """@f, whose arguments are tensors with a letter per dimension; each result is an
    einsum over argument numbers, as in '0ij,1jk->ik'."""
    def kind(letters: str) -> str:
        return tensor(sizes[letter] for letter in letters)

    lines, returned = [], []
    for number, result in enumerate(results):
        inputs, output = result.split("->")
        reads = [re.fullmatch(r"(\d+)(\w*)", read).groups() for read in inputs.split(",")]
        operands = ", ".join(f"%t{t}[{', '.join(letters)}]" for t, letters in reads)
        types = ", ".join(kind(arguments[int(t)]) for t, _ in reads)
        lines.append(f"  %r{number} = tensornet.contract {operands} -> [{', '.join(output)}] "
                     f": ({types}) -> {kind(output)}")
        returned.append(kind(output))
    header = ", ".join(f"%t{n}: {kind(letters)}" for n, letters in enumerate(arguments))
    names = ", ".join(f"%r{n}" for n in range(len(results)))
    return (f"func.func @f({header}) -> ({', '.join(returned)}) {{\n" + "\n".join(lines)
            + f"\n  return {names} : {', '.join(returned)}\n}}\n")


def cost(program: str, *passes: str, name: str = "f") -> int:
    """The multiplications of a function after these passes."""
    printed = run_tool("tn-opt", "-", *passes, "--tensornet-print-cost", "-o", "/dev/null",
                       text=program)
    return int(re.search(rf"^@{name}: multiplications=(\d+) ", printed, re.M).group(1))


def inputs_of(program: str, name: str = "f") -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    header = re.search(rf"@{name}\((.*?)\) ->", program).group(1)
    shapes = [tuple(map(int, re.findall(r"(\d+)x", kind)))
              for kind in re.findall(r"tensor<([^>]*)>", header)]
    return [rng.standard_normal(shape).astype(np.float32) for shape in shapes]


def check_values(program: str, name: str = "f") -> None:
    """Planned, the program computes what it computes as written."""
    planned = run_tool("tn-opt", "-", "--tensornet-plan", "--tensornet-verify-form=form=pairwise",
                       text=program)
    run = Run(name, inputs_of(program, name), pipeline="plain")
    for found, expected in zip(run_program(planned, run), run_program(program, run), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-3,
                                   atol=1e-4 * max(1e-30, np.abs(expected).max()))


def mttkrps(order: int, size: int, rank: int) -> str:
    """For every mode the product of a tensor with the factors of the other modes: the
    gradients of a CP decomposition."""
    letters = string.ascii_lowercase[:order]
    sizes = dict.fromkeys(letters, size) | {"r": rank}
    arguments = [letters] + [letter + "r" for letter in letters]
    results = []
    for mode in letters:
        others = [f"{n + 1}{letter}r" for n, letter in enumerate(letters) if letter != mode]
        results.append(",".join([f"0{letters}", *others]) + f"->{mode}r")
    return function(sizes, arguments, results)


@pytest.mark.parametrize("passes", [PIPELINE, ["--tensornet-plan"]])
def test_three_mttkrps_take_two_large_contractions(passes):
    n, r = 12, 4
    assert cost(mttkrps(3, n, r), *passes) == 2 * n**3 * r + 3 * n**2 * r


def test_five_mttkrps_share_a_dimension_tree():
    n, r = 6, 3
    found = cost(mttkrps(5, n, r), "--tensornet-plan")
    assert found <= (2 * n**5 + 2 * n**4 + 3 * n**3 + 5 * n**2) * r


@pytest.mark.parametrize("order", [3, 4, 5])
def test_values_of_mttkrps(order):
    check_values(mttkrps(order, 4, 3))


CP = """
func.func @loss(%x: tensor<12x12x12xf32>, %a: tensor<12x4xf32>, %b: tensor<12x4xf32>,
                %c: tensor<12x4xf32>) -> tensor<f32> {
  %m = tensornet.contract %a[i, r], %b[j, r], %c[k, r] -> [i, j, k]
       : (tensor<12x4xf32>, tensor<12x4xf32>, tensor<12x4xf32>) -> tensor<12x12x12xf32>
  %e = arith.subf %x, %m : tensor<12x12x12xf32>
  %y = tensornet.contract %e[i, j, k], %e[i, j, k] -> []
       : (tensor<12x12x12xf32>, tensor<12x12x12xf32>) -> tensor<f32>
  return %y : tensor<f32>
}
"""


def test_gradients_of_a_cp_decomposition():
    """Model, residual and loss, and only two contractions with the residual."""
    n, r = 12, 4
    found = cost(CP, "--tensornet-differentiate=function=loss wrt=1,2,3", *PIPELINE,
                 name="loss_value_and_grad")
    large = 3 * n**3 * r + n**3
    assert found <= large + 6 * n**2 * r + n**3


def test_common_part_up_to_transposition():
    program = function({"i": 9, "j": 10, "k": 11, "m": 5}, ["ij", "jk", "im", "km"],
                       ["0ij,1jk,2im->km", "3km,1jk,0ij->mi"])
    assert cost(program, "--tensornet-plan") == 9 * 10 * 11 + 2 * 9 * 11 * 5
    check_values(program)


def test_common_part_of_contractions_written_in_steps():
    """The order as written has nothing in common."""
    a, b, c, v = (tensor(s) for s in [(8, 8), (8, 8), (8, 8), (8, 2)])
    program = f"""
func.func @f(%a: {a}, %b: {b}, %c: {c}, %v: {v}, %w: {v}) -> ({v}, {v}) {{
  %0 = tensornet.contract %b[i, j], %v[j, k] -> [i, k] : ({b}, {v}) -> {v}
  %1 = tensornet.contract %a[i, j], %0[j, k] -> [i, k] : ({a}, {v}) -> {v}
  %2 = tensornet.contract %c[i, j], %1[j, k] -> [i, k] : ({c}, {v}) -> {v}
  %3 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : ({a}, {b}) -> {b}
  %4 = tensornet.contract %3[i, j], %w[j, k] -> [i, k] : ({b}, {v}) -> {v}
  %5 = tensornet.contract %c[i, j], %4[j, k] -> [i, k] : ({c}, {v}) -> {v}
  return %2, %5 : {v}, {v}
}}
"""
    assert cost(program) == 5 * 128 + 512
    assert cost(program, "--tensornet-plan") == 6 * 128
    check_values(program)


def test_conjugated_parts_are_shared():
    """A B for one result, its conjugate for the other."""
    a, b, v, r = (f"tensor<{m}x{n}xcomplex<f64>>" for m, n in [(4, 5), (5, 6), (6, 4), (4, 4)])
    program = f"""
func.func @f(%a: {a}, %b: {b}, %v: {v}, %w: {v}) -> ({r}, {r}) {{
  %0 = tensornet.contract %b[i, j], %v[j, k] -> [i, k] : ({b}, {v}) -> tensor<5x4xcomplex<f64>>
  %1 = tensornet.contract %a[i, j], %0[j, k] -> [i, k] : ({a}, tensor<5x4xcomplex<f64>>) -> {r}
  %2 = tensornet.contract %w[l, k], conj %b[j, l], conj %a[i, j] -> [k, i] : ({v}, {b}, {a}) -> {r}
  return %1, %2 : {r}, {r}
}}
"""
    assert cost(program, "--tensornet-plan") == 4 * 5 * 6 + 2 * 4 * 6 * 4
    rng = np.random.default_rng(0)
    x, y, z, w = (rng.standard_normal(s) + 1j * rng.standard_normal(s)
                  for s in [(4, 5), (5, 6), (6, 4), (6, 4)])
    planned = run_tool("tn-opt", "-", "--tensornet-plan", text=program)
    first, second = run_program(planned, Run("f", [x, y, z, w], pipeline="plain"))
    np.testing.assert_allclose(first, x @ y @ z)
    np.testing.assert_allclose(second, ((x @ y).conj() @ w).T)


# Terms of the coupled-cluster doubles equations: V[k, l, c, d] (0) and amplitudes
# T[a, b, i, j] (1).
COUPLED_CLUSTER = [
    "0klcd,1cdij,1abkl->abij",
    "0klcd,1acik,1bdjl->abij",
    "0klcd,1bcjk,1adil->abij",
    "0klcd,1acik,1dblj->abij",
    "0klcd,1cdki,1ablj->abij",
    "0klcd,1cakl,1dbij->abij",
]
ORBITALS = dict.fromkeys("ijkl", 3) | dict.fromkeys("abcd", 4)


def coupled_cluster(terms: list[str]) -> str:
    return function(ORBITALS, ["klcd", "abij"], terms)


def test_coupled_cluster_terms_share_intermediates():
    o, v = 3, 4
    # V T once for three ring terms, two of which are permutations of each other.
    assert cost(coupled_cluster(COUPLED_CLUSTER[1:4]), "--tensornet-plan") == 3 * o**3 * v**3
    # No others share anything.
    others = [COUPLED_CLUSTER[n] for n in (0, 4, 5)]
    alone = sum(cost(coupled_cluster([term]), "--tensornet-plan") for term in others)
    assert cost(coupled_cluster(COUPLED_CLUSTER), "--tensornet-plan") == alone + 3 * o**3 * v**3
    check_values(coupled_cluster(COUPLED_CLUSTER))


def test_coupled_cluster_terms_with_one_more_factor():
    o, v = 3, 4
    sizes = ORBITALS | {"e": 4}
    program = function(sizes, ["klcd", "abij", "ea"],
                       ["0klcd,1cdij,1abkl->abij", "2ea,1abkl,1cdij,0klcd->ebij",
                        "0klcd,1cdij->klij"])
    # V T once, times T once, times the matrix once.
    assert cost(program, "--tensornet-plan") == 2 * o**4 * v**2 + o**2 * v**3
    check_values(program)


def layers(widths: list[int]) -> str:
    """Dense layers with tanh between them."""
    kinds = [tensor((m, n)) for n, m in zip(widths, widths[1:])]
    header = ", ".join([f"%x: {tensor(widths[:1])}"]
                       + [f"%w{n}: {kind}" for n, kind in enumerate(kinds)])
    lines, value = [], "%x"
    for n, kind in enumerate(kinds):
        before, after = tensor(widths[n:n + 1]), tensor(widths[n + 1:n + 2])
        lines.append(f"  %z{n} = tensornet.contract %w{n}[i, j], {value}[j] -> [i] "
                     f": ({kind}, {before}) -> {after}")
        value = f"%z{n}"
        if n + 1 < len(kinds):
            lines.append(f"  %y{n} = math.tanh %z{n} : {after}")
            value = f"%y{n}"
    result = tensor(widths[-1:])
    return (f"func.func @f({header}) -> {result} {{\n" + "\n".join(lines)
            + f"\n  return {value} : {result}\n}}\n")


@pytest.mark.parametrize("widths", [
    [64, 32, 16, 8, 4, 2],    # reverse
    [2, 4, 8, 16, 32, 64],    # forward
    [32, 16, 2, 16, 32],      # from the middle
    [3, 40, 5, 31, 2, 17, 9],
])
def test_jacobian_of_a_composition_is_a_matrix_chain(widths):
    """The derivatives of the layers are multiplied in the cheapest order, whatever the
    direction of the sweep; each derivative of tanh scales one matrix."""
    found = cost(layers(widths), "--tensornet-differentiate=function=f mode=jacobian wrt=0",
                 *PIPELINE, name="f_jacobian")
    value = sum(m * n for m, n in zip(widths, widths[1:]))
    chain = optimal_chain(widths)
    scalings = sum(n * min(widths[0], widths[-1], *widths[i:i + 3:2])
                   for i, n in enumerate(widths[1:-1]))
    assert found <= value + chain + scalings


@pytest.mark.parametrize("widths", [[8, 6, 4, 2], [2, 6, 3, 8]])
def test_values_of_the_jacobian(widths):
    program = run_tool("tn-opt", "-", "--tensornet-differentiate=function=f mode=jacobian wrt=0",
                       text=layers(widths))
    check_values(program, "f_jacobian")


def chain_in_steps(extents: list[int]) -> str:
    """A product of matrices, one multiplication after the other."""
    kinds = [tensor(pair) for pair in zip(extents, extents[1:])]
    header = ", ".join(f"%t{n}: {kind}" for n, kind in enumerate(kinds))
    lines, left = [], "%t0"
    for n in range(1, len(kinds)):
        before, after = tensor((extents[0], extents[n])), tensor((extents[0], extents[n + 1]))
        lines.append(f"  %p{n} = tensornet.contract {left}[i, j], %t{n}[j, k] -> [i, k] "
                     f": ({before}, {kinds[n]}) -> {after}")
        left = f"%p{n}"
    result = tensor((extents[0], extents[-1]))
    return (f"func.func @f({header}) -> {result} {{\n" + "\n".join(lines)
            + f"\n  return {left} : {result}\n}}\n")


@pytest.mark.parametrize("length", [3, 6, 9, 12])
def test_chain_in_steps_is_optimal(length):
    rng = np.random.default_rng(length)
    extents = [int(n) for n in rng.integers(2, 30, length + 1)]
    assert cost(chain_in_steps(extents), "--tensornet-plan") == optimal_chain(extents)


def test_long_chain_in_steps():
    rng = np.random.default_rng(1)
    extents = [int(n) for n in rng.integers(2, 30, 65)]
    assert cost(chain_in_steps(extents), "--tensornet-plan") <= 1.05 * optimal_chain(extents)


HESSIAN_VECTOR = """
func.func @gradient(%x: tensor<32xf32>, %w: tensor<24x32xf32>, %v: tensor<16x24xf32>)
    -> tensor<32xf32> {
  %y, %g = tensornet.value_and_grad @f(%x, %w, %v) wrt [0]
      : (tensor<32xf32>, tensor<24x32xf32>, tensor<16x24xf32>) -> (tensor<f32>, tensor<32xf32>)
  return %g : tensor<32xf32>
}
func.func @product(%x: tensor<32xf32>, %w: tensor<24x32xf32>, %v: tensor<16x24xf32>,
                   %d: tensor<32xf32>) -> (tensor<32xf32>, tensor<32xf32>) {
  %g, %h = tensornet.jvp @gradient(%x, %w, %v) tangents(%d) wrt [0]
      : (tensor<32xf32>, tensor<24x32xf32>, tensor<16x24xf32>, tensor<32xf32>)
      -> (tensor<32xf32>, tensor<32xf32>)
  return %g, %h : tensor<32xf32>, tensor<32xf32>
}
func.func @f(%x: tensor<32xf32>, %w: tensor<24x32xf32>, %v: tensor<16x24xf32>) -> tensor<f32> {
  %0 = tensornet.contract %w[i, j], %x[j] -> [i] : (tensor<24x32xf32>, tensor<32xf32>) -> tensor<24xf32>
  %1 = math.tanh %0 : tensor<24xf32>
  %2 = tensornet.contract %v[i, j], %1[j] -> [i] : (tensor<16x24xf32>, tensor<24xf32>) -> tensor<16xf32>
  %3 = math.tanh %2 : tensor<16xf32>
  %4 = tensornet.contract %3[i], %3[i] -> [] : (tensor<16xf32>, tensor<16xf32>) -> tensor<f32>
  return %4 : tensor<f32>
}
"""


def test_hessian_vector_product_is_a_small_multiple_of_the_gradient():
    gradient = cost(HESSIAN_VECTOR, *PIPELINE, name="gradient")
    assert cost(HESSIAN_VECTOR, *PIPELINE, name="product") <= 2.2 * gradient


def random_group(rng: np.random.Generator) -> str:
    """A few results over the same arguments, with diagonals, private and shared indices."""
    letters = "ijklmn"
    sizes = {letter: int(rng.integers(1, 6)) for letter in letters}
    arguments = ["".join(rng.choice(list(letters), int(rng.integers(0, 4)))) for _ in range(5)]
    results = []
    for _ in range(int(rng.integers(2, 6))):
        picked = [int(n) for n in rng.integers(0, 5, int(rng.integers(1, 6)))]
        used = sorted(set("".join(arguments[n] for n in picked)))
        output = [letter for letter in used if rng.random() < 0.4]
        rng.shuffle(output)
        results.append(",".join(f"{n}{arguments[n]}" for n in picked) + "->" + "".join(output))
    return function(sizes, arguments, results)


@pytest.mark.parametrize("seed", range(20))
def test_random_groups(seed):
    program = random_group(np.random.default_rng(seed))
    assert cost(program, "--tensornet-plan") <= cost(program)
    check_values(program)


@pytest.mark.parametrize("name", ["hoists", "nested"])
def test_values_of_loops(name):
    check_values((SOURCE / "test/Transforms/Plan/loops.mlir").read_text(), name)
