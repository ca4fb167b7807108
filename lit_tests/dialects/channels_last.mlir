// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/channels_last.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @channels_last_convolution(
// CHECK: "tessel.channels_last_convolution"(%arg0, %arg1) {dilation = 1 : i64, strides = array<i64: 2, 1>} : (tensor<1x5x6x3xf32>, tensor<3x2x3x4xf32>) -> tensor<1x2x5x4xf32>
func.func @channels_last_convolution(%arg0: tensor<1x5x6x3xf32>, %arg1: tensor<3x2x3x4xf32>) -> tensor<1x2x5x4xf32> {
  %0 = "tessel.channels_last_convolution"(%arg0, %arg1) {strides = array<i64: 2, 1>, dilation = 1 : i64} : (tensor<1x5x6x3xf32>, tensor<3x2x3x4xf32>) -> tensor<1x2x5x4xf32>
  return %0 : tensor<1x2x5x4xf32>
}

// CHECK-LABEL: @packed_convolution(
// CHECK: "tessel.packed_convolution"(%arg0, %arg1) {dilation = 1 : i64, filters = 4 : i64, kernel = array<i64: 3, 2>, strides = array<i64: 2, 1>} : (tensor<1x5x6x3xf32>, tensor<1x18x16xf32>) -> tensor<1x2x5x4xf32>
func.func @packed_convolution(%arg0: tensor<1x5x6x3xf32>, %arg1: tensor<1x18x16xf32>) -> tensor<1x2x5x4xf32> {
  %0 = "tessel.packed_convolution"(%arg0, %arg1) {kernel = array<i64: 3, 2>, strides = array<i64: 2, 1>, dilation = 1 : i64, filters = 4 : i64} : (tensor<1x5x6x3xf32>, tensor<1x18x16xf32>) -> tensor<1x2x5x4xf32>
  return %0 : tensor<1x2x5x4xf32>
}

// CHECK-LABEL: @depthwise_convolution(
// CHECK: "tessel.depthwise_convolution"(%arg0, %arg1) {high = array<i64: 0, 0>, low = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x5x6x3xf32>, tensor<3x3x3xf32>) -> tensor<1x3x4x3xf32>
func.func @depthwise_convolution(%arg0: tensor<1x5x6x3xf32>, %arg1: tensor<3x3x3xf32>) -> tensor<1x3x4x3xf32> {
  %0 = "tessel.depthwise_convolution"(%arg0, %arg1) {high = array<i64: 0, 0>, low = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x5x6x3xf32>, tensor<3x3x3xf32>) -> tensor<1x3x4x3xf32>
  return %0 : tensor<1x3x4x3xf32>
}
