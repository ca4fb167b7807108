// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-fold-reshapes-into-reductions)' | filecheck %s
// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-fold-reshapes-into-reductions,tessel-fold-reshapes-into-reductions)' | filecheck %s

// CHECK-LABEL: @root_of_sum
// CHECK: [[SUM:%[0-9]+]] = "tessel.reduce_sum"(%arg0) {axes = array<i64: 1>, keepdims = true} : (tensor<4x8xf32>) -> tensor<4x1xf32>
// CHECK: [[ROOT:%[0-9]+]] = "tessel.sqrt"([[SUM]])
// CHECK: "tessel.divide"(%arg0, [[ROOT]])
func.func @root_of_sum(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = "tessel.reduce_sum"(%x) {axes = array<i64: 1>, keepdims = false} : (tensor<4x8xf32>) -> tensor<4xf32>
  %1 = "tessel.sqrt"(%0) : (tensor<4xf32>) -> tensor<4xf32>
  %2 = "tessel.reshape"(%1) {operandSegmentSizes = array<i32: 1, 0>, shape = array<i64: 4, 1>} : (tensor<4xf32>) -> tensor<4x1xf32>
  %3 = "tessel.divide"(%x, %2) : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  return %3 : tensor<4x8xf32>
}

// CHECK-LABEL: @leaves_other_users
// CHECK: keepdims = false
// CHECK: "tessel.reshape"
func.func @leaves_other_users(%x: tensor<4x8xf32>) -> (tensor<4x1xf32>, tensor<4xf32>) {
  %0 = "tessel.reduce_sum"(%x) {axes = array<i64: 1>, keepdims = false} : (tensor<4x8xf32>) -> tensor<4xf32>
  %1 = "tessel.reshape"(%0) {operandSegmentSizes = array<i32: 1, 0>, shape = array<i64: 4, 1>} : (tensor<4xf32>) -> tensor<4x1xf32>
  return %1, %0 : tensor<4x1xf32>, tensor<4xf32>
}

// CHECK-LABEL: @leaves_other_shapes
// CHECK: keepdims = false
// CHECK: "tessel.reshape"
func.func @leaves_other_shapes(%x: tensor<4x8xf32>) -> tensor<1x4xf32> {
  %0 = "tessel.reduce_sum"(%x) {axes = array<i64: 1>, keepdims = false} : (tensor<4x8xf32>) -> tensor<4xf32>
  %1 = "tessel.reshape"(%0) {operandSegmentSizes = array<i32: 1, 0>, shape = array<i64: 1, 4>} : (tensor<4xf32>) -> tensor<1x4xf32>
  return %1 : tensor<1x4xf32>
}
