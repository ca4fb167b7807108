// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/attention.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @scaled_dot_product_attention(
// CHECK: "tessel.scaled_dot_product_attention"(%arg0, %arg1, %arg2) {causal = true, operandSegmentSizes = array<i32: 1, 1, 1, 0>, scale = 5.000000e-01 : f64} : (tensor<1x4x5x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x8xf32>) -> tensor<1x4x5x8xf32>
func.func @scaled_dot_product_attention(%arg0: tensor<1x4x5x8xf32>, %arg1: tensor<1x2x6x8xf32>, %arg2: tensor<1x2x6x8xf32>) -> tensor<1x4x5x8xf32> {
  %0 = "tessel.scaled_dot_product_attention"(%arg0, %arg1, %arg2) {causal = true, operandSegmentSizes = array<i32: 1, 1, 1, 0>, scale = 5.000000e-01 : f64} : (tensor<1x4x5x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x8xf32>) -> tensor<1x4x5x8xf32>
  return %0 : tensor<1x4x5x8xf32>
}

// CHECK-LABEL: @scaled_dot_product_attention_logsumexp(
// CHECK: "tessel.scaled_dot_product_attention_logsumexp"(%arg0, %arg1, %arg2) {causal = false, operandSegmentSizes = array<i32: 1, 1, 1, 0>, scale = 5.000000e-01 : f64} : (tensor<1x4x5x8xbf16>, tensor<1x2x6x8xbf16>, tensor<1x2x6x8xbf16>) -> (tensor<1x4x5x8xbf16>, tensor<1x4x5xf32>)
func.func @scaled_dot_product_attention_logsumexp(%arg0: tensor<1x4x5x8xbf16>, %arg1: tensor<1x2x6x8xbf16>, %arg2: tensor<1x2x6x8xbf16>) -> (tensor<1x4x5x8xbf16>, tensor<1x4x5xf32>) {
  %0:2 = "tessel.scaled_dot_product_attention_logsumexp"(%arg0, %arg1, %arg2) {causal = false, operandSegmentSizes = array<i32: 1, 1, 1, 0>, scale = 5.000000e-01 : f64} : (tensor<1x4x5x8xbf16>, tensor<1x2x6x8xbf16>, tensor<1x2x6x8xbf16>) -> (tensor<1x4x5x8xbf16>, tensor<1x4x5xf32>)
  return %0#0, %0#1 : tensor<1x4x5x8xbf16>, tensor<1x4x5xf32>
}
