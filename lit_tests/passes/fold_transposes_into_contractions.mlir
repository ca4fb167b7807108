// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-fold-transposes-into-contractions,cse)' | filecheck %s
// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-fold-transposes-into-contractions,tessel-fold-transposes-into-contractions,cse)' | filecheck %s
// RUN: not tessel-opt %s --pass-pipeline='builtin.module(tessel-strip-attributes,tessel-fold-transposes-into-contractions)' 2>&1 | filecheck %s --check-prefix=REFUSED

// REFUSED: error: the module does not say its processor ('tessel.processor'); run tessel-attach-target before

module attributes {tessel.processor = "znver4"} {
// CHECK-LABEL: @with_what_follows
// CHECK-DAG: %[[PIXELS:.*]] = "tessel.reshape"(%arg0) {{.*}} -> tensor<4x80xf32>
// CHECK-DAG: %[[TURNED:.*]] = "tessel.transpose"(%arg1) {permutation = array<i64: 1, 0>}
// CHECK: %[[PRODUCT:.*]] = "tessel.matmul"(%[[TURNED]], %[[PIXELS]]) : (tensor<8x4xf32>, tensor<4x80xf32>) -> tensor<8x80xf32>
// CHECK: %[[BIAS:.*]] = "tessel.reshape"(%arg2) {{.*}} -> tensor<8x1xf32>
// CHECK: "tessel.add"(%[[PRODUCT]], %[[BIAS]])
// CHECK: tessel.relu
// CHECK: "tessel.reshape"({{.*}} -> tensor<1x8x5x16xf32>
// CHECK-NEXT: return
func.func @with_what_follows(%x: tensor<1x4x5x16xf32>, %w: tensor<4x8xf32>, %b: tensor<8xf32>) -> tensor<1x8x5x16xf32> {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 0, 2, 3, 1>} : (tensor<1x4x5x16xf32>) -> tensor<1x5x16x4xf32>
  %1 = "tessel.matmul"(%0, %w) : (tensor<1x5x16x4xf32>, tensor<4x8xf32>) -> tensor<1x5x16x8xf32>
  %2 = "tessel.add"(%1, %b) : (tensor<1x5x16x8xf32>, tensor<8xf32>) -> tensor<1x5x16x8xf32>
  %3 = "tessel.relu"(%2) : (tensor<1x5x16x8xf32>) -> tensor<1x5x16x8xf32>
  %4 = "tessel.transpose"(%3) {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x5x16x8xf32>) -> tensor<1x8x5x16xf32>
  return %4 : tensor<1x8x5x16xf32>
}

// CHECK-LABEL: @planes
// CHECK-NOT: tessel.depthwise_convolution
// CHECK: %[[TURNED:.*]] = "tessel.transpose"(%arg1) {permutation = array<i64: 2, 0, 1>}
// CHECK: %[[WINDOWS:.*]] = "tessel.reshape"(%[[TURNED]]) {{.*}} -> tensor<4x1x3x3xf32>
// CHECK: %[[MADE:.*]] = "tessel.convolution"(%arg0, %[[WINDOWS]])
// CHECK-SAME: groups = 4
// CHECK: %[[BIAS:.*]] = "tessel.reshape"(%arg2) {{.*}} -> tensor<1x4x1x1xf32>
// CHECK: "tessel.add"(%[[MADE]], %[[BIAS]])
// CHECK: return
func.func @planes(%x: tensor<1x4x5x16xf32>, %w: tensor<3x3x4xf32>, %b: tensor<4xf32>) -> tensor<1x4x5x16xf32> {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 0, 2, 3, 1>} : (tensor<1x4x5x16xf32>) -> tensor<1x5x16x4xf32>
  %1 = "tessel.depthwise_convolution"(%0, %w) {strides = array<i64: 1, 1>, low = array<i64: 1, 1>, high = array<i64: 1, 1>} : (tensor<1x5x16x4xf32>, tensor<3x3x4xf32>) -> tensor<1x5x16x4xf32>
  %2 = "tessel.add"(%1, %b) : (tensor<1x5x16x4xf32>, tensor<4xf32>) -> tensor<1x5x16x4xf32>
  %3 = "tessel.transpose"(%2) {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x5x16x4xf32>) -> tensor<1x4x5x16xf32>
  return %3 : tensor<1x4x5x16xf32>
}

// CHECK-LABEL: @not_narrow_planes
// CHECK: tessel.depthwise_convolution
// CHECK: return
func.func @not_narrow_planes(%x: tensor<1x4x5x7xf32>, %w: tensor<3x3x4xf32>) -> tensor<1x4x3x5xf32> {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 0, 2, 3, 1>} : (tensor<1x4x5x7xf32>) -> tensor<1x5x7x4xf32>
  %1 = "tessel.depthwise_convolution"(%0, %w) {strides = array<i64: 1, 1>, low = array<i64: 0, 0>, high = array<i64: 0, 0>} : (tensor<1x5x7x4xf32>, tensor<3x3x4xf32>) -> tensor<1x3x5x4xf32>
  %2 = "tessel.transpose"(%1) {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x3x5x4xf32>) -> tensor<1x4x3x5xf32>
  return %2 : tensor<1x4x3x5xf32>
}

// CHECK-LABEL: @not_several_images
// CHECK-NOT: tessel.reshape
// CHECK: return
func.func @not_several_images(%x: tensor<2x4x5x16xf32>, %w: tensor<4x8xf32>) -> tensor<2x8x5x16xf32> {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 0, 2, 3, 1>} : (tensor<2x4x5x16xf32>) -> tensor<2x5x16x4xf32>
  %1 = "tessel.matmul"(%0, %w) : (tensor<2x5x16x4xf32>, tensor<4x8xf32>) -> tensor<2x5x16x8xf32>
  %2 = "tessel.transpose"(%1) {permutation = array<i64: 0, 3, 1, 2>} : (tensor<2x5x16x8xf32>) -> tensor<2x8x5x16xf32>
  return %2 : tensor<2x8x5x16xf32>
}

// CHECK-LABEL: @not_what_others_use
// CHECK-NOT: tessel.reshape
// CHECK: return
func.func @not_what_others_use(%x: tensor<1x4x5x16xf32>, %w: tensor<4x8xf32>) -> (tensor<1x8x5x16xf32>, tensor<1x5x16x8xf32>) {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 0, 2, 3, 1>} : (tensor<1x4x5x16xf32>) -> tensor<1x5x16x4xf32>
  %1 = "tessel.matmul"(%0, %w) : (tensor<1x5x16x4xf32>, tensor<4x8xf32>) -> tensor<1x5x16x8xf32>
  %2 = "tessel.transpose"(%1) {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x5x16x8xf32>) -> tensor<1x8x5x16xf32>
  return %2, %1 : tensor<1x8x5x16xf32>, tensor<1x5x16x8xf32>
}

// CHECK-LABEL: @not_beside_another_image
// CHECK-NOT: tessel.reshape
// CHECK: return
func.func @not_beside_another_image(%x: tensor<1x4x5x16xf32>, %w: tensor<4x8xf32>, %y: tensor<1x5x16x8xf32>) -> tensor<1x8x5x16xf32> {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 0, 2, 3, 1>} : (tensor<1x4x5x16xf32>) -> tensor<1x5x16x4xf32>
  %1 = "tessel.matmul"(%0, %w) : (tensor<1x5x16x4xf32>, tensor<4x8xf32>) -> tensor<1x5x16x8xf32>
  %2 = "tessel.add"(%1, %y) : (tensor<1x5x16x8xf32>, tensor<1x5x16x8xf32>) -> tensor<1x5x16x8xf32>
  %3 = "tessel.transpose"(%2) {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x5x16x8xf32>) -> tensor<1x8x5x16xf32>
  return %3 : tensor<1x8x5x16xf32>
}

// CHECK-LABEL: @not_pixels_that_fill_no_vectors
// CHECK-NOT: tessel.reshape
// CHECK: return
func.func @not_pixels_that_fill_no_vectors(%x: tensor<1x4x7x7xf32>, %w: tensor<4x8xf32>) -> tensor<1x8x7x7xf32> {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 0, 2, 3, 1>} : (tensor<1x4x7x7xf32>) -> tensor<1x7x7x4xf32>
  %1 = "tessel.matmul"(%0, %w) : (tensor<1x7x7x4xf32>, tensor<4x8xf32>) -> tensor<1x7x7x8xf32>
  %2 = "tessel.transpose"(%1) {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x7x7x8xf32>) -> tensor<1x8x7x7xf32>
  return %2 : tensor<1x8x7x7xf32>
}
}
