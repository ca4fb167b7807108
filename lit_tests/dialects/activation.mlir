// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/activation.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @elu(
// CHECK: "tessel.elu"(%arg0) {alpha = 5.000000e-01 : f64} : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @elu(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.elu"(%arg0) {alpha = 5.000000e-01 : f64} : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @gelu(
// CHECK: "tessel.gelu"(%arg0) {approximate = "none"} : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @gelu(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.gelu"(%arg0) {approximate = "none"} : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @hard_sigmoid(
// CHECK: "tessel.hard_sigmoid"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @hard_sigmoid(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.hard_sigmoid"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @hard_swish(
// CHECK: "tessel.hard_swish"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @hard_swish(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.hard_swish"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @leaky_relu(
// CHECK: "tessel.leaky_relu"(%arg0) {alpha = 5.000000e-01 : f64} : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @leaky_relu(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.leaky_relu"(%arg0) {alpha = 5.000000e-01 : f64} : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @mish(
// CHECK: "tessel.mish"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @mish(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.mish"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @relu(
// CHECK: "tessel.relu"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @relu(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.relu"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @sigmoid(
// CHECK: "tessel.sigmoid"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @sigmoid(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.sigmoid"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @silu(
// CHECK: "tessel.silu"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @silu(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.silu"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @softplus(
// CHECK: "tessel.softplus"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @softplus(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.softplus"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @softsign(
// CHECK: "tessel.softsign"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
func.func @softsign(%arg0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = "tessel.softsign"(%arg0) : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}
