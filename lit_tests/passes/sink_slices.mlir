// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-sink-slices)' | filecheck %s
// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-sink-slices,tessel-sink-slices)' | filecheck %s

// CHECK-LABEL: @columns_become_heads
// CHECK-NEXT: %[[X:.*]] = "tessel.reshape"(%arg0) {{.*}} shape = array<i64: 5, 12, 8>}
// CHECK-NEXT: "tessel.slice"(%[[X]]) {starts = array<i64: 0, 4, 0>, steps = array<i64: 1, 1, 1>, stops = array<i64: 5, 8, 8>}
// CHECK-NEXT: return
func.func @columns_become_heads(%x: tensor<5x96xf32>) -> tensor<5x4x8xf32> {
  %0 = "tessel.slice"(%x) {starts = array<i64: 0, 32>, stops = array<i64: 5, 64>, steps = array<i64: 1, 1>} : (tensor<5x96xf32>) -> tensor<5x32xf32>
  %1 = "tessel.reshape"(%0) {shape = array<i64: 5, 4, 8>, operandSegmentSizes = array<i32: 1, 0>} : (tensor<5x32xf32>) -> tensor<5x4x8xf32>
  return %1 : tensor<5x4x8xf32>
}

// CHECK-LABEL: @indexed_part_of_a_transposition
// CHECK-NEXT: %[[X:.*]] = "tessel.reshape"(%arg0) {{.*}} shape = array<i64: 2, 9, 12, 8>}
// CHECK-NEXT: %[[PART:.*]] = "tessel.slice"(%[[X]]) {starts = array<i64: 0, 0, 4, 0>, {{.*}} stops = array<i64: 2, 9, 8, 8>}
// CHECK-NEXT: "tessel.transpose"(%[[PART]]) {permutation = array<i64: 0, 2, 1, 3>}
// CHECK-NEXT: return
func.func @indexed_part_of_a_transposition(%x: tensor<2x9x3x4x8xf32>) -> tensor<2x4x9x8xf32> {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 2, 0, 3, 1, 4>} : (tensor<2x9x3x4x8xf32>) -> tensor<3x2x4x9x8xf32>
  %1 = "tessel.slice"(%0) {starts = array<i64: 1, 0, 0, 0, 0>, stops = array<i64: 2, 2, 4, 9, 8>, steps = array<i64: 1, 1, 1, 1, 1>} : (tensor<3x2x4x9x8xf32>) -> tensor<1x2x4x9x8xf32>
  %2 = "tessel.reshape"(%1) {shape = array<i64: 2, 4, 9, 8>, operandSegmentSizes = array<i32: 1, 0>} : (tensor<1x2x4x9x8xf32>) -> tensor<2x4x9x8xf32>
  return %2 : tensor<2x4x9x8xf32>
}

// Heads of 8 do not begin at column 4; steps; parts of two axes.
// CHECK-LABEL: @leaves
// CHECK-NEXT: tessel.slice
// CHECK-NEXT: tessel.reshape
// CHECK-NEXT: tessel.slice
// CHECK-NEXT: tessel.reshape
// CHECK-NEXT: tessel.slice
// CHECK-NEXT: tessel.reshape
// CHECK-NEXT: return
func.func @leaves(%x: tensor<5x96xf32>) -> (tensor<5x4x8xf32>, tensor<5x4x8xf32>, tensor<4x4x8xf32>) {
  %0 = "tessel.slice"(%x) {starts = array<i64: 0, 4>, stops = array<i64: 5, 36>, steps = array<i64: 1, 1>} : (tensor<5x96xf32>) -> tensor<5x32xf32>
  %1 = "tessel.reshape"(%0) {shape = array<i64: 5, 4, 8>, operandSegmentSizes = array<i32: 1, 0>} : (tensor<5x32xf32>) -> tensor<5x4x8xf32>
  %2 = "tessel.slice"(%x) {starts = array<i64: 0, 0>, stops = array<i64: 5, 64>, steps = array<i64: 1, 2>} : (tensor<5x96xf32>) -> tensor<5x32xf32>
  %3 = "tessel.reshape"(%2) {shape = array<i64: 5, 4, 8>, operandSegmentSizes = array<i32: 1, 0>} : (tensor<5x32xf32>) -> tensor<5x4x8xf32>
  %4 = "tessel.slice"(%x) {starts = array<i64: 1, 0>, stops = array<i64: 5, 32>, steps = array<i64: 1, 1>} : (tensor<5x96xf32>) -> tensor<4x32xf32>
  %5 = "tessel.reshape"(%4) {shape = array<i64: 4, 4, 8>, operandSegmentSizes = array<i32: 1, 0>} : (tensor<4x32xf32>) -> tensor<4x4x8xf32>
  return %1, %3, %5 : tensor<5x4x8xf32>, tensor<5x4x8xf32>, tensor<4x4x8xf32>
}
