// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/reduction.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @argmax(
// CHECK: "tessel.argmax"(%arg0) {axis = 1 : i64, keepdims = false} : (tensor<4x?xf32>) -> tensor<4xi64>
func.func @argmax(%arg0: tensor<4x?xf32>) -> tensor<4xi64> {
  %0 = "tessel.argmax"(%arg0) {axis = 1 : i64, keepdims = false} : (tensor<4x?xf32>) -> tensor<4xi64>
  return %0 : tensor<4xi64>
}

// CHECK-LABEL: @argmin(
// CHECK: "tessel.argmin"(%arg0) {axis = 1 : i64, keepdims = false} : (tensor<4x?xf32>) -> tensor<4xi64>
func.func @argmin(%arg0: tensor<4x?xf32>) -> tensor<4xi64> {
  %0 = "tessel.argmin"(%arg0) {axis = 1 : i64, keepdims = false} : (tensor<4x?xf32>) -> tensor<4xi64>
  return %0 : tensor<4xi64>
}

// CHECK-LABEL: @reduce_all(
// CHECK: "tessel.reduce_all"(%arg0) {axes = array<i64: 1>, keepdims = true} : (tensor<4x?xi1>) -> tensor<4x1xi1>
func.func @reduce_all(%arg0: tensor<4x?xi1>) -> tensor<4x1xi1> {
  %0 = "tessel.reduce_all"(%arg0) {axes = array<i64: 1>, keepdims = true} : (tensor<4x?xi1>) -> tensor<4x1xi1>
  return %0 : tensor<4x1xi1>
}

// CHECK-LABEL: @reduce_any(
// CHECK: "tessel.reduce_any"(%arg0) {axes = array<i64: 1>, keepdims = true} : (tensor<4x?xi1>) -> tensor<4x1xi1>
func.func @reduce_any(%arg0: tensor<4x?xi1>) -> tensor<4x1xi1> {
  %0 = "tessel.reduce_any"(%arg0) {axes = array<i64: 1>, keepdims = true} : (tensor<4x?xi1>) -> tensor<4x1xi1>
  return %0 : tensor<4x1xi1>
}

// CHECK-LABEL: @reduce_max(
// CHECK: "tessel.reduce_max"(%arg0) {axes = array<i64: 1>, keepdims = true} : (tensor<4x?xf32>) -> tensor<4x1xf32>
func.func @reduce_max(%arg0: tensor<4x?xf32>) -> tensor<4x1xf32> {
  %0 = "tessel.reduce_max"(%arg0) {axes = array<i64: 1>, keepdims = true} : (tensor<4x?xf32>) -> tensor<4x1xf32>
  return %0 : tensor<4x1xf32>
}

// CHECK-LABEL: @reduce_min(
// CHECK: "tessel.reduce_min"(%arg0) {axes = array<i64: 1>, keepdims = true} : (tensor<4x?xf32>) -> tensor<4x1xf32>
func.func @reduce_min(%arg0: tensor<4x?xf32>) -> tensor<4x1xf32> {
  %0 = "tessel.reduce_min"(%arg0) {axes = array<i64: 1>, keepdims = true} : (tensor<4x?xf32>) -> tensor<4x1xf32>
  return %0 : tensor<4x1xf32>
}

// CHECK-LABEL: @reduce_prod(
// CHECK: "tessel.reduce_prod"(%arg0) {axes = array<i64: 1>, keepdims = true} : (tensor<4x?xf32>) -> tensor<4x1xf32>
func.func @reduce_prod(%arg0: tensor<4x?xf32>) -> tensor<4x1xf32> {
  %0 = "tessel.reduce_prod"(%arg0) {axes = array<i64: 1>, keepdims = true} : (tensor<4x?xf32>) -> tensor<4x1xf32>
  return %0 : tensor<4x1xf32>
}

// CHECK-LABEL: @reduce_sum(
// CHECK: "tessel.reduce_sum"(%arg0) {axes = array<i64: 1>, keepdims = true} : (tensor<4x?xf32>) -> tensor<4x1xf32>
func.func @reduce_sum(%arg0: tensor<4x?xf32>) -> tensor<4x1xf32> {
  %0 = "tessel.reduce_sum"(%arg0) {axes = array<i64: 1>, keepdims = true} : (tensor<4x?xf32>) -> tensor<4x1xf32>
  return %0 : tensor<4x1xf32>
}
