// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/slicing.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @dynamic_slice(
// CHECK: "tessel.dynamic_slice"(%arg0, %arg1, %arg2, %arg3) {operandSegmentSizes = array<i32: 1, 2, 1>, shape = array<i64: 3, -1>} : (tensor<5x7xf32>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<3x?xf32>
func.func @dynamic_slice(%arg0: tensor<5x7xf32>, %arg1: tensor<i64>, %arg2: tensor<i64>, %arg3: tensor<i64>) -> tensor<3x?xf32> {
  %0 = "tessel.dynamic_slice"(%arg0, %arg1, %arg2, %arg3) {operandSegmentSizes = array<i32: 1, 2, 1>, shape = array<i64: 3, -1>} : (tensor<5x7xf32>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<3x?xf32>
  return %0 : tensor<3x?xf32>
}

// CHECK-LABEL: @dynamic_update_slice(
// CHECK: "tessel.dynamic_update_slice"(%arg0, %arg1, %arg2, %arg3) {operandSegmentSizes = array<i32: 1, 1, 2>} : (tensor<5x7xf32>, tensor<2x3xf32>, tensor<i64>, tensor<i64>) -> tensor<5x7xf32>
func.func @dynamic_update_slice(%arg0: tensor<5x7xf32>, %arg1: tensor<2x3xf32>, %arg2: tensor<i64>, %arg3: tensor<i64>) -> tensor<5x7xf32> {
  %0 = "tessel.dynamic_update_slice"(%arg0, %arg1, %arg2, %arg3) {operandSegmentSizes = array<i32: 1, 1, 2>} : (tensor<5x7xf32>, tensor<2x3xf32>, tensor<i64>, tensor<i64>) -> tensor<5x7xf32>
  return %0 : tensor<5x7xf32>
}

// CHECK-LABEL: @slice(
// CHECK: "tessel.slice"(%arg0) {starts = array<i64: 1, 0>, steps = array<i64: 2, 3>, stops = array<i64: 5, 7>} : (tensor<5x7xf32>) -> tensor<2x3xf32>
func.func @slice(%arg0: tensor<5x7xf32>) -> tensor<2x3xf32> {
  %0 = "tessel.slice"(%arg0) {starts = array<i64: 1, 0>, steps = array<i64: 2, 3>, stops = array<i64: 5, 7>} : (tensor<5x7xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: @update_slice(
// CHECK: "tessel.update_slice"(%arg0, %arg1) {starts = array<i64: 1, 2>, steps = array<i64: 1, 1>} : (tensor<5x7xf32>, tensor<2x3xf32>) -> tensor<5x7xf32>
func.func @update_slice(%arg0: tensor<5x7xf32>, %arg1: tensor<2x3xf32>) -> tensor<5x7xf32> {
  %0 = "tessel.update_slice"(%arg0, %arg1) {starts = array<i64: 1, 2>, steps = array<i64: 1, 1>} : (tensor<5x7xf32>, tensor<2x3xf32>) -> tensor<5x7xf32>
  return %0 : tensor<5x7xf32>
}
