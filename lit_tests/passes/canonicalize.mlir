// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-canonicalize)' | filecheck %s
// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-canonicalize,tessel-canonicalize)' | filecheck %s

// CHECK-LABEL: @composes_transposes
// CHECK-NOT: tessel.transpose
// CHECK: return %arg0
func.func @composes_transposes(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %1 = "tessel.transpose"(%0) {permutation = array<i64: 1, 0>} : (tensor<3x2xf32>) -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// CHECK-LABEL: @keeps_a_transpose
// CHECK: tessel.transpose
func.func @keeps_a_transpose(%x: tensor<2x3xf32>) -> tensor<3x2xf32> {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}

// CHECK-LABEL: @multiplies_by_one
// CHECK-NOT: tessel.multiply
// CHECK: return %arg0
func.func @multiplies_by_one(%x: tensor<4xf32>) -> tensor<4xf32> {
  %one = "tessel.constant"() {dtype = f32, value = dense<1.0> : tensor<f32>} : () -> tensor<f32>
  %0 = "tessel.multiply"(%x, %one) : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// x + 0.0 is not x where x is -0.0.
// CHECK-LABEL: @keeps_the_sum_with_positive_zero
// CHECK: tessel.add
func.func @keeps_the_sum_with_positive_zero(%x: tensor<4xf32>) -> tensor<4xf32> {
  %zero = "tessel.constant"() {dtype = f32, value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  %0 = "tessel.add"(%x, %zero) : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: @folds_constants
// CHECK: dense<5.000000e+00>
// CHECK-NOT: tessel.add
func.func @folds_constants() -> tensor<f32> {
  %a = "tessel.constant"() {dtype = f32, value = dense<2.0> : tensor<f32>} : () -> tensor<f32>
  %b = "tessel.constant"() {dtype = f32, value = dense<3.0> : tensor<f32>} : () -> tensor<f32>
  %0 = "tessel.add"(%a, %b) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// CHECK-LABEL: @drops_a_reshape_pair
// CHECK-NOT: tessel.reshape
// CHECK: return %arg0
func.func @drops_a_reshape_pair(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "tessel.reshape"(%x) {operandSegmentSizes = array<i32: 1, 0>, shape = array<i64: 6>} : (tensor<2x3xf32>) -> tensor<6xf32>
  %1 = "tessel.reshape"(%0) {operandSegmentSizes = array<i32: 1, 0>, shape = array<i64: 2, 3>} : (tensor<6xf32>) -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// CHECK-LABEL: @computes_nothing_of_nothing
// CHECK-NOT: tessel.reduce_sum
// CHECK-NOT: tessel.pad
// CHECK: return
func.func @computes_nothing_of_nothing(%x: tensor<0x3xf32>, %v: tensor<f32>) -> (tensor<3xf32>, tensor<2x3xf32>) {
  %0 = "tessel.reduce_sum"(%x) {axes = array<i64: 0>, keepdims = false} : (tensor<0x3xf32>) -> tensor<3xf32>
  %1 = "tessel.pad"(%x, %v) {low = array<i64: 1, 0>, high = array<i64: 1, 0>} : (tensor<0x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  return %0, %1 : tensor<3xf32>, tensor<2x3xf32>
}

// CHECK-LABEL: @keeps_what_may_have_elements
// CHECK: tessel.reduce_sum
// CHECK: tessel.pad
func.func @keeps_what_may_have_elements(%x: tensor<?x3xf32>, %v: tensor<f32>) -> (tensor<3xf32>, tensor<?x3xf32>) {
  %0 = "tessel.reduce_sum"(%x) {axes = array<i64: 0>, keepdims = false} : (tensor<?x3xf32>) -> tensor<3xf32>
  %1 = "tessel.pad"(%x, %v) {low = array<i64: 1, 0>, high = array<i64: 1, 0>} : (tensor<?x3xf32>, tensor<f32>) -> tensor<?x3xf32>
  return %0, %1 : tensor<3xf32>, tensor<?x3xf32>
}

// CHECK-LABEL: @joins_parts_that_touch
// CHECK-NEXT: return %arg0
func.func @joins_parts_that_touch(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %0 = "tessel.slice"(%x) {starts = array<i64: 0, 0>, steps = array<i64: 1, 1>, stops = array<i64: 1, 2>} : (tensor<3x2xf32>) -> tensor<1x2xf32>
  %1 = "tessel.slice"(%x) {starts = array<i64: 1, 0>, steps = array<i64: 1, 1>, stops = array<i64: 3, 2>} : (tensor<3x2xf32>) -> tensor<2x2xf32>
  %2 = "tessel.concatenate"(%0, %1) {axis = 0 : i64} : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<3x2xf32>
  return %2 : tensor<3x2xf32>
}

// CHECK-LABEL: @keeps_parts_of_other_columns
// CHECK: tessel.concatenate
// CHECK: tessel.concatenate
func.func @keeps_parts_of_other_columns(%x: tensor<3x2xf32>) -> (tensor<2x1xf32>, tensor<2x2xf32>) {
  %0 = "tessel.slice"(%x) {starts = array<i64: 0, 0>, steps = array<i64: 1, 1>, stops = array<i64: 1, 1>} : (tensor<3x2xf32>) -> tensor<1x1xf32>
  %1 = "tessel.slice"(%x) {starts = array<i64: 1, 1>, steps = array<i64: 1, 1>, stops = array<i64: 2, 2>} : (tensor<3x2xf32>) -> tensor<1x1xf32>
  %2 = "tessel.concatenate"(%0, %1) {axis = 0 : i64} : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<2x1xf32>
  %3 = "tessel.slice"(%x) {starts = array<i64: 0, 0>, steps = array<i64: 1, 1>, stops = array<i64: 1, 2>} : (tensor<3x2xf32>) -> tensor<1x2xf32>
  %4 = "tessel.slice"(%x) {starts = array<i64: 2, 0>, steps = array<i64: 1, 1>, stops = array<i64: 3, 2>} : (tensor<3x2xf32>) -> tensor<1x2xf32>
  %5 = "tessel.concatenate"(%3, %4) {axis = 0 : i64} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<2x2xf32>
  return %2, %5 : tensor<2x1xf32>, tensor<2x2xf32>
}
