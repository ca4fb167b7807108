// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-propagate-transposes)' | filecheck %s
// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-propagate-transposes,tessel-propagate-transposes)' | filecheck %s

// CHECK-LABEL: @meets_its_inverse
// CHECK-NEXT: "tessel.relu"(%arg0) : (tensor<1x5x6x4xf32>) -> tensor<1x5x6x4xf32>
// CHECK-NEXT: return
func.func @meets_its_inverse(%x: tensor<1x5x6x4xf32>) -> tensor<1x5x6x4xf32> {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x5x6x4xf32>) -> tensor<1x4x5x6xf32>
  %1 = "tessel.relu"(%0) : (tensor<1x4x5x6xf32>) -> tensor<1x4x5x6xf32>
  %2 = "tessel.transpose"(%1) {permutation = array<i64: 0, 2, 3, 1>} : (tensor<1x4x5x6xf32>) -> tensor<1x5x6x4xf32>
  return %2 : tensor<1x5x6x4xf32>
}

// CHECK-LABEL: @turns_what_is_broadcast
// CHECK: %[[BIAS:.*]] = "tessel.transpose"(%arg1) {permutation = array<i64: 0, 2, 3, 1>} : (tensor<1x4x1x1xf32>) -> tensor<1x1x1x4xf32>
// CHECK: "tessel.add"(%arg0, %[[BIAS]])
// CHECK-NEXT: tessel.transpose
func.func @turns_what_is_broadcast(%x: tensor<1x5x6x4xf32>, %b: tensor<1x4x1x1xf32>) -> tensor<1x4x5x6xf32> {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x5x6x4xf32>) -> tensor<1x4x5x6xf32>
  %1 = "tessel.add"(%0, %b) : (tensor<1x4x5x6xf32>, tensor<1x4x1x1xf32>) -> tensor<1x4x5x6xf32>
  return %1 : tensor<1x4x5x6xf32>
}

// CHECK-LABEL: @two_transposed_operands
// CHECK-NEXT: "tessel.add"(%arg0, %arg1)
// CHECK-NEXT: tessel.transpose
// CHECK-NEXT: return
func.func @two_transposed_operands(%x: tensor<1x5x6x4xf32>, %y: tensor<1x5x6x4xf32>) -> tensor<1x4x5x6xf32> {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x5x6x4xf32>) -> tensor<1x4x5x6xf32>
  %1 = "tessel.transpose"(%y) {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x5x6x4xf32>) -> tensor<1x4x5x6xf32>
  %2 = "tessel.add"(%0, %1) : (tensor<1x4x5x6xf32>, tensor<1x4x5x6xf32>) -> tensor<1x4x5x6xf32>
  return %2 : tensor<1x4x5x6xf32>
}

// CHECK-LABEL: @stays_beside_another_array
// CHECK-NEXT: tessel.transpose
// CHECK-NEXT: tessel.add
// CHECK-NEXT: return
func.func @stays_beside_another_array(%x: tensor<1x5x6x4xf32>, %y: tensor<1x4x5x6xf32>) -> tensor<1x4x5x6xf32> {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x5x6x4xf32>) -> tensor<1x4x5x6xf32>
  %1 = "tessel.add"(%0, %y) : (tensor<1x4x5x6xf32>, tensor<1x4x5x6xf32>) -> tensor<1x4x5x6xf32>
  return %1 : tensor<1x4x5x6xf32>
}

// CHECK-LABEL: @vanishes_in_a_maximum
// CHECK-NEXT: "tessel.reduce_max"(%arg0) {axes = array<i64: 1, 2>, keepdims = false} : (tensor<1x5x6x4xf32>) -> tensor<1x4xf32>
// CHECK-NEXT: return
func.func @vanishes_in_a_maximum(%x: tensor<1x5x6x4xf32>) -> tensor<1x4xf32> {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x5x6x4xf32>) -> tensor<1x4x5x6xf32>
  %1 = "tessel.reduce_max"(%0) {axes = array<i64: 2, 3>, keepdims = false} : (tensor<1x4x5x6xf32>) -> tensor<1x4xf32>
  return %1 : tensor<1x4xf32>
}

// Small images are summed by a pool, which takes the division in.
// CHECK-LABEL: @mean_of_images
// CHECK: %[[SUM:.*]] = "tessel.pool"{{.*}} {{.*}}kind = "sum"{{.*}}window = array<i64: 5, 6, 1>
// CHECK: %[[MEAN:.*]] = "tessel.divide"(%[[SUM]], %{{.*}}) : (tensor<1x1x1x1x4xf32>, tensor<f32>)
// CHECK: "tessel.reshape"(%[[MEAN]]){{.*}} -> tensor<1x4xf32>
// CHECK-NEXT: return
func.func @mean_of_images(%x: tensor<1x5x6x4xf32>) -> tensor<1x4xf32> {
  %count = "tessel.constant"() {dtype = f32, value = dense<30.0> : tensor<f32>} : () -> tensor<f32>
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x5x6x4xf32>) -> tensor<1x4x5x6xf32>
  %1 = "tessel.reduce_sum"(%0) {axes = array<i64: 2, 3>, keepdims = false} : (tensor<1x4x5x6xf32>) -> tensor<1x4xf32>
  %2 = "tessel.divide"(%1, %count) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32>
  return %2 : tensor<1x4xf32>
}

// CHECK-LABEL: @sum_of_large_images
// CHECK-NEXT: "tessel.reduce_sum"(%arg0) {axes = array<i64: 1, 2>, keepdims = false}
// CHECK-NEXT: return
func.func @sum_of_large_images(%x: tensor<1x500x600x4xf32>) -> tensor<1x4xf32> {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x500x600x4xf32>) -> tensor<1x4x500x600xf32>
  %1 = "tessel.reduce_sum"(%0) {axes = array<i64: 2, 3>, keepdims = false} : (tensor<1x4x500x600xf32>) -> tensor<1x4xf32>
  return %1 : tensor<1x4xf32>
}

// CHECK-LABEL: @pads_and_joins
// CHECK: "tessel.pad"(%arg0, %{{.*}}) {high = array<i64: 0, 2, 2, 0>, low = array<i64: 0, 1, 1, 0>}
// CHECK: "tessel.concatenate"(%{{.*}}, %{{.*}}) {axis = 3 : i64}
// CHECK-NEXT: tessel.transpose
// CHECK-NEXT: return
func.func @pads_and_joins(%x: tensor<1x5x6x4xf32>) -> tensor<1x8x8x9xf32> {
  %zero = "tessel.constant"() {dtype = f32, value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x5x6x4xf32>) -> tensor<1x4x5x6xf32>
  %1 = "tessel.pad"(%0, %zero) {low = array<i64: 0, 0, 1, 1>, high = array<i64: 0, 0, 2, 2>} : (tensor<1x4x5x6xf32>, tensor<f32>) -> tensor<1x4x8x9xf32>
  %2 = "tessel.concatenate"(%1, %1) {axis = 1 : i64} : (tensor<1x4x8x9xf32>, tensor<1x4x8x9xf32>) -> tensor<1x8x8x9xf32>
  return %2 : tensor<1x8x8x9xf32>
}

// CHECK-LABEL: @cuts_out
// CHECK-NEXT: "tessel.slice"(%arg0) {starts = array<i64: 0, 1, 2, 0>, steps = array<i64: 1, 1, 2, 1>, stops = array<i64: 1, 5, 6, 3>}
// CHECK-NEXT: tessel.transpose
// CHECK-NEXT: return
func.func @cuts_out(%x: tensor<1x5x6x4xf32>) -> tensor<1x3x4x2xf32> {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x5x6x4xf32>) -> tensor<1x4x5x6xf32>
  %1 = "tessel.slice"(%0) {starts = array<i64: 0, 0, 1, 2>, stops = array<i64: 1, 3, 5, 6>, steps = array<i64: 1, 1, 1, 2>} : (tensor<1x4x5x6xf32>) -> tensor<1x3x4x2xf32>
  return %1 : tensor<1x3x4x2xf32>
}

// CHECK-LABEL: @repeats_pixels
// CHECK-NEXT: "tessel.take"(%arg0, %arg1) {axis = 2 : i64}
// CHECK-NEXT: tessel.transpose
// CHECK-NEXT: return
func.func @repeats_pixels(%x: tensor<1x5x6x4xf32>, %i: tensor<12xi64>) -> tensor<1x4x5x12xf32> {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x5x6x4xf32>) -> tensor<1x4x5x6xf32>
  %1 = "tessel.take"(%0, %i) {axis = 3 : i64} : (tensor<1x4x5x6xf32>, tensor<12xi64>) -> tensor<1x4x5x12xf32>
  return %1 : tensor<1x4x5x12xf32>
}

// CHECK-LABEL: @not_where_indices_have_two_axes
// CHECK-NEXT: tessel.transpose
// CHECK-NEXT: tessel.take
func.func @not_where_indices_have_two_axes(%x: tensor<1x5x6x4xf32>, %i: tensor<2x3xi64>) -> tensor<1x4x5x2x3xf32> {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x5x6x4xf32>) -> tensor<1x4x5x6xf32>
  %1 = "tessel.take"(%0, %i) {axis = 3 : i64} : (tensor<1x4x5x6xf32>, tensor<2x3xi64>) -> tensor<1x4x5x2x3xf32>
  return %1 : tensor<1x4x5x2x3xf32>
}

// CHECK-LABEL: @below_a_pool
// CHECK-NEXT: %[[X:.*]] = "tessel.reshape"(%arg0) {{.*}} shape = array<i64: 1, 1, 8, 8, 4>}
// CHECK-NEXT: %[[Y:.*]] = "tessel.pool"(%[[X]]) {{.*}}padding_low = array<i64: 1, 1, 0>{{.*}}strides = array<i64: 2, 2, 1>, window = array<i64: 3, 3, 1>}
// CHECK-NEXT: %[[Z:.*]] = "tessel.reshape"(%[[Y]]) {{.*}} shape = array<i64: 1, 4, 4, 4>}
// CHECK-NEXT: "tessel.transpose"(%[[Z]]) {permutation = array<i64: 0, 3, 1, 2>}
// CHECK-NEXT: return
func.func @below_a_pool(%x: tensor<1x8x8x4xf32>) -> tensor<1x4x4x4xf32> {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x8x8x4xf32>) -> tensor<1x4x8x8xf32>
  %1 = "tessel.pool"(%0) {kind = "max", window = array<i64: 3, 3>, strides = array<i64: 2, 2>, padding_low = array<i64: 1, 1>, padding_high = array<i64: 1, 1>, dilation = array<i64: 1, 1>, count_include_padding = false} : (tensor<1x4x8x8xf32>) -> tensor<1x4x4x4xf32>
  return %1 : tensor<1x4x4x4xf32>
}
