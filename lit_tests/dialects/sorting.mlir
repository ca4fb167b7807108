// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/sorting.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @argsort(
// CHECK: "tessel.argsort"(%arg0) {axis = 0 : i64, descending = true} : (tensor<5x?xf32>) -> tensor<5x?xi64>
func.func @argsort(%arg0: tensor<5x?xf32>) -> tensor<5x?xi64> {
  %0 = "tessel.argsort"(%arg0) {axis = 0 : i64, descending = true} : (tensor<5x?xf32>) -> tensor<5x?xi64>
  return %0 : tensor<5x?xi64>
}

// CHECK-LABEL: @sort(
// CHECK: "tessel.sort"(%arg0) {axis = 0 : i64, descending = false} : (tensor<5x?xf32>) -> tensor<5x?xf32>
func.func @sort(%arg0: tensor<5x?xf32>) -> tensor<5x?xf32> {
  %0 = "tessel.sort"(%arg0) {axis = 0 : i64, descending = false} : (tensor<5x?xf32>) -> tensor<5x?xf32>
  return %0 : tensor<5x?xf32>
}

// CHECK-LABEL: @top_k(
// CHECK: "tessel.top_k"(%arg0) {axis = 1 : i64, k = 3 : i64} : (tensor<5x7xf32>) -> (tensor<5x3xf32>, tensor<5x3xi64>)
func.func @top_k(%arg0: tensor<5x7xf32>) -> (tensor<5x3xf32>, tensor<5x3xi64>) {
  %0:2 = "tessel.top_k"(%arg0) {axis = 1 : i64, k = 3 : i64} : (tensor<5x7xf32>) -> (tensor<5x3xf32>, tensor<5x3xi64>)
  return %0#0, %0#1 : tensor<5x3xf32>, tensor<5x3xi64>
}
