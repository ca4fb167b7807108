// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-sink-weight-dequantization)' | filecheck %s
// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-sink-weight-dequantization,tessel-sink-weight-dequantization)' | filecheck %s

// CHECK-LABEL: @row
// CHECK: %[[WIDE:.*]] = "tessel.cast"(%arg1)
// CHECK: %[[PRODUCT:.*]] = "tessel.matmul"(%arg0, %[[WIDE]])
// CHECK-NEXT: %[[RESULT:.*]] = "tessel.multiply"(%[[PRODUCT]], %{{.*}}) : (tensor<3x16xf32>, tensor<16xf32>)
// CHECK-NEXT: return %[[RESULT]]
func.func @row(%x: tensor<3x4xf32>, %w: tensor<4x16xi8>, %s: tensor<1x16xf32>) -> tensor<3x16xf32> {
  %0 = "tessel.cast"(%w) {dtype = f32} : (tensor<4x16xi8>) -> tensor<4x16xf32>
  %1 = "tessel.multiply"(%0, %s) : (tensor<4x16xf32>, tensor<1x16xf32>) -> tensor<4x16xf32>
  %2 = "tessel.matmul"(%x, %1) : (tensor<3x4xf32>, tensor<4x16xf32>) -> tensor<3x16xf32>
  return %2 : tensor<3x16xf32>
}

// CHECK-LABEL: @one_number_on_the_left
// CHECK: tessel.matmul
// CHECK: tessel.multiply
func.func @one_number_on_the_left(%x: tensor<?x4xf32>, %w: tensor<4x16xf16>, %s: tensor<f32>) -> tensor<?x16xf32> {
  %0 = "tessel.cast"(%w) {dtype = f32} : (tensor<4x16xf16>) -> tensor<4x16xf32>
  %1 = "tessel.multiply"(%s, %0) : (tensor<f32>, tensor<4x16xf32>) -> tensor<4x16xf32>
  %2 = "tessel.matmul"(%x, %1) : (tensor<?x4xf32>, tensor<4x16xf32>) -> tensor<?x16xf32>
  return %2 : tensor<?x16xf32>
}

// CHECK-LABEL: @not_a_scale_along_k
// CHECK: tessel.multiply
// CHECK-NEXT: %[[PRODUCT:.*]] = "tessel.matmul"
// CHECK-NEXT: return %[[PRODUCT]]
func.func @not_a_scale_along_k(%x: tensor<3x4xf32>, %w: tensor<4x16xi8>, %s: tensor<4x1xf32>) -> tensor<3x16xf32> {
  %0 = "tessel.cast"(%w) {dtype = f32} : (tensor<4x16xi8>) -> tensor<4x16xf32>
  %1 = "tessel.multiply"(%0, %s) : (tensor<4x16xf32>, tensor<4x1xf32>) -> tensor<4x16xf32>
  %2 = "tessel.matmul"(%x, %1) : (tensor<3x4xf32>, tensor<4x16xf32>) -> tensor<3x16xf32>
  return %2 : tensor<3x16xf32>
}

// CHECK-LABEL: @not_weights_of_float32
// CHECK: tessel.multiply
// CHECK-NEXT: %[[PRODUCT:.*]] = "tessel.matmul"
// CHECK-NEXT: return %[[PRODUCT]]
func.func @not_weights_of_float32(%x: tensor<3x4xf32>, %w: tensor<4x16xf32>, %s: tensor<16xf32>) -> tensor<3x16xf32> {
  %0 = "tessel.multiply"(%w, %s) : (tensor<4x16xf32>, tensor<16xf32>) -> tensor<4x16xf32>
  %1 = "tessel.matmul"(%x, %0) : (tensor<3x4xf32>, tensor<4x16xf32>) -> tensor<3x16xf32>
  return %1 : tensor<3x16xf32>
}
