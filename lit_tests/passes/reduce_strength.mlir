// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-reduce-strength)' | filecheck %s
// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-reduce-strength,tessel-reduce-strength)' | filecheck %s

// CHECK-LABEL: @divides_once_a_row
// CHECK: [[ROOT:%[0-9]+]] = "tessel.sqrt"(%arg1)
// CHECK: [[BY:%[0-9]+]] = "tessel.divide"(%{{[0-9]+}}, [[ROOT]]) : (tensor<f32>, tensor<4x1xf32>) -> tensor<4x1xf32>
// CHECK: "tessel.multiply"(%arg0, [[BY]])
func.func @divides_once_a_row(%x: tensor<4x8xf32>, %v: tensor<4x1xf32>) -> tensor<4x8xf32> {
  %0 = "tessel.sqrt"(%v) : (tensor<4x1xf32>) -> tensor<4x1xf32>
  %1 = "tessel.divide"(%x, %0) : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// CHECK-LABEL: @leaves_other_divisors
// CHECK: "tessel.divide"(%arg0, %arg1)
// CHECK-NEXT: return
func.func @leaves_other_divisors(%x: tensor<4x8xf32>, %v: tensor<4x1xf32>) -> tensor<4x8xf32> {
  %0 = "tessel.divide"(%x, %v) : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// CHECK-LABEL: @log_softmax_of_formula
// CHECK: "tessel.log_softmax"(%arg0) {axis = 1 : i64}
// CHECK-NEXT: return
func.func @log_softmax_of_formula(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = "tessel.reduce_max"(%x) {axes = array<i64: 1>, keepdims = true} : (tensor<4x8xf32>) -> tensor<4x1xf32>
  %1 = "tessel.subtract"(%x, %0) : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  %2 = "tessel.exp"(%1) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %3 = "tessel.reduce_sum"(%2) {axes = array<i64: 1>, keepdims = true} : (tensor<4x8xf32>) -> tensor<4x1xf32>
  %4 = "tessel.divide"(%2, %3) : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  %5 = "tessel.log"(%4) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %5 : tensor<4x8xf32>
}

// CHECK-LABEL: @power_of_squares
// CHECK: "tessel.sqrt"
// CHECK-NOT: power
// CHECK: return
func.func @power_of_squares(%x: tensor<8xf32>) -> tensor<8xf32> {
  %c = "tessel.constant"() {dtype = f32, value = dense<-0.5> : tensor<f32>} : () -> tensor<f32>
  %0 = "tessel.multiply"(%x, %x) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %1 = "tessel.power"(%0, %c) : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}

// CHECK-LABEL: @leaves_power_of_what_may_be_negative
// CHECK: "tessel.power"
func.func @leaves_power_of_what_may_be_negative(%x: tensor<8xf32>) -> tensor<8xf32> {
  %c = "tessel.constant"() {dtype = f32, value = dense<-0.5> : tensor<f32>} : () -> tensor<f32>
  %0 = "tessel.power"(%x, %c) : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// CHECK-LABEL: @half_of_one_and_tanh
// CHECK: [[TWICE:%[0-9]+]] = "tessel.multiply"(%arg0,
// CHECK: [[SIGMOID:%[0-9]+]] = "tessel.sigmoid"([[TWICE]])
// CHECK-NEXT: return [[SIGMOID]]
func.func @half_of_one_and_tanh(%x: tensor<8xf32>) -> tensor<8xf32> {
  %one = "tessel.constant"() {dtype = f32, value = dense<1.0> : tensor<f32>} : () -> tensor<f32>
  %half = "tessel.constant"() {dtype = f32, value = dense<0.5> : tensor<f32>} : () -> tensor<f32>
  %0 = "tessel.tanh"(%x) : (tensor<8xf32>) -> tensor<8xf32>
  %1 = "tessel.add"(%0, %one) : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %2 = "tessel.multiply"(%half, %1) : (tensor<f32>, tensor<8xf32>) -> tensor<8xf32>
  return %2 : tensor<8xf32>
}

// CHECK-LABEL: @leaves_two_and_tanh
// CHECK: "tessel.tanh"
// CHECK-NEXT: "tessel.add"
func.func @leaves_two_and_tanh(%x: tensor<8xf32>) -> tensor<8xf32> {
  %two = "tessel.constant"() {dtype = f32, value = dense<2.0> : tensor<f32>} : () -> tensor<f32>
  %0 = "tessel.tanh"(%x) : (tensor<8xf32>) -> tensor<8xf32>
  %1 = "tessel.add"(%0, %two) : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}
