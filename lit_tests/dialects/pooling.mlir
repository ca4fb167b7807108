// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/pooling.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @pool(
// CHECK: "tessel.pool"(%arg0) {count_include_padding = false, dilation = array<i64: 1, 1>, kind = "max", padding_high = array<i64: 0, 0>, padding_low = array<i64: 0, 0>, strides = array<i64: 2, 2>, window = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>) -> tensor<1x3x4x4xf32>
func.func @pool(%arg0: tensor<1x3x8x8xf32>) -> tensor<1x3x4x4xf32> {
  %0 = "tessel.pool"(%arg0) {count_include_padding = false, dilation = array<i64: 1, 1>, kind = "max", padding_high = array<i64: 0, 0>, padding_low = array<i64: 0, 0>, strides = array<i64: 2, 2>, window = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>) -> tensor<1x3x4x4xf32>
  return %0 : tensor<1x3x4x4xf32>
}
