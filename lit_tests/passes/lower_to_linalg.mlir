// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-lower-to-linalg)' | filecheck %s
// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-lower-to-linalg,tessel-lower-to-linalg)' | filecheck %s

// CHECK-LABEL: @adds_unsigned
// CHECK-SAME: tensor<4xi8>
// CHECK: linalg.generic
// CHECK: arith.addi
// CHECK-NOT: tessel.
func.func @adds_unsigned(%x: tensor<4xui8>) -> tensor<4xui8> {
  %0 = "tessel.add"(%x, %x) : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  return %0 : tensor<4xui8>
}

// CHECK-LABEL: @matmul
// CHECK: linalg.matmul
func.func @matmul(%x: tensor<4x?xf32>, %y: tensor<?x5xf32>) -> tensor<4x5xf32> {
  %0 = "tessel.matmul"(%x, %y) : (tensor<4x?xf32>, tensor<?x5xf32>) -> tensor<4x5xf32>
  return %0 : tensor<4x5xf32>
}

// CHECK-LABEL: @sizes_stay_on_the_host
// CHECK: tensor.dim
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @sizes_stay_on_the_host(%x: tensor<?xf32>) -> tensor<i64> {
  %0 = "tessel.dim"(%x) {axis = 0 : i64} : (tensor<?xf32>) -> tensor<i64>
  %1 = "tessel.add"(%0, %0) : (tensor<i64>, tensor<i64>) -> tensor<i64>
  return %1 : tensor<i64>
}

// CHECK-LABEL: @leaves_other_dialects
// CHECK-NEXT: arith.addf
func.func @leaves_other_dialects(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = arith.addf %x, %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}
