// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/contraction.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @matmul(
// CHECK: "tessel.matmul"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<?x5xf32>) -> tensor<4x5xf32>
func.func @matmul(%arg0: tensor<4x?xf32>, %arg1: tensor<?x5xf32>) -> tensor<4x5xf32> {
  %0 = "tessel.matmul"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<?x5xf32>) -> tensor<4x5xf32>
  return %0 : tensor<4x5xf32>
}
