// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/comparison.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @equal(
// CHECK: "tessel.equal"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xi1>
func.func @equal(%arg0: tensor<4x?xf32>, %arg1: tensor<1x1xf32>) -> tensor<4x?xi1> {
  %0 = "tessel.equal"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xi1>
  return %0 : tensor<4x?xi1>
}

// CHECK-LABEL: @greater(
// CHECK: "tessel.greater"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xi1>
func.func @greater(%arg0: tensor<4x?xf32>, %arg1: tensor<1x1xf32>) -> tensor<4x?xi1> {
  %0 = "tessel.greater"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xi1>
  return %0 : tensor<4x?xi1>
}

// CHECK-LABEL: @greater_equal(
// CHECK: "tessel.greater_equal"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xi1>
func.func @greater_equal(%arg0: tensor<4x?xf32>, %arg1: tensor<1x1xf32>) -> tensor<4x?xi1> {
  %0 = "tessel.greater_equal"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xi1>
  return %0 : tensor<4x?xi1>
}

// CHECK-LABEL: @is_finite(
// CHECK: "tessel.is_finite"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xi1>
func.func @is_finite(%arg0: tensor<4x?xf32>) -> tensor<4x?xi1> {
  %0 = "tessel.is_finite"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xi1>
  return %0 : tensor<4x?xi1>
}

// CHECK-LABEL: @is_inf(
// CHECK: "tessel.is_inf"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xi1>
func.func @is_inf(%arg0: tensor<4x?xf32>) -> tensor<4x?xi1> {
  %0 = "tessel.is_inf"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xi1>
  return %0 : tensor<4x?xi1>
}

// CHECK-LABEL: @is_nan(
// CHECK: "tessel.is_nan"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xi1>
func.func @is_nan(%arg0: tensor<4x?xf32>) -> tensor<4x?xi1> {
  %0 = "tessel.is_nan"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xi1>
  return %0 : tensor<4x?xi1>
}

// CHECK-LABEL: @less(
// CHECK: "tessel.less"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xi1>
func.func @less(%arg0: tensor<4x?xf32>, %arg1: tensor<1x1xf32>) -> tensor<4x?xi1> {
  %0 = "tessel.less"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xi1>
  return %0 : tensor<4x?xi1>
}

// CHECK-LABEL: @less_equal(
// CHECK: "tessel.less_equal"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xi1>
func.func @less_equal(%arg0: tensor<4x?xf32>, %arg1: tensor<1x1xf32>) -> tensor<4x?xi1> {
  %0 = "tessel.less_equal"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xi1>
  return %0 : tensor<4x?xi1>
}

// CHECK-LABEL: @not_equal(
// CHECK: "tessel.not_equal"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xi1>
func.func @not_equal(%arg0: tensor<4x?xf32>, %arg1: tensor<1x1xf32>) -> tensor<4x?xi1> {
  %0 = "tessel.not_equal"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xi1>
  return %0 : tensor<4x?xi1>
}

// CHECK-LABEL: @select(
// CHECK: "tessel.select"(%arg0, %arg1, %arg2) : (tensor<3xi1>, tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
func.func @select(%arg0: tensor<3xi1>, %arg1: tensor<2x3xf32>, %arg2: tensor<f32>) -> tensor<2x3xf32> {
  %0 = "tessel.select"(%arg0, %arg1, %arg2) : (tensor<3xi1>, tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: @sign_bit(
// CHECK: "tessel.sign_bit"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xi1>
func.func @sign_bit(%arg0: tensor<4x?xf32>) -> tensor<4x?xi1> {
  %0 = "tessel.sign_bit"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xi1>
  return %0 : tensor<4x?xi1>
}
