// What the machine can do, and BLAS called in a loop as a C program would.
//
// Compiled by clang -O3 -march=native when the benchmark is set up; called
// through machine.py and blas.py. Times are medians in seconds of one call.

#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *values, long count) {
  qsort(values, (size_t)count, sizeof(double), compare);
  return count % 2 ? values[count / 2]
                   : (values[count / 2 - 1] + values[count / 2]) / 2;
}

// The median seconds of CALL over `repeats` samples of `batch` calls each.
#define MEDIAN_OF(CALL)                                                        \
  double *samples = malloc(sizeof(double) * (size_t)repeats);                  \
  if (!samples)                                                                \
    return -1;                                                                 \
  for (long r = 0; r < repeats; ++r) {                                         \
    double start = now();                                                      \
    for (long s = 0; s < batch; ++s) {                                         \
      CALL;                                                                    \
      __asm__ volatile("" ::: "memory");                                       \
    }                                                                          \
    samples[r] = (now() - start) / (double)batch;                              \
  }                                                                            \
  double result = median(samples, repeats);                                    \
  free(samples);                                                               \
  return result

//===--- Fused multiply-adds --------------------------------------------===//

#if defined(__AVX512F__)
enum { kBytes = 64, kChains = 24 };
#elif defined(__AVX__)
enum { kBytes = 32, kChains = 12 };
#else
enum { kBytes = 16, kChains = 12 };
#endif

// `steps` rounds of independent chains of fused multiply-adds; returns
// operations per second. What the chains hold is written to `sink`.
#define PEAK(NAME, TYPE)                                                       \
  typedef TYPE NAME##_vector __attribute__((vector_size(kBytes)));             \
  double NAME(long steps, const TYPE *seed, TYPE *sink) {                      \
    NAME##_vector chain[kChains], factor, term;                                \
    for (unsigned i = 0; i < kBytes / sizeof(TYPE); ++i) {                     \
      factor[i] = seed[0];                                                     \
      term[i] = seed[1];                                                       \
    }                                                                          \
    for (int c = 0; c < kChains; ++c)                                          \
      chain[c] = term * (TYPE)c;                                               \
    double start = now();                                                      \
    for (long s = 0; s < steps; ++s)                                           \
      _Pragma("clang loop unroll(full)") for (int c = 0; c < kChains; ++c)     \
          chain[c] = chain[c] * factor + term;                                 \
    double elapsed = now() - start;                                            \
    for (int c = 0; c < kChains; ++c)                                          \
      *sink += chain[c][0];                                                    \
    return 2.0 * (double)steps * kChains * (kBytes / sizeof(TYPE)) / elapsed;  \
  }

PEAK(peak_f32, float)
PEAK(peak_f64, double)

//===--- Memory ---------------------------------------------------------===//

static void copy(float *restrict a, const float *restrict b, long n) {
  for (long i = 0; i < n; ++i)
    a[i] = b[i];
}

// Stores that pass by the caches.
static void stream(float *restrict a, const float *restrict b, long n) {
  typedef float vector __attribute__((vector_size(kBytes)));
  for (long i = 0; i + (long)(kBytes / sizeof(float)) <= n;
       i += (long)(kBytes / sizeof(float)))
    __builtin_nontemporal_store(*(const vector *)(b + i), (vector *)(a + i));
}

static void triad(float *restrict a, const float *restrict b,
                  const float *restrict c, long n) {
  for (long i = 0; i < n; ++i)
    a[i] = b[i] + 3.0f * c[i];
}

static float sum(const float *restrict b, long n) {
#pragma clang fp reassociate(on)
  float total = 0;
  for (long i = 0; i < n; ++i)
    total += b[i];
  return total;
}

// All with one signature; `a`, `b`, `c` hold `n` elements, aligned to 64.
double time_copy(float *a, const float *b, const float *c, long n, long repeats,
                 long batch) {
  (void)c;
  MEDIAN_OF(copy(a, b, n));
}

double time_stream(float *a, const float *b, const float *c, long n,
                   long repeats, long batch) {
  (void)c;
  MEDIAN_OF(stream(a, b, n));
}

double time_memcpy(float *a, const float *b, const float *c, long n,
                   long repeats, long batch) {
  (void)c;
  MEDIAN_OF(memcpy(a, b, sizeof(float) * (size_t)n));
}

double time_triad(float *a, const float *b, const float *c, long n,
                  long repeats, long batch) {
  MEDIAN_OF(triad(a, b, c, n));
}

double time_sum(float *a, const float *b, const float *c, long n, long repeats,
                long batch) {
  (void)c;
  MEDIAN_OF(*a = sum(b, n));
}

//===--- BLAS -----------------------------------------------------------===//

enum { kRowMajor = 101 };

// `gemm` is cblas_?gemm of some library; 111 is "as it is", 112 "transposed".
#define TIME_GEMM(NAME, TYPE, SCALAR)                                          \
  double NAME(void (*gemm)(int, int, int, int, int, int, SCALAR, const TYPE *, \
                           int, const TYPE *, int, SCALAR, TYPE *, int),       \
              int ta, int tb, int m, int n, int k, SCALAR one, const TYPE *a,  \
              int lda, const TYPE *b, int ldb, SCALAR zero, TYPE *c, int ldc,  \
              long repeats, long batch) {                                      \
    MEDIAN_OF(                                                                 \
        gemm(kRowMajor, ta, tb, m, n, k, one, a, lda, b, ldb, zero, c, ldc));  \
  }

TIME_GEMM(time_sgemm, float, float)
TIME_GEMM(time_dgemm, double, double)
TIME_GEMM(time_cgemm, float, const float *)

// y = op(A) x for A of m rows and n columns.
#define TIME_GEMV(NAME, TYPE, SCALAR)                                          \
  double NAME(void (*gemv)(int, int, int, int, SCALAR, const TYPE *, int,      \
                           const TYPE *, int, SCALAR, TYPE *, int),            \
              int ta, int m, int n, SCALAR one, const TYPE *a, int lda,        \
              const TYPE *x, SCALAR zero, TYPE *y, long repeats, long batch) { \
    MEDIAN_OF(gemv(kRowMajor, ta, m, n, one, a, lda, x, 1, zero, y, 1));       \
  }

TIME_GEMV(time_sgemv, float, float)
TIME_GEMV(time_dgemv, double, double)
TIME_GEMV(time_cgemv, float, const float *)

//===--- Tiny contractions as loops of known extents --------------------===//

#define TIME_LOOPS(NAME)                                                       \
  double time_##NAME(const float *const *x, float *y, long repeats,            \
                     long batch) {                                             \
    MEDIAN_OF(NAME(x, y));                                                     \
  }

// y[i, k] = a[i, j] b[j, k], 4x4.
__attribute__((noinline)) static void loops_matmul(const float *const *x,
                                                   float *restrict y) {
  enum { N = 4 };
  const float *a = x[0], *b = x[1];
  for (int i = 0; i < N; ++i)
    for (int k = 0; k < N; ++k) {
      float sum = 0;
      for (int j = 0; j < N; ++j)
        sum += a[i * N + j] * b[j * N + k];
      y[i * N + k] = sum;
    }
}
TIME_LOOPS(loops_matmul)

// y[i, r] = t[i, j, k] b[j, r] c[k, r], all 6.
__attribute__((noinline)) static void loops_mttkrp(const float *const *x,
                                                   float *restrict y) {
  enum { N = 6 };
  const float *t = x[0], *b = x[1], *c = x[2];
  for (int i = 0; i < N; ++i)
    for (int r = 0; r < N; ++r) {
      float sum = 0;
      for (int j = 0; j < N; ++j) {
        float row = 0;
        for (int k = 0; k < N; ++k)
          row += t[(i * N + j) * N + k] * c[k * N + r];
        sum += row * b[j * N + r];
      }
      y[i * N + r] = sum;
    }
}
TIME_LOOPS(loops_mttkrp)

// y[n, o] = a[n, i] w[o, i, j] b[n, j], all 4.
__attribute__((noinline)) static void loops_bilinear(const float *const *x,
                                                     float *restrict y) {
  enum { N = 4 };
  const float *a = x[0], *w = x[1], *b = x[2];
  for (int n = 0; n < N; ++n)
    for (int o = 0; o < N; ++o) {
      float sum = 0;
      for (int i = 0; i < N; ++i) {
        float row = 0;
        for (int j = 0; j < N; ++j)
          row += w[(o * N + i) * N + j] * b[n * N + j];
        sum += row * a[n * N + i];
      }
      y[n * N + o] = sum;
    }
}
TIME_LOOPS(loops_bilinear)
