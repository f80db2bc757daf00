"""Prints a chain of 2,000 matrices, multiplied from the left."""

N = 2000
arguments = ", ".join(f"%a{n}: tensor<2x2xf32>" for n in range(N))
print(f"func.func @chain({arguments}) -> tensor<2x2xf32> {{")
product = "%a0"
for n in range(1, N):
    print(f"  %t{n} = tensornet.contract {product}[i, j], %a{n}[j, k] -> [i, k]"
          " : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>")
    product = f"%t{n}"
print(f"  return {product} : tensor<2x2xf32>\n}}")
