// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/exponential.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @cbrt(
// CHECK: "tessel.cbrt"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @cbrt(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.cbrt"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @erf(
// CHECK: "tessel.erf"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @erf(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.erf"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @exp(
// CHECK: "tessel.exp"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @exp(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.exp"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @exp2(
// CHECK: "tessel.exp2"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @exp2(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.exp2"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @expm1(
// CHECK: "tessel.expm1"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @expm1(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.expm1"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @log(
// CHECK: "tessel.log"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @log(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.log"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @log10(
// CHECK: "tessel.log10"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @log10(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.log10"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @log1p(
// CHECK: "tessel.log1p"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @log1p(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.log1p"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @log2(
// CHECK: "tessel.log2"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @log2(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.log2"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @logaddexp(
// CHECK: "tessel.logaddexp"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
func.func @logaddexp(%arg0: tensor<4x?xf32>, %arg1: tensor<1x1xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.logaddexp"(%arg0, %arg1) : (tensor<4x?xf32>, tensor<1x1xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @sqrt(
// CHECK: "tessel.sqrt"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @sqrt(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.sqrt"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}
