// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/cumulative.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @cumulative_max(
// CHECK: "tessel.cumulative_max"(%arg0) {axis = 1 : i64} : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @cumulative_max(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.cumulative_max"(%arg0) {axis = 1 : i64} : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @cumulative_min(
// CHECK: "tessel.cumulative_min"(%arg0) {axis = 1 : i64} : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @cumulative_min(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.cumulative_min"(%arg0) {axis = 1 : i64} : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @cumulative_prod(
// CHECK: "tessel.cumulative_prod"(%arg0) {axis = 1 : i64} : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @cumulative_prod(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.cumulative_prod"(%arg0) {axis = 1 : i64} : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @cumulative_sum(
// CHECK: "tessel.cumulative_sum"(%arg0) {axis = 1 : i64} : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @cumulative_sum(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.cumulative_sum"(%arg0) {axis = 1 : i64} : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}
