// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/trigonometric.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @acos(
// CHECK: "tessel.acos"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @acos(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.acos"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @acosh(
// CHECK: "tessel.acosh"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @acosh(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.acosh"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @asin(
// CHECK: "tessel.asin"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @asin(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.asin"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @asinh(
// CHECK: "tessel.asinh"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @asinh(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.asinh"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @atan(
// CHECK: "tessel.atan"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @atan(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.atan"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @atan2(
// CHECK: "tessel.atan2"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
func.func @atan2(%arg0: tensor<4x?xf32>, %arg1: tensor<1x1xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.atan2"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @atanh(
// CHECK: "tessel.atanh"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @atanh(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.atanh"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @cos(
// CHECK: "tessel.cos"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @cos(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.cos"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @cosh(
// CHECK: "tessel.cosh"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @cosh(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.cosh"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @sin(
// CHECK: "tessel.sin"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @sin(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.sin"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @sinh(
// CHECK: "tessel.sinh"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @sinh(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.sinh"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @tan(
// CHECK: "tessel.tan"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @tan(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.tan"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @tanh(
// CHECK: "tessel.tanh"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @tanh(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.tanh"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}
