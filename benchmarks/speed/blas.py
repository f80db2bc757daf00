"""What native.c times: cblas_?gemm and ?gemv of OpenBLAS and BLIS, and tiny loops in C."""

from __future__ import annotations

import ctypes
import functools
import glob
import os
import pathlib

import numpy as np

from speed.machine import native

#: Where Debian puts the libraries, for one thread and for several.
PLACES = {
    "OpenBLAS": {False: "/usr/lib/*/openblas-serial/libopenblas.so.0",
                 True: "/usr/lib/*/openblas-pthread/libopenblas.so.0"},
    "BLIS": {False: "/usr/lib/*/blis-serial/libblis.so.4",
             True: "/usr/lib/*/blis-pthread/libblis.so.4"},
}
SET_THREADS = {"OpenBLAS": "openblas_set_num_threads", "BLIS": "bli_thread_set_num_threads"}
#: Letter, C type of a scalar argument.
KINDS = {np.dtype(np.float32): ("s", ctypes.c_float), np.dtype(np.float64): ("d", ctypes.c_double),
         np.dtype(np.complex64): ("c", ctypes.c_void_p)}
PLAIN, TRANSPOSED = 111, 112


#: Kernels that OpenBLAS is told to take where the CPU has an extension: its choice for a CPU whose
#: model it does not know is poor. (Debian's BLIS has no kernels beyond AVX2.)
OPENBLAS_KERNELS = {"avx512_bf16": "Cooperlake", "avx512f": "SkylakeX", "avx2": "Haswell"}


def _choose_openblas_kernels() -> None:
    """Through the environment, which the library reads when it is loaded."""
    flags = set(pathlib.Path("/proc/cpuinfo").read_text().split())
    for flag, kernels in OPENBLAS_KERNELS.items():
        if flag in flags:
            os.environ.setdefault("OPENBLAS_CORETYPE", kernels)
            return


@functools.cache
def load(name: str, threads: int) -> ctypes.CDLL:
    """The library; OSError where it is not installed."""
    found = sorted(glob.glob(PLACES[name][threads > 1]))
    if not found:
        raise OSError(f"{PLACES[name][threads > 1]} is not there")
    _choose_openblas_kernels()
    library = ctypes.CDLL(found[0], mode=ctypes.RTLD_LOCAL)
    if threads > 1:
        getattr(library, SET_THREADS[name])(threads)
    return library


def version(name: str, threads: int) -> str:
    """Its version and the kernels it chose."""
    library = load(name, threads)

    def text(function: str, *arguments) -> str:
        found = getattr(library, function)
        found.restype = ctypes.c_char_p
        return found(*arguments).decode()
    if name == "OpenBLAS":
        number = text("openblas_get_config").split()[1]
        return f"{number}, kernels {text('openblas_get_corename')}"
    kernels = text("bli_arch_string", library.bli_arch_query_id())
    return f"{text('bli_info_get_version_str')}, kernels {kernels}"


def _scalar(kind, value: float):
    """A scalar argument, and what must outlive the call."""
    if kind is not ctypes.c_void_p:
        return kind(value), None
    storage = np.array([value], np.complex64)
    return storage.ctypes.data_as(ctypes.c_void_p), storage


class _Routine:
    """One cblas routine bound to its arguments. Timed in C."""

    def __init__(self, library: ctypes.CDLL, routine: str, dtype, before, operands, after, result):
        letter, kind = KINDS[np.dtype(dtype)]
        self.result, self.operands = result, operands
        one, self.one = _scalar(kind, 1)
        zero, self.zero = _scalar(kind, 0)
        address = ctypes.cast(getattr(library, f"cblas_{letter}{routine}"), ctypes.c_void_p)
        self.function = getattr(native(), f"time_{letter}{routine}")
        self.function.restype = ctypes.c_double
        self.arguments = [address, *map(ctypes.c_int, before), one, *operands, zero, *after]

    def _run(self, repeats: int, batch: int) -> float:
        return self.function(*self.arguments, ctypes.c_long(repeats), ctypes.c_long(batch))

    def __call__(self) -> list[np.ndarray]:
        self._run(1, 1)
        return [self.result]

    def time(self, repeats: int) -> float:
        once = max(self._run(3, 1), 1e-8)
        batch = max(1, int(2e-6 / once))
        return self._run(max(1, repeats // batch), batch)


class Loops:
    """Loops of known extents in C; `routine` names them in native.c."""

    def __init__(self, routine: str, arrays: list[np.ndarray], shape: tuple[int, ...]):
        self.arrays, self.result = arrays, np.zeros(shape, np.float32)
        self.addresses = (ctypes.c_void_p * len(arrays))(*(a.ctypes.data for a in arrays))
        self.function = getattr(native(), f"time_loops_{routine}")
        self.function.restype = ctypes.c_double
        self.function.argtypes = [ctypes.c_void_p] * 2 + [ctypes.c_long] * 2

    def time(self, repeats: int) -> float:
        batch = 100
        return self.function(self.addresses, self.result.ctypes.data,
                             max(1, repeats // batch), batch)

    def __call__(self) -> list[np.ndarray]:
        self.time(1)
        return [self.result]


def _pointer(array: np.ndarray):
    return array.ctypes.data_as(ctypes.c_void_p)


def gemm(name: str, threads: int, a: np.ndarray, b: np.ndarray, trans_a: bool = False,
         trans_b: bool = False) -> _Routine:
    """op(a) op(b) of two matrices in C order."""
    m, k = a.shape[::-1] if trans_a else a.shape
    n = b.shape[0] if trans_b else b.shape[1]
    c = np.zeros((m, n), a.dtype)
    flags = [TRANSPOSED if t else PLAIN for t in (trans_a, trans_b)]
    routine = _Routine(load(name, threads), "gemm", a.dtype, [*flags, m, n, k],
                       [_pointer(a), ctypes.c_int(a.shape[1]), _pointer(b),
                        ctypes.c_int(b.shape[1])],
                       [_pointer(c), ctypes.c_int(n)], c)
    routine.keep = (a, b)
    return routine


def gemv(name: str, threads: int, a: np.ndarray, x: np.ndarray, trans: bool = False) -> _Routine:
    """op(a) x of a matrix in C order."""
    y = np.zeros(a.shape[1] if trans else a.shape[0], a.dtype)
    routine = _Routine(load(name, threads), "gemv", a.dtype,
                       [TRANSPOSED if trans else PLAIN, *a.shape],
                       [_pointer(a), ctypes.c_int(a.shape[1]), _pointer(x)], [_pointer(y)], y)
    routine.keep = (a, x)
    return routine
