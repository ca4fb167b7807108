// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-resolve-in-place-hazards)' | filecheck %s
// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-resolve-in-place-hazards,tessel-resolve-in-place-hazards)' | filecheck %s

// A part that is computed from the array that it goes into is moved into an array of its own.
// CHECK-LABEL: @stencil
// CHECK: %[[SUM:.*]] = linalg.add
// CHECK: %[[EMPTY:.*]] = tensor.empty() : tensor<6xf32>
// CHECK: %[[MOVED:.*]] = tensor.insert_slice %[[SUM]] into %[[EMPTY]][1] [4] [1]
// CHECK: %[[RESULT:.*]] = linalg.generic
// CHECK-SAME: ins(%arg0, %[[MOVED]]
// CHECK: arith.select
// CHECK: return %[[RESULT]]
func.func @stencil(%y: tensor<6xf32>) -> tensor<6xf32> {
  %left = tensor.extract_slice %y[0] [4] [1] : tensor<6xf32> to tensor<4xf32>
  %right = tensor.extract_slice %y[2] [4] [1] : tensor<6xf32> to tensor<4xf32>
  %empty = tensor.empty() : tensor<4xf32>
  %sum = linalg.add ins(%left, %right : tensor<4xf32>, tensor<4xf32>) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
  %0 = tensor.insert_slice %sum into %y[1] [4] [1] : tensor<4xf32> into tensor<6xf32>
  return %0 : tensor<6xf32>
}

// -----

// Also through a view of the array, and with an offset that is dynamic.
// CHECK-LABEL: @through_a_view
// CHECK: tensor.insert_slice %{{.*}} into %{{.*}}[%arg1, 0] [1, 3] [1, 1]
// CHECK: arith.select
func.func @through_a_view(%y: tensor<6xf32>, %at: index) -> tensor<2x3xf32> {
  %square = tensor.expand_shape %y [[0, 1]] output_shape [2, 3] : tensor<6xf32> into tensor<2x3xf32>
  %part = tensor.extract_slice %y[0] [3] [1] : tensor<6xf32> to tensor<3xf32>
  %row = tensor.expand_shape %part [[0, 1]] output_shape [1, 3] : tensor<3xf32> into tensor<1x3xf32>
  %0 = tensor.insert_slice %row into %square[%at, 0] [1, 3] [1, 1] : tensor<1x3xf32> into tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

// A part that comes from elsewhere stays an update in place.
// CHECK-LABEL: @from_elsewhere
// CHECK: tensor.insert_slice %arg1 into %arg0
// CHECK-NOT: arith.select
func.func @from_elsewhere(%y: tensor<6xf32>, %part: tensor<4xf32>) -> tensor<6xf32> {
  %0 = tensor.insert_slice %part into %y[1] [4] [1] : tensor<4xf32> into tensor<6xf32>
  return %0 : tensor<6xf32>
}

// -----

// Arrays that are joined in an empty one do not read it.
// CHECK-LABEL: @joined
// CHECK-COUNT-2: tensor.insert_slice
// CHECK-NOT: arith.select
func.func @joined(%x: tensor<3xf32>) -> tensor<6xf32> {
  %empty = tensor.empty() : tensor<6xf32>
  %0 = tensor.insert_slice %x into %empty[0] [3] [1] : tensor<3xf32> into tensor<6xf32>
  %1 = tensor.insert_slice %x into %0[3] [3] [1] : tensor<3xf32> into tensor<6xf32>
  return %1 : tensor<6xf32>
}

// -----

// A part of an array that goes into a reshape of it, where IREE would copy it onto itself.
// CHECK-LABEL: @onto_itself
// CHECK: %[[MOVED:.*]] = tensor.insert_slice %{{.*}} into %{{.*}}[1, 0]
// CHECK: linalg.generic
// CHECK-SAME: %[[MOVED]]
func.func @onto_itself(%x: tensor<2x1x1xf64>) -> tensor<2x1xf64> {
  %shape = arith.constant dense<[2, 1]> : tensor<2xindex>
  %empty = tensor.empty() : tensor<2x1x1xf64>
  %y = linalg.exp ins(%x : tensor<2x1x1xf64>) outs(%empty : tensor<2x1x1xf64>) -> tensor<2x1x1xf64>
  %z = tensor.reshape %y(%shape) : (tensor<2x1x1xf64>, tensor<2xindex>) -> tensor<2x1xf64>
  %part = tensor.extract_slice %y[1, 0, 0] [1, 1, 1] [1, 1, 1] : tensor<2x1x1xf64> to tensor<1x1x1xf64>
  %row = tensor.collapse_shape %part [[0], [1, 2]] : tensor<1x1x1xf64> into tensor<1x1xf64>
  %0 = tensor.insert_slice %row into %z[1, 0] [1, 1] [1, 1] : tensor<1x1xf64> into tensor<2x1xf64>
  return %0 : tensor<2x1xf64>
}
