// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-fuse-elementwise)' | filecheck %s
// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-fuse-elementwise,tessel-fuse-elementwise)' | filecheck %s
// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-fuse-elementwise,tessel-lower-to-linalg)' | filecheck %s --check-prefix=LOWERED

// CHECK-LABEL: @fuses_a_chain
// CHECK: scf.execute_region
// CHECK-NEXT: tessel.exp
// CHECK-NEXT: tessel.add
// CHECK-NEXT: scf.yield
// CHECK: tessel.fusion = "elementwise"
// LOWERED-LABEL: @fuses_a_chain
// LOWERED: linalg.generic
// LOWERED: arith.addf
// LOWERED-NOT: linalg.generic
// LOWERED: return
func.func @fuses_a_chain(%x: tensor<2x3xf32>, %b: tensor<3xf32>) -> tensor<2x3xf32> {
  %0 = "tessel.exp"(%x) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = "tessel.add"(%0, %b) : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// CHECK-LABEL: @leaves_a_single_op
// CHECK-NOT: scf.execute_region
// CHECK: return
func.func @leaves_a_single_op(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "tessel.exp"(%x) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: @computes_nothing_twice
// CHECK-NEXT: tessel.exp
// CHECK-NEXT: tessel.add
// CHECK-NEXT: tessel.multiply
// CHECK-NEXT: return
func.func @computes_nothing_twice(%x: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %0 = "tessel.exp"(%x) : (tensor<3xf32>) -> tensor<3xf32>
  %1 = "tessel.add"(%0, %x) : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  %2 = "tessel.multiply"(%0, %x) : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return %1, %2 : tensor<3xf32>, tensor<3xf32>
}

// CHECK-LABEL: @leaves_smaller_producers
// CHECK-NEXT: tessel.exp
// CHECK-NEXT: tessel.add
// CHECK-NEXT: return
func.func @leaves_smaller_producers(%x: tensor<3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "tessel.exp"(%x) : (tensor<3xf32>) -> tensor<3xf32>
  %1 = "tessel.add"(%0, %y) : (tensor<3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// CHECK-LABEL: @leaves_arithmetic_of_sizes
// CHECK-NOT: scf.execute_region
// CHECK: return
func.func @leaves_arithmetic_of_sizes(%n: tensor<i64>) -> tensor<i64> {
  %0 = "tessel.add"(%n, %n) : (tensor<i64>, tensor<i64>) -> tensor<i64>
  %1 = "tessel.multiply"(%0, %n) : (tensor<i64>, tensor<i64>) -> tensor<i64>
  return %1 : tensor<i64>
}
