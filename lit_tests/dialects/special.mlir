// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/special.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @bessel_i0e(
// CHECK: "tessel.bessel_i0e"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @bessel_i0e(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.bessel_i0e"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @bessel_i1e(
// CHECK: "tessel.bessel_i1e"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @bessel_i1e(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.bessel_i1e"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @digamma(
// CHECK: "tessel.digamma"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @digamma(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.digamma"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @erfc(
// CHECK: "tessel.erfc"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @erfc(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.erfc"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @erfcx(
// CHECK: "tessel.erfcx"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @erfcx(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.erfcx"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @gamma(
// CHECK: "tessel.gamma"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @gamma(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.gamma"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @lgamma(
// CHECK: "tessel.lgamma"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @lgamma(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.lgamma"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}
