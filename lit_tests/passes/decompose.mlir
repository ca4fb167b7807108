// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-decompose)' | filecheck %s
// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-decompose,tessel-decompose)' | filecheck %s
// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-decompose{keep=softmax})' | filecheck %s --check-prefix=KEEP

// CHECK-LABEL: @softmax
// CHECK: tessel.reduce_max
// CHECK: tessel.exp
// CHECK: tessel.reduce_sum
// CHECK: tessel.divide
// CHECK-NOT: tessel.softmax
// KEEP-LABEL: @softmax
// KEEP: tessel.softmax
func.func @softmax(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "tessel.softmax"(%x) {axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: @leaves_primitive_ops
// CHECK: tessel.exp
// CHECK-NEXT: return
func.func @leaves_primitive_ops(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "tessel.exp"(%x) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
