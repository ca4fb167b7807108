// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-fuse-copies)' | filecheck %s
// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-fuse-copies,tessel-fuse-copies)' | filecheck %s

// Matrices that become a program's images, with zeros around them.
// CHECK-LABEL: @images
// CHECK: scf.execute_region
// CHECK: tessel.transpose
// CHECK: tessel.pad
// CHECK: tessel.fusion = "transpose"
// CHECK: return
func.func @images(%x: tensor<2x8x5x7xf32>) -> tensor<2x7x9x8xf32> {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 0, 2, 3, 1>} : (tensor<2x8x5x7xf32>) -> tensor<2x5x7x8xf32>
  %zero = "tessel.constant"() {dtype = f32, value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  %1 = "tessel.pad"(%0, %zero) {low = array<i64: 0, 1, 1, 0>, high = array<i64: 0, 1, 1, 0>} : (tensor<2x5x7x8xf32>, tensor<f32>) -> tensor<2x7x9x8xf32>
  return %1 : tensor<2x7x9x8xf32>
}

// -----

// CHECK-LABEL: @panels
// CHECK: scf.execute_region
// CHECK: tessel.pack_matrix
// CHECK: tessel.fusion = "pack"
func.func @panels(%x: tensor<6x40xf32>) -> tensor<3x6x16xf32> {
  %0 = "tessel.pack_matrix"(%x) {kr = 1 : i64, nr = 16 : i64} : (tensor<6x40xf32>) -> tensor<3x6x16xf32>
  return %0 : tensor<3x6x16xf32>
}

// -----

// What an op without a kernel makes, or reads.
// CHECK-LABEL: @beside_other_ops
// CHECK-NOT: scf.execute_region
// CHECK: return
func.func @beside_other_ops(%x: tensor<6x40xf32>) -> (tensor<40x6xf32>, tensor<40x6xf32>) {
  %0 = "tessel.exp"(%x) : (tensor<6x40xf32>) -> tensor<6x40xf32>
  %1 = "tessel.transpose"(%0) {permutation = array<i64: 1, 0>} : (tensor<6x40xf32>) -> tensor<40x6xf32>
  %2 = "tessel.transpose"(%x) {permutation = array<i64: 1, 0>} : (tensor<6x40xf32>) -> tensor<40x6xf32>
  %3 = "tessel.exp"(%2) : (tensor<40x6xf32>) -> tensor<40x6xf32>
  return %1, %3 : tensor<40x6xf32>, tensor<40x6xf32>
}

// -----

// Another dtype, another permutation, dynamic sizes.
// CHECK-LABEL: @others
// CHECK-NOT: scf.execute_region
// CHECK: return
func.func @others(%x: tensor<6x40xf64>, %y: tensor<2x3x4xf32>, %z: tensor<?x4xf32>) -> (tensor<40x6xf64>, tensor<4x3x2xf32>, tensor<4x?xf32>) {
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 1, 0>} : (tensor<6x40xf64>) -> tensor<40x6xf64>
  %1 = "tessel.transpose"(%y) {permutation = array<i64: 2, 1, 0>} : (tensor<2x3x4xf32>) -> tensor<4x3x2xf32>
  %2 = "tessel.transpose"(%z) {permutation = array<i64: 1, 0>} : (tensor<?x4xf32>) -> tensor<4x?xf32>
  return %0, %1, %2 : tensor<40x6xf64>, tensor<4x3x2xf32>, tensor<4x?xf32>
}
