// A two-layer network that learns handwritten digits. One call of @train_step
// is one step of training on all 1438 images; README.md says how to run it.

// The loss of the network: cross entropy of softmax(h w2 + b2) against smoothed
// targets, averaged over the images, plus a penalty on large weights. The hidden
// layer is h = exp(-z^2 / 2) with z = x w1 + b1.
func.func @loss(%w1: tensor<64x64xf32>, %b1: tensor<64xf32>,
                %w2: tensor<64x10xf32>, %b2: tensor<10xf32>,
                %x: tensor<1438x64xf32>, %t: tensor<1438x10xf32>) -> tensor<f32> {
  // Hidden layer.
  %xw = tensornet.contract %x[n, p], %w1[p, h] -> [n, h]
      : (tensor<1438x64xf32>, tensor<64x64xf32>) -> tensor<1438x64xf32>
  %bias1 = tensornet.contract %b1[h] -> [n, h] : (tensor<64xf32>) -> tensor<1438x64xf32>
  %z = arith.addf %xw, %bias1 : tensor<1438x64xf32>
  %zz = arith.mulf %z, %z : tensor<1438x64xf32>
  %minus_half = arith.constant dense<-0.5> : tensor<1438x64xf32>
  %exponent = arith.mulf %zz, %minus_half : tensor<1438x64xf32>
  %h = math.exp %exponent : tensor<1438x64xf32>

  // Logits, shifted so that the largest of each image is 0. The loss does not
  // depend on the shift, so its derivative is left out.
  %hw = tensornet.contract %h[n, h], %w2[h, k] -> [n, k]
      : (tensor<1438x64xf32>, tensor<64x10xf32>) -> tensor<1438x10xf32>
  %bias2 = tensornet.contract %b2[k] -> [n, k] : (tensor<10xf32>) -> tensor<1438x10xf32>
  %logits = arith.addf %hw, %bias2 : tensor<1438x10xf32>
  %lowest = arith.constant dense<0xFF800000> : tensor<1438xf32>
  %largest = linalg.reduce { arith.maximumf } ins(%logits : tensor<1438x10xf32>)
      outs(%lowest : tensor<1438xf32>) dimensions = [1]
  %shift = tensornet.stop_gradient %largest : tensor<1438xf32>
  %shifts = tensornet.contract %shift[n] -> [n, k] : (tensor<1438xf32>) -> tensor<1438x10xf32>
  %s = arith.subf %logits, %shifts : tensor<1438x10xf32>

  // Targets move a fifth of their weight to all ten digits alike.
  %keep = arith.constant dense<0.8> : tensor<1438x10xf32>
  %spread = arith.constant dense<0.02> : tensor<1438x10xf32>
  %kept = arith.mulf %t, %keep : tensor<1438x10xf32>
  %smooth = arith.addf %kept, %spread : tensor<1438x10xf32>

  // Cross entropy: sum over n of log(sum over k of exp s[n, k]) - smooth[n] . s[n].
  %e = math.exp %s : tensor<1438x10xf32>
  %sums = tensornet.contract %e[n, k] -> [n] : (tensor<1438x10xf32>) -> tensor<1438xf32>
  %logs = math.log %sums : tensor<1438xf32>
  %log_sum = tensornet.contract %logs[n] -> [] : (tensor<1438xf32>) -> tensor<f32>
  %hits = tensornet.contract %smooth[n, k], %s[n, k] -> []
      : (tensor<1438x10xf32>, tensor<1438x10xf32>) -> tensor<f32>
  %entropy = arith.subf %log_sum, %hits : tensor<f32>
  %per_image = arith.constant dense<6.954102921e-4> : tensor<f32> // 1 / 1438
  %mean = arith.mulf %entropy, %per_image : tensor<f32>

  // Penalty: 0.0015 (|w1|^2 + |w2|^2).
  %norm1 = tensornet.contract %w1[p, h], %w1[p, h] -> []
      : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<f32>
  %norm2 = tensornet.contract %w2[h, k], %w2[h, k] -> []
      : (tensor<64x10xf32>, tensor<64x10xf32>) -> tensor<f32>
  %norm = arith.addf %norm1, %norm2 : tensor<f32>
  %decay = arith.constant dense<0.0015> : tensor<f32>
  %penalty = arith.mulf %norm, %decay : tensor<f32>
  %loss = arith.addf %mean, %penalty : tensor<f32>
  return %loss : tensor<f32>
}

// One step of Nesterov's method. The parameters of the step before (%p...) stand
// in for velocities: look ahead to y = w + 0.9 (w - p), then go to y - 0.4 grad(y).
// Returns the new parameters, the old ones, and the loss at y.
func.func @train_step(
    %w1: tensor<64x64xf32>, %b1: tensor<64xf32>, %w2: tensor<64x10xf32>, %b2: tensor<10xf32>,
    %p1: tensor<64x64xf32>, %c1: tensor<64xf32>, %p2: tensor<64x10xf32>, %c2: tensor<10xf32>,
    %x: tensor<1438x64xf32>, %t: tensor<1438x10xf32>)
    -> (tensor<64x64xf32>, tensor<64xf32>, tensor<64x10xf32>, tensor<10xf32>,
        tensor<64x64xf32>, tensor<64xf32>, tensor<64x10xf32>, tensor<10xf32>, tensor<f32>) {
  %momentum = arith.constant dense<0.9> : tensor<f32>
  %rate = arith.constant dense<0.4> : tensor<f32>

  %dw1 = arith.subf %w1, %p1 : tensor<64x64xf32>
  %vw1 = tensornet.contract %momentum[], %dw1[i, j] -> [i, j]
      : (tensor<f32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %yw1 = arith.addf %w1, %vw1 : tensor<64x64xf32>
  %db1 = arith.subf %b1, %c1 : tensor<64xf32>
  %vb1 = tensornet.contract %momentum[], %db1[i] -> [i]
      : (tensor<f32>, tensor<64xf32>) -> tensor<64xf32>
  %yb1 = arith.addf %b1, %vb1 : tensor<64xf32>
  %dw2 = arith.subf %w2, %p2 : tensor<64x10xf32>
  %vw2 = tensornet.contract %momentum[], %dw2[i, j] -> [i, j]
      : (tensor<f32>, tensor<64x10xf32>) -> tensor<64x10xf32>
  %yw2 = arith.addf %w2, %vw2 : tensor<64x10xf32>
  %db2 = arith.subf %b2, %c2 : tensor<10xf32>
  %vb2 = tensornet.contract %momentum[], %db2[i] -> [i]
      : (tensor<f32>, tensor<10xf32>) -> tensor<10xf32>
  %yb2 = arith.addf %b2, %vb2 : tensor<10xf32>

  %loss, %gw1, %gb1, %gw2, %gb2 =
      tensornet.value_and_grad @loss(%yw1, %yb1, %yw2, %yb2, %x, %t) wrt [0, 1, 2, 3]
      : (tensor<64x64xf32>, tensor<64xf32>, tensor<64x10xf32>, tensor<10xf32>,
         tensor<1438x64xf32>, tensor<1438x10xf32>)
      -> (tensor<f32>, tensor<64x64xf32>, tensor<64xf32>, tensor<64x10xf32>, tensor<10xf32>)

  %sw1 = tensornet.contract %rate[], %gw1[i, j] -> [i, j]
      : (tensor<f32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %nw1 = arith.subf %yw1, %sw1 : tensor<64x64xf32>
  %sb1 = tensornet.contract %rate[], %gb1[i] -> [i]
      : (tensor<f32>, tensor<64xf32>) -> tensor<64xf32>
  %nb1 = arith.subf %yb1, %sb1 : tensor<64xf32>
  %sw2 = tensornet.contract %rate[], %gw2[i, j] -> [i, j]
      : (tensor<f32>, tensor<64x10xf32>) -> tensor<64x10xf32>
  %nw2 = arith.subf %yw2, %sw2 : tensor<64x10xf32>
  %sb2 = tensornet.contract %rate[], %gb2[i] -> [i]
      : (tensor<f32>, tensor<10xf32>) -> tensor<10xf32>
  %nb2 = arith.subf %yb2, %sb2 : tensor<10xf32>

  return %nw1, %nb1, %nw2, %nb2, %w1, %b1, %w2, %b2, %loss
      : tensor<64x64xf32>, tensor<64xf32>, tensor<64x10xf32>, tensor<10xf32>,
        tensor<64x64xf32>, tensor<64xf32>, tensor<64x10xf32>, tensor<10xf32>, tensor<f32>
}

// The logits of the 359 held-out images.
func.func @predict(%w1: tensor<64x64xf32>, %b1: tensor<64xf32>,
                   %w2: tensor<64x10xf32>, %b2: tensor<10xf32>,
                   %x: tensor<359x64xf32>) -> tensor<359x10xf32> {
  %xw = tensornet.contract %x[n, p], %w1[p, h] -> [n, h]
      : (tensor<359x64xf32>, tensor<64x64xf32>) -> tensor<359x64xf32>
  %bias1 = tensornet.contract %b1[h] -> [n, h] : (tensor<64xf32>) -> tensor<359x64xf32>
  %z = arith.addf %xw, %bias1 : tensor<359x64xf32>
  %zz = arith.mulf %z, %z : tensor<359x64xf32>
  %minus_half = arith.constant dense<-0.5> : tensor<359x64xf32>
  %exponent = arith.mulf %zz, %minus_half : tensor<359x64xf32>
  %h = math.exp %exponent : tensor<359x64xf32>
  %hw = tensornet.contract %h[n, h], %w2[h, k] -> [n, k]
      : (tensor<359x64xf32>, tensor<64x10xf32>) -> tensor<359x10xf32>
  %bias2 = tensornet.contract %b2[k] -> [n, k] : (tensor<10xf32>) -> tensor<359x10xf32>
  %logits = arith.addf %hw, %bias2 : tensor<359x10xf32>
  return %logits : tensor<359x10xf32>
}

// The fraction of the held-out images whose largest logit is that of their label.
func.func @accuracy(%w1: tensor<64x64xf32>, %b1: tensor<64xf32>,
                    %w2: tensor<64x10xf32>, %b2: tensor<10xf32>,
                    %x: tensor<359x64xf32>, %t: tensor<359x10xf32>) -> tensor<f32> {
  %logits = call @predict(%w1, %b1, %w2, %b2, %x)
      : (tensor<64x64xf32>, tensor<64xf32>, tensor<64x10xf32>, tensor<10xf32>,
         tensor<359x64xf32>) -> tensor<359x10xf32>
  %lowest = arith.constant dense<0xFF800000> : tensor<359xf32>
  %largest = linalg.reduce { arith.maximumf } ins(%logits : tensor<359x10xf32>)
      outs(%lowest : tensor<359xf32>) dimensions = [1]
  %threshold = tensornet.contract %largest[n] -> [n, k] : (tensor<359xf32>) -> tensor<359x10xf32>
  %is_largest = arith.cmpf oeq, %logits, %threshold : tensor<359x10xf32>
  %guess = arith.uitofp %is_largest : tensor<359x10xi1> to tensor<359x10xf32>
  %correct = tensornet.contract %guess[n, k], %t[n, k] -> []
      : (tensor<359x10xf32>, tensor<359x10xf32>) -> tensor<f32>
  %count = arith.constant dense<359.0> : tensor<f32>
  %accuracy = arith.divf %correct, %count : tensor<f32>
  return %accuracy : tensor<f32>
}
