// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/convolution.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @convolution(
// CHECK: "tessel.convolution"(%arg0, %arg1) {dilation = array<i64: 1, 1>, groups = 1 : i64, input_dilation = array<i64: 1, 1>, padding_high = array<i64: 1, 1>, padding_low = array<i64: 1, 1>, strides = array<i64: 1, 1>} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x8x8xf32>
func.func @convolution(%arg0: tensor<1x3x8x8xf32>, %arg1: tensor<4x3x3x3xf32>) -> tensor<1x4x8x8xf32> {
  %0 = "tessel.convolution"(%arg0, %arg1) {dilation = array<i64: 1, 1>, groups = 1 : i64, input_dilation = array<i64: 1, 1>, padding_high = array<i64: 1, 1>, padding_low = array<i64: 1, 1>, strides = array<i64: 1, 1>} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x8x8xf32>
  return %0 : tensor<1x4x8x8xf32>
}
