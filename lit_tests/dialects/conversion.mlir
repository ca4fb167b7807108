// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/conversion.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @bitcast(
// CHECK: "tessel.bitcast"(%arg0) {dtype = i32} : (tensor<4x?xf32>) -> tensor<4x?xi32>
func.func @bitcast(%arg0: tensor<4x?xf32>) -> tensor<4x?xi32> {
  %0 = "tessel.bitcast"(%arg0) {dtype = i32} : (tensor<4x?xf32>) -> tensor<4x?xi32>
  return %0 : tensor<4x?xi32>
}

// CHECK-LABEL: @cast(
// CHECK: "tessel.cast"(%arg0) {dtype = ui8} : (tensor<4x?xf32>) -> tensor<4x?xui8>
func.func @cast(%arg0: tensor<4x?xf32>) -> tensor<4x?xui8> {
  %0 = "tessel.cast"(%arg0) {dtype = ui8} : (tensor<4x?xf32>) -> tensor<4x?xui8>
  return %0 : tensor<4x?xui8>
}

// CHECK-LABEL: @complex(
// CHECK: "tessel.complex"(%arg0, %arg1) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xcomplex<f32>>
func.func @complex(%arg0: tensor<4xf32>, %arg1: tensor<4xf32>) -> tensor<4xcomplex<f32>> {
  %0 = "tessel.complex"(%arg0, %arg1) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xcomplex<f32>>
  return %0 : tensor<4xcomplex<f32>>
}

// CHECK-LABEL: @conjugate(
// CHECK: "tessel.conjugate"(%arg0) : (tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>>
func.func @conjugate(%arg0: tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>> {
  %0 = "tessel.conjugate"(%arg0) : (tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>>
  return %0 : tensor<4xcomplex<f32>>
}

// CHECK-LABEL: @imag(
// CHECK: "tessel.imag"(%arg0) : (tensor<4xcomplex<f32>>) -> tensor<4xf32>
func.func @imag(%arg0: tensor<4xcomplex<f32>>) -> tensor<4xf32> {
  %0 = "tessel.imag"(%arg0) : (tensor<4xcomplex<f32>>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: @real(
// CHECK: "tessel.real"(%arg0) : (tensor<4xcomplex<f32>>) -> tensor<4xf32>
func.func @real(%arg0: tensor<4xcomplex<f32>>) -> tensor<4xf32> {
  %0 = "tessel.real"(%arg0) : (tensor<4xcomplex<f32>>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
