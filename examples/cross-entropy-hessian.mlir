// Cross entropy of logits x against targets t: -sum_k t_k log p_k with
// p = softmax(x). Its Hessian is sum(t) (diag(p) - p p'), whatever t is.
//
//   tn-run cross-entropy-hessian.mlir --entry=hessian
func.func @cross_entropy(%x: tensor<7xf64>, %t: tensor<7xf64>) -> tensor<f64> {
  // The largest logit becomes 0, so that no exponential overflows. The loss does
  // not depend on the shift, so its derivative is left out.
  %lowest = arith.constant dense<0xFFF0000000000000> : tensor<f64>
  %largest = linalg.reduce { arith.maximumf } ins(%x : tensor<7xf64>)
      outs(%lowest : tensor<f64>) dimensions = [0]
  %shift = tensornet.stop_gradient %largest : tensor<f64>
  %shifts = tensornet.contract %shift[] -> [k] : (tensor<f64>) -> tensor<7xf64>
  %s = arith.subf %x, %shifts : tensor<7xf64>

  // log p = s - log(sum exp s)
  %e = math.exp %s : tensor<7xf64>
  %sum = tensornet.contract %e[k] -> [] : (tensor<7xf64>) -> tensor<f64>
  %log_sum = math.log %sum : tensor<f64>
  %log_sums = tensornet.contract %log_sum[] -> [k] : (tensor<f64>) -> tensor<7xf64>
  %log_p = arith.subf %s, %log_sums : tensor<7xf64>
  %hits = tensornet.contract %t[k], %log_p[k] -> []
      : (tensor<7xf64>, tensor<7xf64>) -> tensor<f64>
  %loss = arith.negf %hits : tensor<f64>
  return %loss : tensor<f64>
}

func.func @hessian(%x: tensor<7xf64>, %t: tensor<7xf64>) -> tensor<7x7xf64> {
  %h = tensornet.hessian @cross_entropy(%x, %t) wrt [0]
      : (tensor<7xf64>, tensor<7xf64>) -> tensor<7x7xf64>
  return %h : tensor<7x7xf64>
}
