// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/constant.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @constant(
// CHECK: "tessel.constant"() {dtype = f32, value = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>} : () -> tensor<2xf32>
func.func @constant() -> tensor<2xf32> {
  %0 = "tessel.constant"() {dtype = f32, value = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>} : () -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: @iota(
// CHECK: "tessel.iota"(%arg0) {axis = 1 : i64, dtype = f32, operandSegmentSizes = array<i32: 1>, shape = array<i64: 3, -1>} : (tensor<i64>) -> tensor<3x?xf32>
func.func @iota(%arg0: tensor<i64>) -> tensor<3x?xf32> {
  %0 = "tessel.iota"(%arg0) {axis = 1 : i64, dtype = f32, operandSegmentSizes = array<i32: 1>, shape = array<i64: 3, -1>} : (tensor<i64>) -> tensor<3x?xf32>
  return %0 : tensor<3x?xf32>
}

// CHECK-LABEL: @parameter(
// CHECK: "tessel.parameter"() {dtype = f32, key = "w", shape = array<i64: 2, 3>} : () -> tensor<2x3xf32>
func.func @parameter() -> tensor<2x3xf32> {
  %0 = "tessel.parameter"() {dtype = f32, key = "w", shape = array<i64: 2, 3>} : () -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
