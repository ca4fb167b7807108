// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-fold-scales)' | filecheck %s
// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-fold-scales,tessel-fold-scales)' | filecheck %s

// CHECK-LABEL: @folds_a_normalisation
// CHECK: %[[SCALED:.*]] = "tessel.multiply"(%{{.*}}, %{{.*}}) : (tensor<3x3x4x8xf32>, tensor<8xf32>) -> tensor<3x3x4x8xf32>
// CHECK-NEXT: %[[Y:.*]] = "tessel.channels_last_convolution"(%arg0, %[[SCALED]])
// CHECK-NEXT: %[[SUM:.*]] = "tessel.add"(%[[Y]], %{{.*}}) : (tensor<1x4x4x8xf32>, tensor<8xf32>) -> tensor<1x4x4x8xf32>
// CHECK-NEXT: "tessel.relu"(%[[SUM]])
func.func @folds_a_normalisation(%x: tensor<1x6x6x4xf32>) -> tensor<1x4x4x8xf32> {
  %w = "tessel.parameter"() {dtype = f32, key = "w", shape = array<i64: 3, 3, 4, 8>} : () -> tensor<3x3x4x8xf32>
  %mean = "tessel.parameter"() {dtype = f32, key = "mean", shape = array<i64: 8>} : () -> tensor<8xf32>
  %deviation = "tessel.parameter"() {dtype = f32, key = "deviation", shape = array<i64: 1, 1, 1, 8>} : () -> tensor<1x1x1x8xf32>
  %0 = "tessel.channels_last_convolution"(%x, %w) {strides = array<i64: 1, 1>, dilation = 1 : i64} : (tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>) -> tensor<1x4x4x8xf32>
  %1 = "tessel.subtract"(%0, %mean) : (tensor<1x4x4x8xf32>, tensor<8xf32>) -> tensor<1x4x4x8xf32>
  %2 = "tessel.divide"(%1, %deviation) : (tensor<1x4x4x8xf32>, tensor<1x1x1x8xf32>) -> tensor<1x4x4x8xf32>
  %3 = "tessel.relu"(%2) : (tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  return %3 : tensor<1x4x4x8xf32>
}

// CHECK-LABEL: @folds_a_number
// CHECK: %[[SCALED:.*]] = "tessel.multiply"
// CHECK-NEXT: %[[Y:.*]] = "tessel.matmul"(%arg0, %[[SCALED]])
// CHECK-NEXT: return %[[Y]]
func.func @folds_a_number(%x: tensor<4x6xf32>) -> tensor<4x8xf32> {
  %w = "tessel.parameter"() {dtype = f32, key = "w", shape = array<i64: 6, 8>} : () -> tensor<6x8xf32>
  %c = "tessel.constant"() {dtype = f32, value = dense<0.125> : tensor<f32>} : () -> tensor<f32>
  %0 = "tessel.matmul"(%x, %w) : (tensor<4x6xf32>, tensor<6x8xf32>) -> tensor<4x8xf32>
  %1 = "tessel.multiply"(%c, %0) : (tensor<f32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// A bias alone; a scale that is an argument, or a column; a second use; one over the product.
// CHECK-LABEL: @leaves
// CHECK-COUNT-5: "tessel.matmul"(%{{.*}}, %[[W:.*]]) : (tensor<4x6xf32>, tensor<6x8xf32>)
// CHECK-NOT: tensor<6x8xf32>, tensor<8xf32>
// CHECK: return
func.func @leaves(%x: tensor<4x6xf32>, %s: tensor<8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) {
  %w = "tessel.parameter"() {dtype = f32, key = "w", shape = array<i64: 6, 8>} : () -> tensor<6x8xf32>
  %b = "tessel.parameter"() {dtype = f32, key = "b", shape = array<i64: 8>} : () -> tensor<8xf32>
  %c = "tessel.parameter"() {dtype = f32, key = "c", shape = array<i64: 4, 1>} : () -> tensor<4x1xf32>
  %0 = "tessel.matmul"(%x, %w) : (tensor<4x6xf32>, tensor<6x8xf32>) -> tensor<4x8xf32>
  %1 = "tessel.add"(%0, %b) : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  %2 = "tessel.matmul"(%x, %w) : (tensor<4x6xf32>, tensor<6x8xf32>) -> tensor<4x8xf32>
  %3 = "tessel.multiply"(%2, %s) : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  %4 = "tessel.matmul"(%x, %w) : (tensor<4x6xf32>, tensor<6x8xf32>) -> tensor<4x8xf32>
  %5 = "tessel.multiply"(%4, %c) : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  %6 = "tessel.matmul"(%x, %w) : (tensor<4x6xf32>, tensor<6x8xf32>) -> tensor<4x8xf32>
  %7 = "tessel.multiply"(%6, %b) : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  %8 = "tessel.matmul"(%x, %w) : (tensor<4x6xf32>, tensor<6x8xf32>) -> tensor<4x8xf32>
  %9 = "tessel.divide"(%b, %8) : (tensor<8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %1, %3, %5, %6, %7, %9 : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>
}
