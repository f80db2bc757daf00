// A transformer that predicts the next token: 3 blocks of causal attention with 4
// heads and a layer of 192 hidden units, model dimension 48, on 64 sequences of
// 11 tokens out of 10. Written by generate.py.
//
//   tn-run transformer.mlir --entry=train_step --time=100
//
// Indices: b sequence of the batch, s and t positions, v token, m and n within the model,
// h head, k within a head, f hidden unit.
!scalar = tensor<f32>
!x = tensor<64x11x48xf32>
!rows = tensor<64x11xf32>
!q = tensor<64x4x11x12xf32>
!p = tensor<64x4x11x11xf32>
!maxima = tensor<64x4x11xf32>
!s = tensor<11xf32>
!ss = tensor<11x11xf32>
!u = tensor<64x11x192xf32>
!v = tensor<64x11x10xf32>
!m = tensor<48xf32>
!w = tensor<48x4x12xf32>
!hk = tensor<4x12xf32>
!wo = tensor<4x12x48xf32>
!mf = tensor<48x192xf32>
!f = tensor<192xf32>
!fm = tensor<192x48xf32>
!vm = tensor<10x48xf32>
!sm = tensor<11x48xf32>
!mv = tensor<48x10xf32>

// (x - mean) / sqrt(variance + 1e-5) gain + shift, over the model's dimension.
func.func private @normalise(%x: !x, %gain: !m, %shift: !m) -> !x {
  %per_element = arith.constant dense<2.08333333333333322e-02> : !scalar
  %mean = tensornet.contract %per_element[], %x[b, s, m] -> [b, s] : (!scalar, !x) -> !rows
  %means = tensornet.contract %mean[b, s] -> [b, s, m] : (!rows) -> !x
  %d = arith.subf %x, %means : !x
  %variance = tensornet.contract %per_element[], %d[b, s, m], %d[b, s, m] -> [b, s]
      : (!scalar, !x, !x) -> !rows
  %epsilon = arith.constant dense<1.0e-5> : !rows
  %positive = arith.addf %variance, %epsilon : !rows
  %r = math.rsqrt %positive : !rows
  %scaled = tensornet.contract %d[b, s, m], %r[b, s], %gain[m] -> [b, s, m]
      : (!x, !rows, !m) -> !x
  %shifts = tensornet.contract %shift[m] -> [b, s, m] : (!m) -> !x
  %y = arith.addf %scaled, %shifts : !x
  return %y : !x
}

// What a linear map to queries, keys or values makes of x.
func.func private @project(%x: !x, %w: !w, %b: !hk) -> !q {
  %xw = tensornet.contract %x[b, s, m], %w[m, h, k] -> [b, h, s, k] : (!x, !w) -> !q
  %bias = tensornet.contract %b[h, k] -> [b, h, s, k] : (!hk) -> !q
  %y = arith.addf %xw, %bias : !q
  return %y : !q
}

// Softmax over t of scores for t <= s.
func.func private @softmax(%scores: !p) -> !p {
  %one = tensornet.contract -> [s] : () -> !s
  %past = tensornet.contract %one[s - t] -> [s, t] : (!s) -> !ss
  %ones = arith.constant dense<1.0> : !ss
  %future = arith.subf %past, %ones : !ss
  %far = arith.constant dense<1.0e9> : !scalar
  %barrier = tensornet.contract %far[], %future[s, t] -> [b, h, s, t] : (!scalar, !ss) -> !p
  %allowed = arith.addf %scores, %barrier : !p
  %lowest = arith.constant dense<0xFF800000> : !maxima
  %largest = linalg.reduce { arith.maximumf } ins(%allowed : !p)
      outs(%lowest : !maxima) dimensions = [3]
  %shift = tensornet.stop_gradient %largest : !maxima
  %shifts = tensornet.contract %shift[b, h, s] -> [b, h, s, t] : (!maxima) -> !p
  %shifted = arith.subf %allowed, %shifts : !p
  %e = math.exp %shifted : !p
  %sum = tensornet.contract %e[b, h, s, t] -> [b, h, s] : (!p) -> !maxima
  %sums = tensornet.contract %sum[b, h, s] -> [b, h, s, t] : (!maxima) -> !p
  %p = arith.divf %e, %sums : !p
  return %p : !p
}

func.func private @attention(%x: !x, %wq: !w, %bq: !hk, %wk: !w, %bk: !hk, %wv: !w, %bv: !hk,
                             %wo: !wo, %bo: !m) -> !x {
  %q = call @project(%x, %wq, %bq) : (!x, !w, !hk) -> !q
  %k = call @project(%x, %wk, %bk) : (!x, !w, !hk) -> !q
  %v = call @project(%x, %wv, %bv) : (!x, !w, !hk) -> !q
  %scale = arith.constant dense<0.28867513459481287> : !scalar
  %scores = tensornet.contract %scale[], %q[b, h, s, k], %k[b, h, t, k] -> [b, h, s, t]
      : (!scalar, !q, !q) -> !p
  %p = call @softmax(%scores) : (!p) -> !p
  %mixed = tensornet.contract %p[b, h, s, t], %v[b, h, t, k] -> [b, h, s, k] : (!p, !q) -> !q
  %together = tensornet.contract %mixed[b, h, s, k], %wo[h, k, m] -> [b, s, m]
      : (!q, !wo) -> !x
  %bias = tensornet.contract %bo[m] -> [b, s, m] : (!m) -> !x
  %y = arith.addf %together, %bias : !x
  return %y : !x
}

// gelu(u) = u (1 + tanh(sqrt(2 / pi) (u + 0.044715 u^3))) / 2
func.func private @gelu(%u: !u) -> !u {
  %c0 = arith.constant dense<0.5> : !u
  %c1 = arith.constant dense<1.0> : !u
  %c2 = arith.constant dense<0.7978845608028654> : !u
  %c3 = arith.constant dense<0.044715> : !u
  %uu = arith.mulf %u, %u : !u
  %cubic = arith.mulf %c3, %uu : !u
  %factor = arith.addf %c1, %cubic : !u
  %curve = arith.mulf %u, %factor : !u
  %inner = arith.mulf %c2, %curve : !u
  %t = math.tanh %inner : !u
  %t1 = arith.addf %c1, %t : !u
  %half = arith.mulf %c0, %u : !u
  %y = arith.mulf %half, %t1 : !u
  return %y : !u
}

func.func private @hidden_layer(%x: !x, %w1: !mf, %b1: !f, %w2: !fm, %b2: !m) -> !x {
  %xw = tensornet.contract %x[b, s, m], %w1[m, f] -> [b, s, f] : (!x, !mf) -> !u
  %bias1 = tensornet.contract %b1[f] -> [b, s, f] : (!f) -> !u
  %u = arith.addf %xw, %bias1 : !u
  %a = call @gelu(%u) : (!u) -> !u
  %aw = tensornet.contract %a[b, s, f], %w2[f, m] -> [b, s, m] : (!u, !fm) -> !x
  %bias2 = tensornet.contract %b2[m] -> [b, s, m] : (!m) -> !x
  %y = arith.addf %aw, %bias2 : !x
  return %y : !x
}

func.func private @block(
    %x: !x, %gain1: !m, %shift1: !m, %wq: !w, %bq: !hk, %wk: !w, %bk: !hk, %wv: !w, %bv: !hk, %wo: !wo,
    %bo: !m, %gain2: !m, %shift2: !m, %w1: !mf, %b1: !f, %w2: !fm, %b2: !m) -> !x {
  %x1 = call @normalise(%x, %gain1, %shift1) : (!x, !m, !m) -> !x
  %y1 = call @attention(%x1, %wq, %bq, %wk, %bk, %wv, %bv, %wo, %bo)
      : (!x, !w, !hk, !w, !hk, !w, !hk, !wo, !m) -> !x
  %middle = arith.addf %x, %y1 : !x
  %x2 = call @normalise(%middle, %gain2, %shift2) : (!x, !m, !m) -> !x
  %y2 = call @hidden_layer(%x2, %w1, %b1, %w2, %b2) : (!x, !mf, !f, !fm, !m) -> !x
  %y = arith.addf %middle, %y2 : !x
  return %y : !x
}

// The cross entropy of the next tokens, averaged over all positions; %tokens and %targets
// hold a one at the token of each position.
func.func @loss(
    %word: !vm, %place: !sm, %gain1_1: !m, %shift1_1: !m, %wq_1: !w, %bq_1: !hk, %wk_1: !w,
    %bk_1: !hk, %wv_1: !w, %bv_1: !hk, %wo_1: !wo, %bo_1: !m, %gain2_1: !m, %shift2_1: !m,
    %w1_1: !mf, %b1_1: !f, %w2_1: !fm, %b2_1: !m, %gain1_2: !m, %shift1_2: !m, %wq_2: !w,
    %bq_2: !hk, %wk_2: !w, %bk_2: !hk, %wv_2: !w, %bv_2: !hk, %wo_2: !wo, %bo_2: !m,
    %gain2_2: !m, %shift2_2: !m, %w1_2: !mf, %b1_2: !f, %w2_2: !fm, %b2_2: !m, %gain1_3: !m,
    %shift1_3: !m, %wq_3: !w, %bq_3: !hk, %wk_3: !w, %bk_3: !hk, %wv_3: !w, %bv_3: !hk,
    %wo_3: !wo, %bo_3: !m, %gain2_3: !m, %shift2_3: !m, %w1_3: !mf, %b1_3: !f, %w2_3: !fm,
    %b2_3: !m, %gain: !m, %shift: !m, %head: !mv, %tokens: !v, %targets: !v) -> !scalar {
  %words = tensornet.contract %tokens[b, s, v], %word[v, m] -> [b, s, m] : (!v, !vm) -> !x
  %places = tensornet.contract %place[s, m] -> [b, s, m] : (!sm) -> !x
  %x0 = arith.addf %words, %places : !x
  %x1 = call @block(%x0, %gain1_1, %shift1_1, %wq_1, %bq_1, %wk_1, %bk_1, %wv_1, %bv_1, %wo_1, %bo_1,
          %gain2_1, %shift2_1, %w1_1, %b1_1, %w2_1, %b2_1)
      : (!x, !m, !m, !w, !hk, !w, !hk, !w, !hk, !wo, !m, !m, !m, !mf, !f, !fm, !m) -> !x
  %x2 = call @block(%x1, %gain1_2, %shift1_2, %wq_2, %bq_2, %wk_2, %bk_2, %wv_2, %bv_2, %wo_2, %bo_2,
          %gain2_2, %shift2_2, %w1_2, %b1_2, %w2_2, %b2_2)
      : (!x, !m, !m, !w, !hk, !w, !hk, !w, !hk, !wo, !m, !m, !m, !mf, !f, !fm, !m) -> !x
  %x3 = call @block(%x2, %gain1_3, %shift1_3, %wq_3, %bq_3, %wk_3, %bk_3, %wv_3, %bv_3, %wo_3, %bo_3,
          %gain2_3, %shift2_3, %w1_3, %b1_3, %w2_3, %b2_3)
      : (!x, !m, !m, !w, !hk, !w, !hk, !w, !hk, !wo, !m, !m, !m, !mf, !f, !fm, !m) -> !x
  %x = call @normalise(%x3, %gain, %shift) : (!x, !m, !m) -> !x
  %y = tensornet.contract %x[b, s, m], %head[m, v] -> [b, s, v] : (!x, !mv) -> !v
  %lowest = arith.constant dense<0xFF800000> : !rows
  %largest = linalg.reduce { arith.maximumf } ins(%y : !v) outs(%lowest : !rows) dimensions = [2]
  %fixed = tensornet.stop_gradient %largest : !rows
  %fixeds = tensornet.contract %fixed[b, s] -> [b, s, v] : (!rows) -> !v
  %logits = arith.subf %y, %fixeds : !v
  %e = math.exp %logits : !v
  %sums = tensornet.contract %e[b, s, v] -> [b, s] : (!v) -> !rows
  %logs = math.log %sums : !rows
  %log_sum = tensornet.contract %logs[b, s] -> [] : (!rows) -> !scalar
  %hits = tensornet.contract %targets[b, s, v], %logits[b, s, v] -> [] : (!v, !v) -> !scalar
  %entropy = arith.subf %log_sum, %hits : !scalar
  %per_position = arith.constant dense<1.42045454545454549e-03> : !scalar
  %loss = arith.mulf %entropy, %per_position : !scalar
  return %loss : !scalar
}

// One step of gradient descent: the new parameters, and the loss of the old ones.
func.func @train_step(
    %word: !vm, %place: !sm, %gain1_1: !m, %shift1_1: !m, %wq_1: !w, %bq_1: !hk, %wk_1: !w,
    %bk_1: !hk, %wv_1: !w, %bv_1: !hk, %wo_1: !wo, %bo_1: !m, %gain2_1: !m, %shift2_1: !m,
    %w1_1: !mf, %b1_1: !f, %w2_1: !fm, %b2_1: !m, %gain1_2: !m, %shift1_2: !m, %wq_2: !w,
    %bq_2: !hk, %wk_2: !w, %bk_2: !hk, %wv_2: !w, %bv_2: !hk, %wo_2: !wo, %bo_2: !m,
    %gain2_2: !m, %shift2_2: !m, %w1_2: !mf, %b1_2: !f, %w2_2: !fm, %b2_2: !m, %gain1_3: !m,
    %shift1_3: !m, %wq_3: !w, %bq_3: !hk, %wk_3: !w, %bk_3: !hk, %wv_3: !w, %bv_3: !hk,
    %wo_3: !wo, %bo_3: !m, %gain2_3: !m, %shift2_3: !m, %w1_3: !mf, %b1_3: !f, %w2_3: !fm,
    %b2_3: !m, %gain: !m, %shift: !m, %head: !mv, %tokens: !v, %targets: !v)
    -> (!vm, !sm, !m, !m, !w, !hk, !w, !hk, !w, !hk, !wo, !m, !m, !m, !mf, !f, !fm, !m, !m, !m,
        !w, !hk, !w, !hk, !w, !hk, !wo, !m, !m, !m, !mf, !f, !fm, !m, !m, !m, !w, !hk, !w, !hk,
        !w, !hk, !wo, !m, !m, !m, !mf, !f, !fm, !m, !m, !m, !mv, !scalar) {
  %loss, %g_word, %g_place, %g_gain1_1, %g_shift1_1, %g_wq_1, %g_bq_1, %g_wk_1, %g_bk_1,
      %g_wv_1, %g_bv_1, %g_wo_1, %g_bo_1, %g_gain2_1, %g_shift2_1, %g_w1_1, %g_b1_1, %g_w2_1,
      %g_b2_1, %g_gain1_2, %g_shift1_2, %g_wq_2, %g_bq_2, %g_wk_2, %g_bk_2, %g_wv_2, %g_bv_2,
      %g_wo_2, %g_bo_2, %g_gain2_2, %g_shift2_2, %g_w1_2, %g_b1_2, %g_w2_2, %g_b2_2, %g_gain1_3,
      %g_shift1_3, %g_wq_3, %g_bq_3, %g_wk_3, %g_bk_3, %g_wv_3, %g_bv_3, %g_wo_3, %g_bo_3,
      %g_gain2_3, %g_shift2_3, %g_w1_3, %g_b1_3, %g_w2_3, %g_b2_3, %g_gain, %g_shift, %g_head =
      tensornet.value_and_grad @loss(
          %word, %place, %gain1_1, %shift1_1, %wq_1, %bq_1, %wk_1, %bk_1, %wv_1, %bv_1, %wo_1,
          %bo_1, %gain2_1, %shift2_1, %w1_1, %b1_1, %w2_1, %b2_1, %gain1_2, %shift1_2, %wq_2,
          %bq_2, %wk_2, %bk_2, %wv_2, %bv_2, %wo_2, %bo_2, %gain2_2, %shift2_2, %w1_2, %b1_2,
          %w2_2, %b2_2, %gain1_3, %shift1_3, %wq_3, %bq_3, %wk_3, %bk_3, %wv_3, %bv_3, %wo_3,
          %bo_3, %gain2_3, %shift2_3, %w1_3, %b1_3, %w2_3, %b2_3, %gain, %shift, %head, %tokens,
          %targets)
      wrt [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
          24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44,
          45, 46, 47, 48, 49, 50, 51, 52]
      : (!vm, !sm, !m, !m, !w, !hk, !w, !hk, !w, !hk, !wo, !m, !m, !m, !mf, !f, !fm, !m, !m, !m,
         !w, !hk, !w, !hk, !w, !hk, !wo, !m, !m, !m, !mf, !f, !fm, !m, !m, !m, !w, !hk, !w, !hk,
         !w, !hk, !wo, !m, !m, !m, !mf, !f, !fm, !m, !m, !m, !mv, !v, !v)
      -> (!scalar, !vm, !sm, !m, !m, !w, !hk, !w, !hk, !w, !hk, !wo, !m, !m, !m, !mf, !f, !fm,
          !m, !m, !m, !w, !hk, !w, !hk, !w, !hk, !wo, !m, !m, !m, !mf, !f, !fm, !m, !m, !m, !w,
          !hk, !w, !hk, !w, !hk, !wo, !m, !m, !m, !mf, !f, !fm, !m, !m, !m, !mv)
  %rate = arith.constant dense<0.1> : !scalar
  %s_word = tensornet.contract %rate[], %g_word[i, j] -> [i, j] : (!scalar, !vm) -> !vm
  %new_word = arith.subf %word, %s_word : !vm
  %s_place = tensornet.contract %rate[], %g_place[i, j] -> [i, j] : (!scalar, !sm) -> !sm
  %new_place = arith.subf %place, %s_place : !sm
  %s_gain1_1 = tensornet.contract %rate[], %g_gain1_1[i] -> [i] : (!scalar, !m) -> !m
  %new_gain1_1 = arith.subf %gain1_1, %s_gain1_1 : !m
  %s_shift1_1 = tensornet.contract %rate[], %g_shift1_1[i] -> [i] : (!scalar, !m) -> !m
  %new_shift1_1 = arith.subf %shift1_1, %s_shift1_1 : !m
  %s_wq_1 = tensornet.contract %rate[], %g_wq_1[i, j, k] -> [i, j, k] : (!scalar, !w) -> !w
  %new_wq_1 = arith.subf %wq_1, %s_wq_1 : !w
  %s_bq_1 = tensornet.contract %rate[], %g_bq_1[i, j] -> [i, j] : (!scalar, !hk) -> !hk
  %new_bq_1 = arith.subf %bq_1, %s_bq_1 : !hk
  %s_wk_1 = tensornet.contract %rate[], %g_wk_1[i, j, k] -> [i, j, k] : (!scalar, !w) -> !w
  %new_wk_1 = arith.subf %wk_1, %s_wk_1 : !w
  %s_bk_1 = tensornet.contract %rate[], %g_bk_1[i, j] -> [i, j] : (!scalar, !hk) -> !hk
  %new_bk_1 = arith.subf %bk_1, %s_bk_1 : !hk
  %s_wv_1 = tensornet.contract %rate[], %g_wv_1[i, j, k] -> [i, j, k] : (!scalar, !w) -> !w
  %new_wv_1 = arith.subf %wv_1, %s_wv_1 : !w
  %s_bv_1 = tensornet.contract %rate[], %g_bv_1[i, j] -> [i, j] : (!scalar, !hk) -> !hk
  %new_bv_1 = arith.subf %bv_1, %s_bv_1 : !hk
  %s_wo_1 = tensornet.contract %rate[], %g_wo_1[i, j, k] -> [i, j, k] : (!scalar, !wo) -> !wo
  %new_wo_1 = arith.subf %wo_1, %s_wo_1 : !wo
  %s_bo_1 = tensornet.contract %rate[], %g_bo_1[i] -> [i] : (!scalar, !m) -> !m
  %new_bo_1 = arith.subf %bo_1, %s_bo_1 : !m
  %s_gain2_1 = tensornet.contract %rate[], %g_gain2_1[i] -> [i] : (!scalar, !m) -> !m
  %new_gain2_1 = arith.subf %gain2_1, %s_gain2_1 : !m
  %s_shift2_1 = tensornet.contract %rate[], %g_shift2_1[i] -> [i] : (!scalar, !m) -> !m
  %new_shift2_1 = arith.subf %shift2_1, %s_shift2_1 : !m
  %s_w1_1 = tensornet.contract %rate[], %g_w1_1[i, j] -> [i, j] : (!scalar, !mf) -> !mf
  %new_w1_1 = arith.subf %w1_1, %s_w1_1 : !mf
  %s_b1_1 = tensornet.contract %rate[], %g_b1_1[i] -> [i] : (!scalar, !f) -> !f
  %new_b1_1 = arith.subf %b1_1, %s_b1_1 : !f
  %s_w2_1 = tensornet.contract %rate[], %g_w2_1[i, j] -> [i, j] : (!scalar, !fm) -> !fm
  %new_w2_1 = arith.subf %w2_1, %s_w2_1 : !fm
  %s_b2_1 = tensornet.contract %rate[], %g_b2_1[i] -> [i] : (!scalar, !m) -> !m
  %new_b2_1 = arith.subf %b2_1, %s_b2_1 : !m
  %s_gain1_2 = tensornet.contract %rate[], %g_gain1_2[i] -> [i] : (!scalar, !m) -> !m
  %new_gain1_2 = arith.subf %gain1_2, %s_gain1_2 : !m
  %s_shift1_2 = tensornet.contract %rate[], %g_shift1_2[i] -> [i] : (!scalar, !m) -> !m
  %new_shift1_2 = arith.subf %shift1_2, %s_shift1_2 : !m
  %s_wq_2 = tensornet.contract %rate[], %g_wq_2[i, j, k] -> [i, j, k] : (!scalar, !w) -> !w
  %new_wq_2 = arith.subf %wq_2, %s_wq_2 : !w
  %s_bq_2 = tensornet.contract %rate[], %g_bq_2[i, j] -> [i, j] : (!scalar, !hk) -> !hk
  %new_bq_2 = arith.subf %bq_2, %s_bq_2 : !hk
  %s_wk_2 = tensornet.contract %rate[], %g_wk_2[i, j, k] -> [i, j, k] : (!scalar, !w) -> !w
  %new_wk_2 = arith.subf %wk_2, %s_wk_2 : !w
  %s_bk_2 = tensornet.contract %rate[], %g_bk_2[i, j] -> [i, j] : (!scalar, !hk) -> !hk
  %new_bk_2 = arith.subf %bk_2, %s_bk_2 : !hk
  %s_wv_2 = tensornet.contract %rate[], %g_wv_2[i, j, k] -> [i, j, k] : (!scalar, !w) -> !w
  %new_wv_2 = arith.subf %wv_2, %s_wv_2 : !w
  %s_bv_2 = tensornet.contract %rate[], %g_bv_2[i, j] -> [i, j] : (!scalar, !hk) -> !hk
  %new_bv_2 = arith.subf %bv_2, %s_bv_2 : !hk
  %s_wo_2 = tensornet.contract %rate[], %g_wo_2[i, j, k] -> [i, j, k] : (!scalar, !wo) -> !wo
  %new_wo_2 = arith.subf %wo_2, %s_wo_2 : !wo
  %s_bo_2 = tensornet.contract %rate[], %g_bo_2[i] -> [i] : (!scalar, !m) -> !m
  %new_bo_2 = arith.subf %bo_2, %s_bo_2 : !m
  %s_gain2_2 = tensornet.contract %rate[], %g_gain2_2[i] -> [i] : (!scalar, !m) -> !m
  %new_gain2_2 = arith.subf %gain2_2, %s_gain2_2 : !m
  %s_shift2_2 = tensornet.contract %rate[], %g_shift2_2[i] -> [i] : (!scalar, !m) -> !m
  %new_shift2_2 = arith.subf %shift2_2, %s_shift2_2 : !m
  %s_w1_2 = tensornet.contract %rate[], %g_w1_2[i, j] -> [i, j] : (!scalar, !mf) -> !mf
  %new_w1_2 = arith.subf %w1_2, %s_w1_2 : !mf
  %s_b1_2 = tensornet.contract %rate[], %g_b1_2[i] -> [i] : (!scalar, !f) -> !f
  %new_b1_2 = arith.subf %b1_2, %s_b1_2 : !f
  %s_w2_2 = tensornet.contract %rate[], %g_w2_2[i, j] -> [i, j] : (!scalar, !fm) -> !fm
  %new_w2_2 = arith.subf %w2_2, %s_w2_2 : !fm
  %s_b2_2 = tensornet.contract %rate[], %g_b2_2[i] -> [i] : (!scalar, !m) -> !m
  %new_b2_2 = arith.subf %b2_2, %s_b2_2 : !m
  %s_gain1_3 = tensornet.contract %rate[], %g_gain1_3[i] -> [i] : (!scalar, !m) -> !m
  %new_gain1_3 = arith.subf %gain1_3, %s_gain1_3 : !m
  %s_shift1_3 = tensornet.contract %rate[], %g_shift1_3[i] -> [i] : (!scalar, !m) -> !m
  %new_shift1_3 = arith.subf %shift1_3, %s_shift1_3 : !m
  %s_wq_3 = tensornet.contract %rate[], %g_wq_3[i, j, k] -> [i, j, k] : (!scalar, !w) -> !w
  %new_wq_3 = arith.subf %wq_3, %s_wq_3 : !w
  %s_bq_3 = tensornet.contract %rate[], %g_bq_3[i, j] -> [i, j] : (!scalar, !hk) -> !hk
  %new_bq_3 = arith.subf %bq_3, %s_bq_3 : !hk
  %s_wk_3 = tensornet.contract %rate[], %g_wk_3[i, j, k] -> [i, j, k] : (!scalar, !w) -> !w
  %new_wk_3 = arith.subf %wk_3, %s_wk_3 : !w
  %s_bk_3 = tensornet.contract %rate[], %g_bk_3[i, j] -> [i, j] : (!scalar, !hk) -> !hk
  %new_bk_3 = arith.subf %bk_3, %s_bk_3 : !hk
  %s_wv_3 = tensornet.contract %rate[], %g_wv_3[i, j, k] -> [i, j, k] : (!scalar, !w) -> !w
  %new_wv_3 = arith.subf %wv_3, %s_wv_3 : !w
  %s_bv_3 = tensornet.contract %rate[], %g_bv_3[i, j] -> [i, j] : (!scalar, !hk) -> !hk
  %new_bv_3 = arith.subf %bv_3, %s_bv_3 : !hk
  %s_wo_3 = tensornet.contract %rate[], %g_wo_3[i, j, k] -> [i, j, k] : (!scalar, !wo) -> !wo
  %new_wo_3 = arith.subf %wo_3, %s_wo_3 : !wo
  %s_bo_3 = tensornet.contract %rate[], %g_bo_3[i] -> [i] : (!scalar, !m) -> !m
  %new_bo_3 = arith.subf %bo_3, %s_bo_3 : !m
  %s_gain2_3 = tensornet.contract %rate[], %g_gain2_3[i] -> [i] : (!scalar, !m) -> !m
  %new_gain2_3 = arith.subf %gain2_3, %s_gain2_3 : !m
  %s_shift2_3 = tensornet.contract %rate[], %g_shift2_3[i] -> [i] : (!scalar, !m) -> !m
  %new_shift2_3 = arith.subf %shift2_3, %s_shift2_3 : !m
  %s_w1_3 = tensornet.contract %rate[], %g_w1_3[i, j] -> [i, j] : (!scalar, !mf) -> !mf
  %new_w1_3 = arith.subf %w1_3, %s_w1_3 : !mf
  %s_b1_3 = tensornet.contract %rate[], %g_b1_3[i] -> [i] : (!scalar, !f) -> !f
  %new_b1_3 = arith.subf %b1_3, %s_b1_3 : !f
  %s_w2_3 = tensornet.contract %rate[], %g_w2_3[i, j] -> [i, j] : (!scalar, !fm) -> !fm
  %new_w2_3 = arith.subf %w2_3, %s_w2_3 : !fm
  %s_b2_3 = tensornet.contract %rate[], %g_b2_3[i] -> [i] : (!scalar, !m) -> !m
  %new_b2_3 = arith.subf %b2_3, %s_b2_3 : !m
  %s_gain = tensornet.contract %rate[], %g_gain[i] -> [i] : (!scalar, !m) -> !m
  %new_gain = arith.subf %gain, %s_gain : !m
  %s_shift = tensornet.contract %rate[], %g_shift[i] -> [i] : (!scalar, !m) -> !m
  %new_shift = arith.subf %shift, %s_shift : !m
  %s_head = tensornet.contract %rate[], %g_head[i, j] -> [i, j] : (!scalar, !mv) -> !mv
  %new_head = arith.subf %head, %s_head : !mv
  return %new_word, %new_place, %new_gain1_1, %new_shift1_1, %new_wq_1, %new_bq_1, %new_wk_1,
         %new_bk_1, %new_wv_1, %new_bv_1, %new_wo_1, %new_bo_1, %new_gain2_1, %new_shift2_1,
         %new_w1_1, %new_b1_1, %new_w2_1, %new_b2_1, %new_gain1_2, %new_shift1_2, %new_wq_2,
         %new_bq_2, %new_wk_2, %new_bk_2, %new_wv_2, %new_bv_2, %new_wo_2, %new_bo_2,
         %new_gain2_2, %new_shift2_2, %new_w1_2, %new_b1_2, %new_w2_2, %new_b2_2, %new_gain1_3,
         %new_shift1_3, %new_wq_3, %new_bq_3, %new_wk_3, %new_bk_3, %new_wv_3, %new_bv_3,
         %new_wo_3, %new_bo_3, %new_gain2_3, %new_shift2_3, %new_w1_3, %new_b1_3, %new_w2_3,
         %new_b2_3, %new_gain, %new_shift, %new_head, %loss
      : !vm, !sm, !m, !m, !w, !hk, !w, !hk, !w, !hk, !wo, !m, !m, !m, !mf, !f, !fm, !m, !m, !m,
        !w, !hk, !w, !hk, !w, !hk, !wo, !m, !m, !m, !mf, !f, !fm, !m, !m, !m, !w, !hk, !w, !hk,
        !w, !hk, !wo, !m, !m, !m, !mf, !f, !fm, !m, !m, !m, !mv, !scalar
}
