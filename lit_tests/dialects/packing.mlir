// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/packing.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @pack_matrix(
// CHECK: "tessel.pack_matrix"(%arg0) {kr = 1 : i64, nr = 4 : i64} : (tensor<3x5xf32>) -> tensor<2x3x4xf32>
func.func @pack_matrix(%arg0: tensor<3x5xf32>) -> tensor<2x3x4xf32> {
  %0 = "tessel.pack_matrix"(%arg0) {kr = 1 : i64, nr = 4 : i64} : (tensor<3x5xf32>) -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}

// CHECK-LABEL: @packed_matmul(
// CHECK: "tessel.packed_matmul"(%arg0, %arg1) {kr = 1 : i64, n = 5 : i64, zero_point = 0 : i64} : (tensor<?x3xf32>, tensor<2x3x4xf32>) -> tensor<?x5xf32>
func.func @packed_matmul(%arg0: tensor<?x3xf32>, %arg1: tensor<2x3x4xf32>) -> tensor<?x5xf32> {
  %0 = "tessel.packed_matmul"(%arg0, %arg1) {n = 5 : i64, kr = 1 : i64, zero_point = 0 : i64} : (tensor<?x3xf32>, tensor<2x3x4xf32>) -> tensor<?x5xf32>
  return %0 : tensor<?x5xf32>
}

// CHECK-LABEL: @packed_integers(
// CHECK: "tessel.packed_matmul"(%arg0, %arg1) {kr = 4 : i64, n = 5 : i64, zero_point = 0 : i64} : (tensor<2x8xui8>, tensor<2x2x16xi8>) -> tensor<2x5xi32>
func.func @packed_integers(%arg0: tensor<2x8xui8>, %arg1: tensor<2x2x16xi8>) -> tensor<2x5xi32> {
  %0 = "tessel.packed_matmul"(%arg0, %arg1) {n = 5 : i64, kr = 4 : i64, zero_point = 0 : i64} : (tensor<2x8xui8>, tensor<2x2x16xi8>) -> tensor<2x5xi32>
  return %0 : tensor<2x5xi32>
}
