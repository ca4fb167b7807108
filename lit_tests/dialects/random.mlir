// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/random.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @random_bits(
// CHECK: "tessel.random_bits"(%arg0) {dtype = ui32, shape = array<i64: 3, 4>} : (tensor<2xui64>) -> tensor<3x4xui32>
func.func @random_bits(%arg0: tensor<2xui64>) -> tensor<3x4xui32> {
  %0 = "tessel.random_bits"(%arg0) {dtype = ui32, shape = array<i64: 3, 4>} : (tensor<2xui64>) -> tensor<3x4xui32>
  return %0 : tensor<3x4xui32>
}
