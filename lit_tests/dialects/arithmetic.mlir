// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/arithmetic.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @abs(
// CHECK: "tessel.abs"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @abs(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.abs"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @add(
// CHECK: "tessel.add"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
func.func @add(%arg0: tensor<4x?xf32>, %arg1: tensor<1x1xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.add"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @ceil(
// CHECK: "tessel.ceil"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @ceil(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.ceil"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @copysign(
// CHECK: "tessel.copysign"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
func.func @copysign(%arg0: tensor<4x?xf32>, %arg1: tensor<1x1xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.copysign"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @divide(
// CHECK: "tessel.divide"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
func.func @divide(%arg0: tensor<4x?xf32>, %arg1: tensor<1x1xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.divide"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @floor(
// CHECK: "tessel.floor"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @floor(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.floor"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @floor_divide(
// CHECK: "tessel.floor_divide"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
func.func @floor_divide(%arg0: tensor<4x?xf32>, %arg1: tensor<1x1xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.floor_divide"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @fmod(
// CHECK: "tessel.fmod"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
func.func @fmod(%arg0: tensor<4x?xf32>, %arg1: tensor<1x1xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.fmod"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @hypot(
// CHECK: "tessel.hypot"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
func.func @hypot(%arg0: tensor<4x?xf32>, %arg1: tensor<1x1xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.hypot"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @maximum(
// CHECK: "tessel.maximum"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
func.func @maximum(%arg0: tensor<4x?xf32>, %arg1: tensor<1x1xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.maximum"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @minimum(
// CHECK: "tessel.minimum"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
func.func @minimum(%arg0: tensor<4x?xf32>, %arg1: tensor<1x1xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.minimum"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @multiply(
// CHECK: "tessel.multiply"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
func.func @multiply(%arg0: tensor<4x?xf32>, %arg1: tensor<1x1xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.multiply"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @negate(
// CHECK: "tessel.negate"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @negate(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.negate"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @nextafter(
// CHECK: "tessel.nextafter"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
func.func @nextafter(%arg0: tensor<4x?xf32>, %arg1: tensor<1x1xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.nextafter"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @power(
// CHECK: "tessel.power"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
func.func @power(%arg0: tensor<4x?xf32>, %arg1: tensor<1x1xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.power"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @remainder(
// CHECK: "tessel.remainder"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
func.func @remainder(%arg0: tensor<4x?xf32>, %arg1: tensor<1x1xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.remainder"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @rint(
// CHECK: "tessel.rint"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @rint(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.rint"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @sign(
// CHECK: "tessel.sign"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @sign(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.sign"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @subtract(
// CHECK: "tessel.subtract"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
func.func @subtract(%arg0: tensor<4x?xf32>, %arg1: tensor<1x1xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.subtract"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @trunc(
// CHECK: "tessel.trunc"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @trunc(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.trunc"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}
