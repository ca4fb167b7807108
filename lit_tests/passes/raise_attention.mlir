// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-raise-attention)' | filecheck %s
// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-raise-attention,tessel-raise-attention)' | filecheck %s

// CHECK-LABEL: @scaled_and_added
// CHECK: "tessel.scaled_dot_product_attention"(%arg0, %arg1, %arg2, %arg3) {causal = false, {{.*}}scale = 5.000000e-01 : f64}
// CHECK-NEXT: return
func.func @scaled_and_added(%q: tensor<1x2x8x4xf32>, %k: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x4xf32>, %mask: tensor<8x8xf32>) -> tensor<1x2x8x4xf32> {
  %c = "tessel.constant"() {dtype = f32, value = dense<0.5> : tensor<f32>} : () -> tensor<f32>
  %kt = "tessel.transpose"(%k) {permutation = array<i64: 0, 1, 3, 2>} : (tensor<1x2x8x4xf32>) -> tensor<1x2x4x8xf32>
  %0 = "tessel.matmul"(%q, %kt) : (tensor<1x2x8x4xf32>, tensor<1x2x4x8xf32>) -> tensor<1x2x8x8xf32>
  %1 = "tessel.multiply"(%0, %c) : (tensor<1x2x8x8xf32>, tensor<f32>) -> tensor<1x2x8x8xf32>
  %2 = "tessel.add"(%1, %mask) : (tensor<1x2x8x8xf32>, tensor<8x8xf32>) -> tensor<1x2x8x8xf32>
  %3 = "tessel.softmax"(%2) {axis = 3 : i64} : (tensor<1x2x8x8xf32>) -> tensor<1x2x8x8xf32>
  %4 = "tessel.matmul"(%3, %v) : (tensor<1x2x8x8xf32>, tensor<1x2x8x4xf32>) -> tensor<1x2x8x4xf32>
  return %4 : tensor<1x2x8x4xf32>
}

// CHECK-LABEL: @leaves_another_axis
// CHECK-NOT: scaled_dot_product_attention
// CHECK: return
func.func @leaves_another_axis(%q: tensor<1x2x8x4xf32>, %kt: tensor<1x2x4x8xf32>, %v: tensor<1x2x8x4xf32>) -> tensor<1x2x8x4xf32> {
  %0 = "tessel.matmul"(%q, %kt) : (tensor<1x2x8x4xf32>, tensor<1x2x4x8xf32>) -> tensor<1x2x8x8xf32>
  %1 = "tessel.softmax"(%0) {axis = 2 : i64} : (tensor<1x2x8x8xf32>) -> tensor<1x2x8x8xf32>
  %2 = "tessel.matmul"(%1, %v) : (tensor<1x2x8x8xf32>, tensor<1x2x8x4xf32>) -> tensor<1x2x8x4xf32>
  return %2 : tensor<1x2x8x4xf32>
}

// CHECK-LABEL: @takes_dynamic_lengths
// CHECK: "tessel.scaled_dot_product_attention"{{.*}} : (tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>) -> tensor<?x2x?x4xf32>
// CHECK-NOT: tessel.matmul
func.func @takes_dynamic_lengths(%q: tensor<?x2x?x4xf32>, %kt: tensor<?x2x4x?xf32>, %v: tensor<?x2x?x4xf32>) -> tensor<?x2x?x4xf32> {
  %0 = "tessel.matmul"(%q, %kt) : (tensor<?x2x?x4xf32>, tensor<?x2x4x?xf32>) -> tensor<?x2x?x?xf32>
  %1 = "tessel.softmax"(%0) {axis = 3 : i64} : (tensor<?x2x?x?xf32>) -> tensor<?x2x?x?xf32>
  %2 = "tessel.matmul"(%1, %v) : (tensor<?x2x?x?xf32>, tensor<?x2x?x4xf32>) -> tensor<?x2x?x4xf32>
  return %2 : tensor<?x2x?x4xf32>
}

// CHECK-LABEL: @leaves_dynamic_sizes
// CHECK-NOT: scaled_dot_product_attention
// CHECK: return
func.func @leaves_dynamic_sizes(%q: tensor<?x4xf32>, %kt: tensor<4x8xf32>, %v: tensor<8x4xf32>) -> tensor<?x4xf32> {
  %0 = "tessel.matmul"(%q, %kt) : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<?x8xf32>
  %1 = "tessel.softmax"(%0) {axis = 1 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %2 = "tessel.matmul"(%1, %v) : (tensor<?x8xf32>, tensor<8x4xf32>) -> tensor<?x4xf32>
  return %2 : tensor<?x4xf32>
}
