// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-hoist-constant-expressions)' | filecheck %s
// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-hoist-constant-expressions,tessel-hoist-constant-expressions)' | filecheck %s

// CHECK-LABEL: func.func @constant_evaluation() -> tensor<3x2xf32>
// CHECK-NEXT: "tessel.parameter"() {dtype = f32, key = "p0"
// CHECK-NEXT: tessel.transpose
// CHECK-NEXT: tessel.exp
// CHECK-NEXT: return
// CHECK-LABEL: @hoists_a_chain
// CHECK-NEXT: %[[PREPARED:.*]] = "tessel.parameter"() {dtype = f32, key = "folded_0", shape = array<i64: 3, 2>}
// CHECK-NEXT: "tessel.matmul"(%arg0, %[[PREPARED]])
// CHECK-NEXT: return
func.func @hoists_a_chain(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = "tessel.parameter"() {dtype = f32, key = "p0", shape = array<i64: 2, 3>} : () -> tensor<2x3xf32>
  %t = "tessel.transpose"(%w) {permutation = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %e = "tessel.exp"(%t) : (tensor<3x2xf32>) -> tensor<3x2xf32>
  %0 = "tessel.matmul"(%x, %e) : (tensor<4x3xf32>, tensor<3x2xf32>) -> tensor<4x2xf32>
  return %0 : tensor<4x2xf32>
}

// -----

// What the program uses in part and in whole is computed once.
// CHECK-LABEL: func.func @constant_evaluation() -> (tensor<2x3xf32>, tensor<2x3xf32>)
// CHECK: tessel.exp
// CHECK: tessel.negate
// CHECK-LABEL: @two_results
// CHECK: key = "folded_0"
// CHECK: key = "folded_1"
func.func @two_results(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  %w = "tessel.parameter"() {dtype = f32, key = "p0", shape = array<i64: 2, 3>} : () -> tensor<2x3xf32>
  %e = "tessel.exp"(%w) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %n = "tessel.negate"(%e) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %0 = "tessel.add"(%x, %e) : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = "tessel.add"(%x, %n) : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0, %1 : tensor<2x3xf32>, tensor<2x3xf32>
}

// -----

// CHECK-NOT: @constant_evaluation
// CHECK-LABEL: @leaves_parameters_and_constants
// CHECK: tessel.constant
// CHECK: tessel.exp
func.func @leaves_parameters_and_constants(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %w = "tessel.parameter"() {dtype = f32, key = "p0", shape = array<i64: 2>} : () -> tensor<2xf32>
  %c = "tessel.constant"() {dtype = f32, value = dense<[1.0, 2.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %e = "tessel.exp"(%c) : (tensor<2xf32>) -> tensor<2xf32>
  %0 = "tessel.add"(%x, %w) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %1 = "tessel.add"(%x, %e) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %0, %1 : tensor<2xf32>, tensor<2xf32>
}

// -----

// A result that is much larger than the parameter would be read from memory each time.
// CHECK-NOT: @constant_evaluation
// CHECK-LABEL: @leaves_what_grows
// CHECK: tessel.broadcast_to
func.func @leaves_what_grows(%x: tensor<64x2xf32>) -> tensor<64x2xf32> {
  %w = "tessel.parameter"() {dtype = f32, key = "p0", shape = array<i64: 2>} : () -> tensor<2xf32>
  %b = "tessel.broadcast_to"(%w) {shape = array<i64: 64, 2>} : (tensor<2xf32>) -> tensor<64x2xf32>
  %0 = "tessel.add"(%x, %b) : (tensor<64x2xf32>, tensor<64x2xf32>) -> tensor<64x2xf32>
  return %0 : tensor<64x2xf32>
}
