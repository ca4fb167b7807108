// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/normalization.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @batch_norm(
// CHECK: "tessel.batch_norm"(%arg0, %arg1, %arg2, %arg3, %arg4) {epsilon = 1.000000e-05 : f64} : (tensor<1x4x5xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x5xf32>
func.func @batch_norm(%arg0: tensor<1x4x5xf32>, %arg1: tensor<4xf32>, %arg2: tensor<4xf32>, %arg3: tensor<4xf32>, %arg4: tensor<4xf32>) -> tensor<1x4x5xf32> {
  %0 = "tessel.batch_norm"(%arg0, %arg1, %arg2, %arg3, %arg4) {epsilon = 1.000000e-05 : f64} : (tensor<1x4x5xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x5xf32>
  return %0 : tensor<1x4x5xf32>
}

// CHECK-LABEL: @group_norm(
// CHECK: "tessel.group_norm"(%arg0) {epsilon = 1.000000e-05 : f64, groups = 2 : i64, operandSegmentSizes = array<i32: 1, 0, 0>} : (tensor<1x4x5xf32>) -> tensor<1x4x5xf32>
func.func @group_norm(%arg0: tensor<1x4x5xf32>) -> tensor<1x4x5xf32> {
  %0 = "tessel.group_norm"(%arg0) {epsilon = 1.000000e-05 : f64, groups = 2 : i64, operandSegmentSizes = array<i32: 1, 0, 0>} : (tensor<1x4x5xf32>) -> tensor<1x4x5xf32>
  return %0 : tensor<1x4x5xf32>
}

// CHECK-LABEL: @layer_norm(
// CHECK: "tessel.layer_norm"(%arg0, %arg1) {axis = 1 : i64, epsilon = 1.000000e-05 : f64, operandSegmentSizes = array<i32: 1, 1, 0>} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
func.func @layer_norm(%arg0: tensor<2x3xf32>, %arg1: tensor<3xf32>) -> tensor<2x3xf32> {
  %0 = "tessel.layer_norm"(%arg0, %arg1) {axis = 1 : i64, epsilon = 1.000000e-05 : f64, operandSegmentSizes = array<i32: 1, 1, 0>} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: @log_softmax(
// CHECK: "tessel.log_softmax"(%arg0) {axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @log_softmax(%arg0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "tessel.log_softmax"(%arg0) {axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: @rms_norm(
// CHECK: "tessel.rms_norm"(%arg0) {axis = 1 : i64, epsilon = 1.000000e-05 : f64, operandSegmentSizes = array<i32: 1, 0>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @rms_norm(%arg0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "tessel.rms_norm"(%arg0) {axis = 1 : i64, epsilon = 1.000000e-05 : f64, operandSegmentSizes = array<i32: 1, 0>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: @softmax(
// CHECK: "tessel.softmax"(%arg0) {axis = 1 : i64} : (tensor<2x?xf32>) -> tensor<2x?xf32>
func.func @softmax(%arg0: tensor<2x?xf32>) -> tensor<2x?xf32> {
  %0 = "tessel.softmax"(%arg0) {axis = 1 : i64} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  return %0 : tensor<2x?xf32>
}
