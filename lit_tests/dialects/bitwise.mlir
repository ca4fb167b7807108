// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/bitwise.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @bitwise_and(
// CHECK: "tessel.bitwise_and"(%arg0, %arg1) : (tensor<4x?xi32>, tensor<1x1xi32>) -> tensor<4x?xi32>
func.func @bitwise_and(%arg0: tensor<4x?xi32>, %arg1: tensor<1x1xi32>) -> tensor<4x?xi32> {
  %0 = "tessel.bitwise_and"(%arg0, %arg1) : (tensor<4x?xi32>, tensor<1x1xi32>) -> tensor<4x?xi32>
  return %0 : tensor<4x?xi32>
}

// CHECK-LABEL: @bitwise_not(
// CHECK: "tessel.bitwise_not"(%arg0) : (tensor<4x?xi32>) -> tensor<4x?xi32>
func.func @bitwise_not(%arg0: tensor<4x?xi32>) -> tensor<4x?xi32> {
  %0 = "tessel.bitwise_not"(%arg0) : (tensor<4x?xi32>) -> tensor<4x?xi32>
  return %0 : tensor<4x?xi32>
}

// CHECK-LABEL: @bitwise_or(
// CHECK: "tessel.bitwise_or"(%arg0, %arg1) : (tensor<4x?xi32>, tensor<1x1xi32>) -> tensor<4x?xi32>
func.func @bitwise_or(%arg0: tensor<4x?xi32>, %arg1: tensor<1x1xi32>) -> tensor<4x?xi32> {
  %0 = "tessel.bitwise_or"(%arg0, %arg1) : (tensor<4x?xi32>, tensor<1x1xi32>) -> tensor<4x?xi32>
  return %0 : tensor<4x?xi32>
}

// CHECK-LABEL: @bitwise_xor(
// CHECK: "tessel.bitwise_xor"(%arg0, %arg1) : (tensor<4x?xi32>, tensor<1x1xi32>) -> tensor<4x?xi32>
func.func @bitwise_xor(%arg0: tensor<4x?xi32>, %arg1: tensor<1x1xi32>) -> tensor<4x?xi32> {
  %0 = "tessel.bitwise_xor"(%arg0, %arg1) : (tensor<4x?xi32>, tensor<1x1xi32>) -> tensor<4x?xi32>
  return %0 : tensor<4x?xi32>
}

// CHECK-LABEL: @shift_left(
// CHECK: "tessel.shift_left"(%arg0, %arg1) : (tensor<4x?xi32>, tensor<1x1xi32>) -> tensor<4x?xi32>
func.func @shift_left(%arg0: tensor<4x?xi32>, %arg1: tensor<1x1xi32>) -> tensor<4x?xi32> {
  %0 = "tessel.shift_left"(%arg0, %arg1) : (tensor<4x?xi32>, tensor<1x1xi32>) -> tensor<4x?xi32>
  return %0 : tensor<4x?xi32>
}

// CHECK-LABEL: @shift_right(
// CHECK: "tessel.shift_right"(%arg0, %arg1) : (tensor<4x?xi32>, tensor<1x1xi32>) -> tensor<4x?xi32>
func.func @shift_right(%arg0: tensor<4x?xi32>, %arg1: tensor<1x1xi32>) -> tensor<4x?xi32> {
  %0 = "tessel.shift_right"(%arg0, %arg1) : (tensor<4x?xi32>, tensor<1x1xi32>) -> tensor<4x?xi32>
  return %0 : tensor<4x?xi32>
}
