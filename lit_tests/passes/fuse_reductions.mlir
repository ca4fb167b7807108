// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-fuse-reductions)' | filecheck %s
// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-fuse-reductions,tessel-fuse-reductions)' | filecheck %s
// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-decompose,tessel-canonicalize,cse,tessel-fuse-reductions,tessel-fuse-elementwise)' | filecheck %s --check-prefix=KERNELS

// What leads to a reduction, and what its result is broadcast to, is one kernel.
// CHECK-LABEL: @softmax_by_hand
// CHECK-NEXT: scf.execute_region
// CHECK-NEXT: tessel.reduce_max
// CHECK-NEXT: tessel.subtract
// CHECK-NEXT: tessel.exp
// CHECK-NEXT: tessel.reduce_sum
// CHECK-NEXT: tessel.divide
// CHECK-NEXT: scf.yield
// CHECK: tessel.fusion = "reduction"
// CHECK-NEXT: return
func.func @softmax_by_hand(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = "tessel.reduce_max"(%x) {axes = array<i64: 1>, keepdims = true} : (tensor<4x8xf32>) -> tensor<4x1xf32>
  %1 = "tessel.subtract"(%x, %0) : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  %2 = "tessel.exp"(%1) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %3 = "tessel.reduce_sum"(%2) {axes = array<i64: 1>, keepdims = true} : (tensor<4x8xf32>) -> tensor<4x1xf32>
  %4 = "tessel.divide"(%2, %3) : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  return %4 : tensor<4x8xf32>
}

// -----

// KERNELS-LABEL: @softmax
// KERNELS-COUNT-1: tessel.fusion
// KERNELS-NOT: tessel.
// KERNELS: return
func.func @softmax(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = "tessel.softmax"(%x) {axis = 1 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// -----

// KERNELS-LABEL: @layer_norm
// KERNELS-COUNT-1: tessel.fusion
// KERNELS-NOT: tessel.
// KERNELS: return
func.func @layer_norm(%x: tensor<4x8xf32>, %scale: tensor<8xf32>, %bias: tensor<8xf32>) -> tensor<4x8xf32> {
  %0 = "tessel.layer_norm"(%x, %scale, %bias) {axis = 1 : i64, epsilon = 1.0e-5 : f64, operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<4x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// -----

// A reduction alone may get a kernel, too.
// CHECK-LABEL: @alone
// CHECK: scf.execute_region
// CHECK-NEXT: tessel.reduce_sum
// CHECK-NEXT: scf.yield
// CHECK: tessel.fusion = "reduction"
func.func @alone(%x: tensor<4x8xf32>) -> tensor<4xf32> {
  %0 = "tessel.reduce_sum"(%x) {axes = array<i64: 1>, keepdims = false} : (tensor<4x8xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// CHECK-LABEL: @indices
// CHECK: scf.execute_region
// CHECK-NEXT: tessel.argmax
// CHECK-NEXT: scf.yield
// CHECK: tessel.fusion = "arg_reduction"
func.func @indices(%x: tensor<4x8xf32>) -> tensor<4xi64> {
  %0 = "tessel.argmax"(%x) {axis = 1 : i64, keepdims = false} : (tensor<4x8xf32>) -> tensor<4xi64>
  return %0 : tensor<4xi64>
}

// -----

// Along other axes a kernel would need all rows before it goes on.
// CHECK-LABEL: @other_axes
// CHECK: scf.execute_region
// CHECK-NEXT: tessel.reduce_sum
// CHECK-NEXT: scf.yield
// CHECK: scf.execute_region
// CHECK-NEXT: tessel.reduce_max
// CHECK-NEXT: scf.yield
func.func @other_axes(%x: tensor<4x8xf32>) -> tensor<f32> {
  %0 = "tessel.reduce_sum"(%x) {axes = array<i64: 1>, keepdims = false} : (tensor<4x8xf32>) -> tensor<4xf32>
  %1 = "tessel.reduce_max"(%0) {axes = array<i64: 0>, keepdims = false} : (tensor<4xf32>) -> tensor<f32>
  return %1 : tensor<f32>
}

// -----

// Dynamic sizes are left alone.
// CHECK-LABEL: @dynamic_sizes
// CHECK-NOT: scf.execute_region
func.func @dynamic_sizes(%x: tensor<?x8xf32>) -> tensor<?xf32> {
  %0 = "tessel.exp"(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %1 = "tessel.reduce_sum"(%0) {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  return %1 : tensor<?xf32>
}

// -----

// An op that is no member is between: what comes after it is no member either.
// CHECK-LABEL: @something_between
// CHECK: scf.execute_region
// CHECK-NEXT: tessel.exp
// CHECK-NEXT: tessel.reduce_sum
// CHECK-NEXT: scf.yield
// CHECK: tessel.reverse
// CHECK: tessel.multiply
func.func @something_between(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = "tessel.exp"(%x) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = "tessel.reduce_sum"(%0) {axes = array<i64: 1>, keepdims = true} : (tensor<4x8xf32>) -> tensor<4x1xf32>
  %2 = "tessel.reverse"(%1) {axes = array<i64: 0>} : (tensor<4x1xf32>) -> tensor<4x1xf32>
  %3 = "tessel.multiply"(%x, %2) : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  return %3 : tensor<4x8xf32>
}

// -----

// What uses a member early moves behind the fusion, and arrays that are used outside are results.
// CHECK-LABEL: @used_outside
// CHECK: %[[FUSED:.*]]:2 = scf.execute_region
// CHECK: tessel.reverse"(%[[FUSED]]#0)
// CHECK: return
func.func @used_outside(%x: tensor<4x8xf32>) -> (tensor<4x1xf32>, tensor<4x8xf32>) {
  %0 = "tessel.reduce_sum"(%x) {axes = array<i64: 1>, keepdims = true} : (tensor<4x8xf32>) -> tensor<4x1xf32>
  %1 = "tessel.reverse"(%0) {axes = array<i64: 0>} : (tensor<4x1xf32>) -> tensor<4x1xf32>
  %2 = "tessel.multiply"(%x, %0) : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  return %1, %2 : tensor<4x1xf32>, tensor<4x8xf32>
}

// -----

// One array of the full shape may leave a kernel: the second consumer is left to another.
// CHECK-LABEL: @two_full_results
// CHECK: scf.execute_region
// CHECK: tessel.fusion
// CHECK: tessel.subtract
// CHECK: tessel.exp
func.func @two_full_results(%x: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %0 = "tessel.reduce_sum"(%x) {axes = array<i64: 1>, keepdims = true} : (tensor<4x8xf32>) -> tensor<4x1xf32>
  %1 = "tessel.multiply"(%x, %0) : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  %2 = "tessel.subtract"(%1, %0) : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  %3 = "tessel.exp"(%1) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %2, %3 : tensor<4x8xf32>, tensor<4x8xf32>
}
