// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/indexing.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @gather_nd(
// CHECK: "tessel.gather_nd"(%arg0, %arg1) : (tensor<5x7xf32>, tensor<3x2xi64>) -> tensor<3xf32>
func.func @gather_nd(%arg0: tensor<5x7xf32>, %arg1: tensor<3x2xi64>) -> tensor<3xf32> {
  %0 = "tessel.gather_nd"(%arg0, %arg1) : (tensor<5x7xf32>, tensor<3x2xi64>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// CHECK-LABEL: @scatter_nd(
// CHECK: "tessel.scatter_nd"(%arg0, %arg1, %arg2) {kind = "add"} : (tensor<5x7xf32>, tensor<3x1xi64>, tensor<3x7xf32>) -> tensor<5x7xf32>
func.func @scatter_nd(%arg0: tensor<5x7xf32>, %arg1: tensor<3x1xi64>, %arg2: tensor<3x7xf32>) -> tensor<5x7xf32> {
  %0 = "tessel.scatter_nd"(%arg0, %arg1, %arg2) {kind = "add"} : (tensor<5x7xf32>, tensor<3x1xi64>, tensor<3x7xf32>) -> tensor<5x7xf32>
  return %0 : tensor<5x7xf32>
}

// CHECK-LABEL: @search_sorted(
// CHECK: "tessel.search_sorted"(%arg0, %arg1) {side = "left"} : (tensor<5xf32>, tensor<3x?xf32>) -> tensor<3x?xi64>
func.func @search_sorted(%arg0: tensor<5xf32>, %arg1: tensor<3x?xf32>) -> tensor<3x?xi64> {
  %0 = "tessel.search_sorted"(%arg0, %arg1) {side = "left"} : (tensor<5xf32>, tensor<3x?xf32>) -> tensor<3x?xi64>
  return %0 : tensor<3x?xi64>
}

// CHECK-LABEL: @take(
// CHECK: "tessel.take"(%arg0, %arg1) {axis = 1 : i64} : (tensor<5x7xf32>, tensor<3xi64>) -> tensor<5x3xf32>
func.func @take(%arg0: tensor<5x7xf32>, %arg1: tensor<3xi64>) -> tensor<5x3xf32> {
  %0 = "tessel.take"(%arg0, %arg1) {axis = 1 : i64} : (tensor<5x7xf32>, tensor<3xi64>) -> tensor<5x3xf32>
  return %0 : tensor<5x3xf32>
}

// CHECK-LABEL: @take_along_axis(
// CHECK: "tessel.take_along_axis"(%arg0, %arg1) {axis = 1 : i64} : (tensor<5x7xf32>, tensor<5x2xi64>) -> tensor<5x2xf32>
func.func @take_along_axis(%arg0: tensor<5x7xf32>, %arg1: tensor<5x2xi64>) -> tensor<5x2xf32> {
  %0 = "tessel.take_along_axis"(%arg0, %arg1) {axis = 1 : i64} : (tensor<5x7xf32>, tensor<5x2xi64>) -> tensor<5x2xf32>
  return %0 : tensor<5x2xf32>
}
