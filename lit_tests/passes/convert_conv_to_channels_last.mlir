// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-convert-conv-to-channels-last)' | filecheck %s
// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-convert-conv-to-channels-last,tessel-convert-conv-to-channels-last)' | filecheck %s

module {
  // CHECK-LABEL: @pads_and_turns
  // CHECK: %[[IMAGE:.*]] = "tessel.transpose"(%arg0) {permutation = array<i64: 0, 2, 3, 1>}
  // CHECK: %[[PADDED:.*]] = "tessel.pad"(%[[IMAGE]], %{{.*}}) {high = array<i64: 0, 1, 1, 0>, low = array<i64: 0, 1, 1, 0>}
  // CHECK: %[[WEIGHT:.*]] = "tessel.transpose"(%{{.*}}) {permutation = array<i64: 2, 3, 1, 0>}
  // CHECK: %[[RESULT:.*]] = "tessel.channels_last_convolution"(%[[PADDED]], %[[WEIGHT]])
  // CHECK: "tessel.transpose"(%[[RESULT]]) {permutation = array<i64: 0, 3, 1, 2>}
  // CHECK-NOT: tessel.convolution
  // CHECK: return
  func.func @pads_and_turns(%x: tensor<1x8x6x6xf32>) -> tensor<1x4x6x6xf32> {
    %w = "tessel.parameter"() {dtype = f32, key = "p0", shape = array<i64: 4, 8, 3, 3>} : () -> tensor<4x8x3x3xf32>
    %0 = "tessel.convolution"(%x, %w) {strides = array<i64: 1, 1>, padding_low = array<i64: 1, 1>, padding_high = array<i64: 1, 1>, dilation = array<i64: 1, 1>, input_dilation = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x8x6x6xf32>, tensor<4x8x3x3xf32>) -> tensor<1x4x6x6xf32>
    return %0 : tensor<1x4x6x6xf32>
  }

  // CHECK-LABEL: @a_window_of_one_is_a_product
  // CHECK: tessel.matmul
  // CHECK-SAME: (tensor<1x6x6x8xf32>, tensor<8x4xf32>) -> tensor<1x6x6x4xf32>
  func.func @a_window_of_one_is_a_product(%x: tensor<1x8x6x6xf32>) -> tensor<1x4x6x6xf32> {
    %w = "tessel.parameter"() {dtype = f32, key = "p0", shape = array<i64: 4, 8, 1, 1>} : () -> tensor<4x8x1x1xf32>
    %0 = "tessel.convolution"(%x, %w) {strides = array<i64: 1, 1>, padding_low = array<i64: 0, 0>, padding_high = array<i64: 0, 0>, dilation = array<i64: 1, 1>, input_dilation = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x8x6x6xf32>, tensor<4x8x1x1xf32>) -> tensor<1x4x6x6xf32>
    return %0 : tensor<1x4x6x6xf32>
  }

  // CHECK-LABEL: @depthwise
  // CHECK: "tessel.depthwise_convolution"(%{{.*}}, %{{.*}}) {high = array<i64: 0, 0>, low = array<i64: 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x6x6x8xf32>, tensor<3x3x8xf32>) -> tensor<1x2x2x8xf32>
  func.func @depthwise(%x: tensor<1x8x6x6xf32>) -> tensor<1x8x2x2xf32> {
    %w = "tessel.parameter"() {dtype = f32, key = "p0", shape = array<i64: 8, 1, 3, 3>} : () -> tensor<8x1x3x3xf32>
    %0 = "tessel.convolution"(%x, %w) {strides = array<i64: 2, 2>, padding_low = array<i64: 0, 0>, padding_high = array<i64: 0, 0>, dilation = array<i64: 1, 1>, input_dilation = array<i64: 1, 1>, groups = 8 : i64} : (tensor<1x8x6x6xf32>, tensor<8x1x3x3xf32>) -> tensor<1x8x2x2xf32>
    return %0 : tensor<1x8x2x2xf32>
  }

  // CHECK-LABEL: @not_with_weights_that_arrive
  // CHECK-NEXT: tessel.convolution
  // CHECK-NEXT: return
  func.func @not_with_weights_that_arrive(%x: tensor<1x8x6x6xf32>, %w: tensor<4x8x1x1xf32>) -> tensor<1x4x6x6xf32> {
    %0 = "tessel.convolution"(%x, %w) {strides = array<i64: 1, 1>, padding_low = array<i64: 0, 0>, padding_high = array<i64: 0, 0>, dilation = array<i64: 1, 1>, input_dilation = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x8x6x6xf32>, tensor<4x8x1x1xf32>) -> tensor<1x4x6x6xf32>
    return %0 : tensor<1x4x6x6xf32>
  }

  // CHECK-LABEL: @not_with_groups_of_two
  // CHECK: "tessel.convolution"
  func.func @not_with_groups_of_two(%x: tensor<1x8x6x6xf32>) -> tensor<1x4x6x6xf32> {
    %w = "tessel.parameter"() {dtype = f32, key = "p0", shape = array<i64: 4, 2, 1, 1>} : () -> tensor<4x2x1x1xf32>
    %0 = "tessel.convolution"(%x, %w) {strides = array<i64: 1, 1>, padding_low = array<i64: 0, 0>, padding_high = array<i64: 0, 0>, dilation = array<i64: 1, 1>, input_dilation = array<i64: 1, 1>, groups = 4 : i64} : (tensor<1x8x6x6xf32>, tensor<4x2x1x1xf32>) -> tensor<1x4x6x6xf32>
    return %0 : tensor<1x4x6x6xf32>
  }
}
