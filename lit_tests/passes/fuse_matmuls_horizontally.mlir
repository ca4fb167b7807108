// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-fuse-matmuls-horizontally)' | filecheck %s
// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-fuse-matmuls-horizontally,tessel-fuse-matmuls-horizontally)' | filecheck %s

// CHECK-LABEL: @merges_products_and_what_follows_them
// CHECK-DAG: %[[U:.*]] = "tessel.parameter"() {dtype = f32, key = "u"
// CHECK-DAG: %[[V:.*]] = "tessel.parameter"() {dtype = f32, key = "v"
// CHECK: %[[W:.*]] = "tessel.concatenate"(%[[U]], %[[V]]) {axis = 1 : i64}
// CHECK-NEXT: %[[Y:.*]] = "tessel.matmul"(%arg0, %[[W]])
// CHECK: %[[B:.*]] = "tessel.concatenate"
// CHECK-NEXT: %[[Z:.*]] = "tessel.add"(%[[Y]], %[[B]])
// CHECK-NEXT: "tessel.slice"(%[[Z]]) {starts = array<i64: 0, 0>, steps = array<i64: 1, 1>, stops = array<i64: 4, 8>}
// CHECK-NEXT: "tessel.slice"(%[[Z]]) {starts = array<i64: 0, 8>, steps = array<i64: 1, 1>, stops = array<i64: 4, 12>}
// CHECK-NOT: tessel.matmul
// CHECK: tessel.transpose
func.func @merges_products_and_what_follows_them(%x: tensor<4x6xf32>) -> (tensor<8x4xf32>, tensor<4x4xf32>) {
  %u = "tessel.parameter"() {dtype = f32, key = "u", shape = array<i64: 6, 8>} : () -> tensor<6x8xf32>
  %0 = "tessel.matmul"(%x, %u) : (tensor<4x6xf32>, tensor<6x8xf32>) -> tensor<4x8xf32>
  %a = "tessel.parameter"() {dtype = f32, key = "a", shape = array<i64: 8>} : () -> tensor<8xf32>
  %1 = "tessel.add"(%0, %a) : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  %2 = "tessel.transpose"(%1) {permutation = array<i64: 1, 0>} : (tensor<4x8xf32>) -> tensor<8x4xf32>
  %v = "tessel.parameter"() {dtype = f32, key = "v", shape = array<i64: 6, 4>} : () -> tensor<6x4xf32>
  %3 = "tessel.matmul"(%x, %v) : (tensor<4x6xf32>, tensor<6x4xf32>) -> tensor<4x4xf32>
  %b = "tessel.parameter"() {dtype = f32, key = "b", shape = array<i64: 4>} : () -> tensor<4xf32>
  %4 = "tessel.add"(%3, %b) : (tensor<4x4xf32>, tensor<4xf32>) -> tensor<4x4xf32>
  %5 = "tessel.transpose"(%4) {permutation = array<i64: 1, 0>} : (tensor<4x4xf32>) -> tensor<4x4xf32>
  return %2, %5 : tensor<8x4xf32>, tensor<4x4xf32>
}

// An activation after one of them alone, a weight that is an argument, results, another array.
// CHECK-LABEL: @leaves
// CHECK-NOT: tessel.concatenate
// CHECK: return
func.func @leaves(%x: tensor<4x6xf32>, %y: tensor<4x6xf32>, %w: tensor<6x8xf32>) -> (tensor<8x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<4x8xf32>) {
  %u = "tessel.parameter"() {dtype = f32, key = "u", shape = array<i64: 6, 8>} : () -> tensor<6x8xf32>
  %v = "tessel.parameter"() {dtype = f32, key = "v", shape = array<i64: 6, 8>} : () -> tensor<6x8xf32>
  %0 = "tessel.matmul"(%x, %u) : (tensor<4x6xf32>, tensor<6x8xf32>) -> tensor<4x8xf32>
  %1 = "tessel.relu"(%0) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %2 = "tessel.transpose"(%1) {permutation = array<i64: 1, 0>} : (tensor<4x8xf32>) -> tensor<8x4xf32>
  %3 = "tessel.matmul"(%x, %v) : (tensor<4x6xf32>, tensor<6x8xf32>) -> tensor<4x8xf32>
  %4 = "tessel.transpose"(%3) {permutation = array<i64: 1, 0>} : (tensor<4x8xf32>) -> tensor<8x4xf32>
  %5 = "tessel.matmul"(%x, %w) : (tensor<4x6xf32>, tensor<6x8xf32>) -> tensor<4x8xf32>
  %6 = "tessel.transpose"(%5) {permutation = array<i64: 1, 0>} : (tensor<4x8xf32>) -> tensor<8x4xf32>
  %7 = "tessel.matmul"(%y, %v) : (tensor<4x6xf32>, tensor<6x8xf32>) -> tensor<4x8xf32>
  return %2, %4, %6, %7 : tensor<8x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>, tensor<4x8xf32>
}

// CHECK-LABEL: @leaves_dynamic_rows
// CHECK-NOT: tessel.concatenate
// CHECK: return
func.func @leaves_dynamic_rows(%x: tensor<?x6xf32>) -> (tensor<8x?xf32>, tensor<8x?xf32>) {
  %u = "tessel.parameter"() {dtype = f32, key = "u", shape = array<i64: 6, 8>} : () -> tensor<6x8xf32>
  %v = "tessel.parameter"() {dtype = f32, key = "v", shape = array<i64: 6, 8>} : () -> tensor<6x8xf32>
  %0 = "tessel.matmul"(%x, %u) : (tensor<?x6xf32>, tensor<6x8xf32>) -> tensor<?x8xf32>
  %1 = "tessel.transpose"(%0) {permutation = array<i64: 1, 0>} : (tensor<?x8xf32>) -> tensor<8x?xf32>
  %2 = "tessel.matmul"(%x, %v) : (tensor<?x6xf32>, tensor<6x8xf32>) -> tensor<?x8xf32>
  %3 = "tessel.transpose"(%2) {permutation = array<i64: 1, 0>} : (tensor<?x8xf32>) -> tensor<8x?xf32>
  return %1, %3 : tensor<8x?xf32>, tensor<8x?xf32>
}
