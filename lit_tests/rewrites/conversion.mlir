// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-canonicalize)' | filecheck %s
// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-canonicalize,tessel-canonicalize)' | filecheck %s

// CHECK-LABEL: @skips_a_lossless_cast
// CHECK-COUNT-1: tessel.cast
// CHECK-NOT: tessel.cast
func.func @skips_a_lossless_cast(%x: tensor<4xi32>) -> tensor<4xi8> {
  %0 = "tessel.cast"(%x) {dtype = f64} : (tensor<4xi32>) -> tensor<4xf64>
  %1 = "tessel.cast"(%0) {dtype = i8} : (tensor<4xf64>) -> tensor<4xi8>
  return %1 : tensor<4xi8>
}

// A float beyond int32 becomes 0 among int8, an integer wraps around.
// CHECK-LABEL: @keeps_what_a_float_does_to_a_wide_integer
// CHECK-COUNT-2: tessel.cast
func.func @keeps_what_a_float_does_to_a_wide_integer(%x: tensor<4xui32>) -> tensor<4xi8> {
  %0 = "tessel.cast"(%x) {dtype = f64} : (tensor<4xui32>) -> tensor<4xf64>
  %1 = "tessel.cast"(%0) {dtype = i8} : (tensor<4xf64>) -> tensor<4xi8>
  return %1 : tensor<4xi8>
}

// CHECK-LABEL: @keeps_a_cast_that_rounds
// CHECK-COUNT-2: tessel.cast
func.func @keeps_a_cast_that_rounds(%x: tensor<4xf64>) -> tensor<4xf64> {
  %0 = "tessel.cast"(%x) {dtype = f32} : (tensor<4xf64>) -> tensor<4xf32>
  %1 = "tessel.cast"(%0) {dtype = f64} : (tensor<4xf32>) -> tensor<4xf64>
  return %1 : tensor<4xf64>
}
