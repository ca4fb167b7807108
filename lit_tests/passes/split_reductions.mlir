// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-split-reductions)' | filecheck %s
// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-split-reductions,tessel-split-reductions)' | filecheck %s

// CHECK-LABEL: @everything
// CHECK-NEXT: %[[CUT:.*]] = "tessel.reshape"(%arg0) {{.*}} : (tensor<1024x4096xf32>) -> tensor<512x8192xf32>
// CHECK-NEXT: %[[PARTS:.*]] = "tessel.reduce_sum"(%[[CUT]]) {axes = array<i64: 1>, keepdims = false}
// CHECK-NEXT: "tessel.reduce_sum"(%[[PARTS]]) {axes = array<i64: 0>, keepdims = false}
// CHECK-NOT: tessel.reduce
// CHECK: return
func.func @everything(%x: tensor<1024x4096xf32>) -> tensor<f32> {
  %0 = "tessel.reduce_sum"(%x) {axes = array<i64: 0, 1>, keepdims = false} : (tensor<1024x4096xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// CHECK-LABEL: @a_few_rows
// CHECK: "tessel.reduce_max"(%{{.*}}) {axes = array<i64: 2>, keepdims = false} : (tensor<3x125x1024xf32>) -> tensor<3x125xf32>
// CHECK: "tessel.reduce_max"(%{{.*}}) {axes = array<i64: 1>, keepdims = false} : (tensor<3x125xf32>) -> tensor<3xf32>
// CHECK: tessel.reshape
// CHECK-SAME: tensor<3x1xf32>
func.func @a_few_rows(%x: tensor<3x128000xf32>) -> tensor<3x1xf32> {
  %0 = "tessel.reduce_max"(%x) {axes = array<i64: 1>, keepdims = true} : (tensor<3x128000xf32>) -> tensor<3x1xf32>
  return %0 : tensor<3x1xf32>
}

// Many rows, short ones, prime lengths, leading axes, other dtypes, and what another op computes.
// CHECK-LABEL: @leaves_others
// CHECK-NOT: tessel.reshape
// CHECK: return
func.func @leaves_others(%a: tensor<64x65536xf32>, %b: tensor<2x1024xf32>, %c: tensor<65537xf32>, %d: tensor<65536x2xf32>, %e: tensor<65536xf64>, %f: tensor<65536xf32>) -> (tensor<64xf32>, tensor<2xf32>, tensor<f32>, tensor<2xf32>, tensor<f64>, tensor<f32>) {
  %0 = "tessel.reduce_sum"(%a) {axes = array<i64: 1>, keepdims = false} : (tensor<64x65536xf32>) -> tensor<64xf32>
  %1 = "tessel.reduce_sum"(%b) {axes = array<i64: 1>, keepdims = false} : (tensor<2x1024xf32>) -> tensor<2xf32>
  %2 = "tessel.reduce_sum"(%c) {axes = array<i64: 0>, keepdims = false} : (tensor<65537xf32>) -> tensor<f32>
  %3 = "tessel.reduce_sum"(%d) {axes = array<i64: 0>, keepdims = false} : (tensor<65536x2xf32>) -> tensor<2xf32>
  %4 = "tessel.reduce_sum"(%e) {axes = array<i64: 0>, keepdims = false} : (tensor<65536xf64>) -> tensor<f64>
  %g = "tessel.exp"(%f) : (tensor<65536xf32>) -> tensor<65536xf32>
  %5 = "tessel.reduce_sum"(%g) {axes = array<i64: 0>, keepdims = false} : (tensor<65536xf32>) -> tensor<f32>
  return %0, %1, %2, %3, %4, %5 : tensor<64xf32>, tensor<2xf32>, tensor<f32>, tensor<2xf32>, tensor<f64>, tensor<f32>
}
