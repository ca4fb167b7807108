// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/shape.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @broadcast_to(
// CHECK: "tessel.broadcast_to"(%arg0) {operandSegmentSizes = array<i32: 1, 0>, shape = array<i64: 4, 3>} : (tensor<1x3xf32>) -> tensor<4x3xf32>
func.func @broadcast_to(%arg0: tensor<1x3xf32>) -> tensor<4x3xf32> {
  %0 = "tessel.broadcast_to"(%arg0) {operandSegmentSizes = array<i32: 1, 0>, shape = array<i64: 4, 3>} : (tensor<1x3xf32>) -> tensor<4x3xf32>
  return %0 : tensor<4x3xf32>
}

// CHECK-LABEL: @concatenate(
// CHECK: "tessel.concatenate"(%arg0, %arg1) {axis = 0 : i64} : (tensor<2x3xf32>, tensor<4x3xf32>) -> tensor<6x3xf32>
func.func @concatenate(%arg0: tensor<2x3xf32>, %arg1: tensor<4x3xf32>) -> tensor<6x3xf32> {
  %0 = "tessel.concatenate"(%arg0, %arg1) {axis = 0 : i64} : (tensor<2x3xf32>, tensor<4x3xf32>) -> tensor<6x3xf32>
  return %0 : tensor<6x3xf32>
}

// CHECK-LABEL: @dim(
// CHECK: "tessel.dim"(%arg0) {axis = 0 : i64} : (tensor<?xf32>) -> tensor<i64>
func.func @dim(%arg0: tensor<?xf32>) -> tensor<i64> {
  %0 = "tessel.dim"(%arg0) {axis = 0 : i64} : (tensor<?xf32>) -> tensor<i64>
  return %0 : tensor<i64>
}

// CHECK-LABEL: @pad(
// CHECK: "tessel.pad"(%arg0, %arg1) {high = array<i64: 0, 2>, low = array<i64: 1, 0>} : (tensor<2x3xf32>, tensor<f32>) -> tensor<3x5xf32>
func.func @pad(%arg0: tensor<2x3xf32>, %arg1: tensor<f32>) -> tensor<3x5xf32> {
  %0 = "tessel.pad"(%arg0, %arg1) {high = array<i64: 0, 2>, low = array<i64: 1, 0>} : (tensor<2x3xf32>, tensor<f32>) -> tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}

// CHECK-LABEL: @reshape(
// CHECK: "tessel.reshape"(%arg0, %arg1) {operandSegmentSizes = array<i32: 1, 1>, shape = array<i64: -1, 2>} : (tensor<2x?xf32>, tensor<i64>) -> tensor<?x2xf32>
func.func @reshape(%arg0: tensor<2x?xf32>, %arg1: tensor<i64>) -> tensor<?x2xf32> {
  %0 = "tessel.reshape"(%arg0, %arg1) {operandSegmentSizes = array<i32: 1, 1>, shape = array<i64: -1, 2>} : (tensor<2x?xf32>, tensor<i64>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// CHECK-LABEL: @reverse(
// CHECK: "tessel.reverse"(%arg0) {axes = array<i64: 1>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @reverse(%arg0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "tessel.reverse"(%arg0) {axes = array<i64: 1>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: @transpose(
// CHECK: "tessel.transpose"(%arg0) {permutation = array<i64: 1, 0>} : (tensor<2x?xf32>) -> tensor<?x2xf32>
func.func @transpose(%arg0: tensor<2x?xf32>) -> tensor<?x2xf32> {
  %0 = "tessel.transpose"(%arg0) {permutation = array<i64: 1, 0>} : (tensor<2x?xf32>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
