// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-absorb-transposes,cse)' | filecheck %s
// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-absorb-transposes,tessel-absorb-transposes,cse)' | filecheck %s

// CHECK-LABEL: @with_what_follows
// CHECK-DAG: %[[PIXELS:.*]] = "tessel.reshape"(%arg0) {{.*}} -> tensor<4x30xf32>
// CHECK-DAG: %[[TURNED:.*]] = "tessel.transpose"(%arg1) {permutation = array<i64: 1, 0>}
// CHECK: %[[PRODUCT:.*]] = "tessel.matmul"(%[[TURNED]], %[[PIXELS]]) : (tensor<8x4xf32>, tensor<4x30xf32>) -> tensor<8x30xf32>
// CHECK: %[[BIAS:.*]] = "tessel.reshape"(%arg2) {{.*}} -> tensor<8x1xf32>
// CHECK: "tessel.add"(%[[PRODUCT]], %[[BIAS]])
// CHECK: tessel.relu
// CHECK: "tessel.reshape"({{.*}} -> tensor<1x8x5x6xf32>
// CHECK-NEXT: return
func.func @with_what_follows(%x: tensor<1x4x5x6xf32>, %w: tensor<4x8xf32>, %b: tensor<8xf32>) -> tensor<1x8x5x6xf32> {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 0, 2, 3, 1>} : (tensor<1x4x5x6xf32>) -> tensor<1x5x6x4xf32>
  %1 = "tessel.matmul"(%0, %w) : (tensor<1x5x6x4xf32>, tensor<4x8xf32>) -> tensor<1x5x6x8xf32>
  %2 = "tessel.add"(%1, %b) : (tensor<1x5x6x8xf32>, tensor<8xf32>) -> tensor<1x5x6x8xf32>
  %3 = "tessel.relu"(%2) : (tensor<1x5x6x8xf32>) -> tensor<1x5x6x8xf32>
  %4 = "tessel.transpose"(%3) {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x5x6x8xf32>) -> tensor<1x8x5x6xf32>
  return %4 : tensor<1x8x5x6xf32>
}

// CHECK-LABEL: @not_several_images
// CHECK-NOT: tessel.reshape
// CHECK: return
func.func @not_several_images(%x: tensor<2x4x5x6xf32>, %w: tensor<4x8xf32>) -> tensor<2x8x5x6xf32> {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 0, 2, 3, 1>} : (tensor<2x4x5x6xf32>) -> tensor<2x5x6x4xf32>
  %1 = "tessel.matmul"(%0, %w) : (tensor<2x5x6x4xf32>, tensor<4x8xf32>) -> tensor<2x5x6x8xf32>
  %2 = "tessel.transpose"(%1) {permutation = array<i64: 0, 3, 1, 2>} : (tensor<2x5x6x8xf32>) -> tensor<2x8x5x6xf32>
  return %2 : tensor<2x8x5x6xf32>
}

// CHECK-LABEL: @not_what_others_use
// CHECK-NOT: tessel.reshape
// CHECK: return
func.func @not_what_others_use(%x: tensor<1x4x5x6xf32>, %w: tensor<4x8xf32>) -> (tensor<1x8x5x6xf32>, tensor<1x5x6x8xf32>) {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 0, 2, 3, 1>} : (tensor<1x4x5x6xf32>) -> tensor<1x5x6x4xf32>
  %1 = "tessel.matmul"(%0, %w) : (tensor<1x5x6x4xf32>, tensor<4x8xf32>) -> tensor<1x5x6x8xf32>
  %2 = "tessel.transpose"(%1) {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x5x6x8xf32>) -> tensor<1x8x5x6xf32>
  return %2, %1 : tensor<1x8x5x6xf32>, tensor<1x5x6x8xf32>
}

// CHECK-LABEL: @not_beside_another_image
// CHECK-NOT: tessel.reshape
// CHECK: return
func.func @not_beside_another_image(%x: tensor<1x4x5x6xf32>, %w: tensor<4x8xf32>, %y: tensor<1x5x6x8xf32>) -> tensor<1x8x5x6xf32> {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 0, 2, 3, 1>} : (tensor<1x4x5x6xf32>) -> tensor<1x5x6x4xf32>
  %1 = "tessel.matmul"(%0, %w) : (tensor<1x5x6x4xf32>, tensor<4x8xf32>) -> tensor<1x5x6x8xf32>
  %2 = "tessel.add"(%1, %y) : (tensor<1x5x6x8xf32>, tensor<1x5x6x8xf32>) -> tensor<1x5x6x8xf32>
  %3 = "tessel.transpose"(%2) {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x5x6x8xf32>) -> tensor<1x8x5x6xf32>
  return %3 : tensor<1x8x5x6xf32>
}
