// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-fuse-concatenations)' | filecheck %s
// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-fuse-concatenations,tessel-fuse-concatenations)' | filecheck %s

// CHECK-LABEL: @takes_the_ops_of_each_piece
// CHECK-NEXT: scf.execute_region
// CHECK-NEXT: tessel.relu
// CHECK-NEXT: tessel.exp
// CHECK-NEXT: tessel.negate
// CHECK-NEXT: tessel.concatenate
// CHECK-NEXT: tessel.concatenate
// CHECK-NEXT: scf.yield
// CHECK-NEXT: tessel.fusion = "concatenation"
// CHECK-NEXT: return
func.func @takes_the_ops_of_each_piece(%x: tensor<4x32xf32>, %y: tensor<4x16xf32>, %z: tensor<4x48xf32>) -> tensor<4x96xf32> {
  %0 = "tessel.exp"(%y) : (tensor<4x16xf32>) -> tensor<4x16xf32>
  %1 = "tessel.relu"(%x) : (tensor<4x32xf32>) -> tensor<4x32xf32>
  %2 = "tessel.negate"(%0) : (tensor<4x16xf32>) -> tensor<4x16xf32>
  %3 = "tessel.concatenate"(%1, %2) {axis = 1 : i64} : (tensor<4x32xf32>, tensor<4x16xf32>) -> tensor<4x48xf32>
  %4 = "tessel.concatenate"(%3, %z) {axis = 1 : i64} : (tensor<4x48xf32>, tensor<4x48xf32>) -> tensor<4x96xf32>
  return %4 : tensor<4x96xf32>
}

// What is used elsewhere stays outside; the rest is joined.
// CHECK-LABEL: @leaves_what_is_used_elsewhere
// CHECK-NEXT: tessel.exp
// CHECK-NEXT: scf.execute_region
// CHECK-NEXT: tessel.relu
// CHECK-NEXT: tessel.concatenate
// CHECK-NEXT: scf.yield
func.func @leaves_what_is_used_elsewhere(%x: tensor<4x32xf32>, %y: tensor<4x16xf32>) -> (tensor<4x48xf32>, tensor<4x16xf32>) {
  %0 = "tessel.exp"(%y) : (tensor<4x16xf32>) -> tensor<4x16xf32>
  %1 = "tessel.relu"(%x) : (tensor<4x32xf32>) -> tensor<4x32xf32>
  %2 = "tessel.concatenate"(%1, %0) {axis = 1 : i64} : (tensor<4x32xf32>, tensor<4x16xf32>) -> tensor<4x48xf32>
  return %2, %0 : tensor<4x48xf32>, tensor<4x16xf32>
}

// Slices, integers, one array twice, dynamic sizes.
// CHECK-LABEL: @leaves
// CHECK-NOT: scf.execute_region
// CHECK: return
func.func @leaves(%x: tensor<4x32xf32>, %n: tensor<4x32xi32>, %y: tensor<?x32xf32>) -> (tensor<4x32xf32>, tensor<8x32xi32>, tensor<8x32xf32>, tensor<?x32xf32>) {
  %0 = "tessel.slice"(%x) {starts = array<i64: 0, 16>, stops = array<i64: 4, 32>, steps = array<i64: 1, 1>} : (tensor<4x32xf32>) -> tensor<4x16xf32>
  %1 = "tessel.slice"(%x) {starts = array<i64: 0, 0>, stops = array<i64: 4, 16>, steps = array<i64: 1, 1>} : (tensor<4x32xf32>) -> tensor<4x16xf32>
  %2 = "tessel.concatenate"(%0, %1) {axis = 1 : i64} : (tensor<4x16xf32>, tensor<4x16xf32>) -> tensor<4x32xf32>
  %3 = "tessel.concatenate"(%n, %n) {axis = 0 : i64} : (tensor<4x32xi32>, tensor<4x32xi32>) -> tensor<8x32xi32>
  %4 = "tessel.concatenate"(%x, %x) {axis = 0 : i64} : (tensor<4x32xf32>, tensor<4x32xf32>) -> tensor<8x32xf32>
  %5 = "tessel.concatenate"(%y, %x) {axis = 0 : i64} : (tensor<?x32xf32>, tensor<4x32xf32>) -> tensor<?x32xf32>
  return %2, %3, %4, %5 : tensor<4x32xf32>, tensor<8x32xi32>, tensor<8x32xf32>, tensor<?x32xf32>
}

// A slice that is little beside the rest is copied for the kernel, as the keys of one token are.
// CHECK-LABEL: @takes_a_small_slice
// CHECK-NEXT: tessel.slice
// CHECK-NEXT: scf.execute_region
// CHECK-NEXT: tessel.concatenate
func.func @takes_a_small_slice(%x: tensor<4x32xf32>, %y: tensor<4x14xf32>) -> tensor<4x34xf32> {
  %0 = "tessel.slice"(%y) {starts = array<i64: 0, 2>, stops = array<i64: 4, 4>, steps = array<i64: 1, 1>} : (tensor<4x14xf32>) -> tensor<4x2xf32>
  %1 = "tessel.concatenate"(%x, %0) {axis = 1 : i64} : (tensor<4x32xf32>, tensor<4x2xf32>) -> tensor<4x34xf32>
  return %1 : tensor<4x34xf32>
}
