// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/winograd.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @winograd_input(
// CHECK: "tessel.winograd_input"(%arg0) : (tensor<1x5x7x3xf32>) -> tensor<6x16x3xf32>
func.func @winograd_input(%arg0: tensor<1x5x7x3xf32>) -> tensor<6x16x3xf32> {
  %0 = "tessel.winograd_input"(%arg0) : (tensor<1x5x7x3xf32>) -> tensor<6x16x3xf32>
  return %0 : tensor<6x16x3xf32>
}

// CHECK-LABEL: @winograd_convolution(
// CHECK: "tessel.winograd_convolution"(%arg0, %arg1) {filters = 4 : i64, output = array<i64: 1, 3, 5>} : (tensor<6x16x3xf32>, tensor<1x48x16xf32>) -> tensor<1x3x5x4xf32>
func.func @winograd_convolution(%arg0: tensor<6x16x3xf32>, %arg1: tensor<1x48x16xf32>) -> tensor<1x3x5x4xf32> {
  %0 = "tessel.winograd_convolution"(%arg0, %arg1) {filters = 4 : i64, output = array<i64: 1, 3, 5>} : (tensor<6x16x3xf32>, tensor<1x48x16xf32>) -> tensor<1x3x5x4xf32>
  return %0 : tensor<1x3x5x4xf32>
}
