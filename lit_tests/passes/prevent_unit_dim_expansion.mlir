// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-prevent-unit-dim-expansion)' | filecheck %s
// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-prevent-unit-dim-expansion,tessel-prevent-unit-dim-expansion)' | filecheck %s

// A slice of one element gains dimensions behind what IREE moves nothing over.
// CHECK-LABEL: @slice
// CHECK: %[[PART:.*]] = tensor.extract_slice
// CHECK: tensor.reshape %[[PART]]({{.*}}) : (tensor<1xf64>, tensor<3xindex>) -> tensor<1x1x1xf64>
// CHECK-NOT: tensor.expand_shape
func.func @slice(%x: tensor<3xf64>) -> tensor<1xf64> {
  %shape = arith.constant dense<1> : tensor<1xindex>
  %0 = tensor.extract_slice %x[0] [1] [1] : tensor<3xf64> to tensor<1xf64>
  %1 = tensor.expand_shape %0 [[0, 1, 2]] output_shape [1, 1, 1] : tensor<1xf64> into tensor<1x1x1xf64>
  %2 = tensor.reshape %1(%shape) : (tensor<1x1x1xf64>, tensor<1xindex>) -> tensor<1xf64>
  return %2 : tensor<1xf64>
}

// -----

// So does a kernel that picks one; its loops have no indices.
// CHECK-LABEL: @pick
// CHECK: %[[PART:.*]] = linalg.generic
// CHECK-SAME: iterator_types = ["parallel"]
// CHECK-NOT: linalg.index
// CHECK: -> tensor<1xf64>
// CHECK: tensor.reshape %[[PART]]({{.*}}) : (tensor<1xf64>, tensor<2xindex>) -> tensor<1x1xf64>
func.func @pick(%x: tensor<3xf64>, %indices: tensor<1x1xindex>) -> tensor<1x1xf64> {
  %empty = tensor.empty() : tensor<1x1xf64>
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%indices : tensor<1x1xindex>) outs(%empty : tensor<1x1xf64>) {
  ^bb0(%index: index, %out: f64):
    %1 = linalg.index 1 : index
    %2 = arith.addi %1, %index : index
    %3 = tensor.extract %x[%2] : tensor<3xf64>
    linalg.yield %3 : f64
  } -> tensor<1x1xf64>
  return %0 : tensor<1x1xf64>
}

// -----

// A copy of one element is no kernel.
// CHECK-LABEL: @copy
// CHECK-NOT: linalg.generic
// CHECK: tensor.reshape %{{.*}} : (tensor<1xf64>, tensor<2xindex>) -> tensor<1x1xf64>
func.func @copy(%x: tensor<3xf64>) -> tensor<1x1xf64> {
  %0 = tensor.extract_slice %x[0] [1] [1] : tensor<3xf64> to tensor<1xf64>
  %empty = tensor.empty() : tensor<1x1xf64>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%0 : tensor<1xf64>) outs(%empty : tensor<1x1xf64>) {
  ^bb0(%in: f64, %out: f64):
    linalg.yield %in : f64
  } -> tensor<1x1xf64>
  return %1 : tensor<1x1xf64>
}

// -----

// What is computed, and what has more elements, stays as it is.
// CHECK-LABEL: @others
// CHECK: tensor.expand_shape
// CHECK: linalg.generic
// CHECK: tensor.expand_shape
// CHECK-NOT: tensor.reshape
func.func @others(%x: tensor<3xf64>, %y: tensor<1xf64>) -> (tensor<1x2xf64>, tensor<1x1xf64>, tensor<1x1xf64>) {
  %0 = tensor.extract_slice %x[0] [2] [1] : tensor<3xf64> to tensor<2xf64>
  %1 = tensor.expand_shape %0 [[0, 1]] output_shape [1, 2] : tensor<2xf64> into tensor<1x2xf64>
  %empty = tensor.empty() : tensor<1x1xf64>
  %2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%y : tensor<1xf64>) outs(%empty : tensor<1x1xf64>) {
  ^bb0(%in: f64, %out: f64):
    %4 = arith.addf %in, %in : f64
    linalg.yield %4 : f64
  } -> tensor<1x1xf64>
  %3 = tensor.expand_shape %y [[0, 1]] output_shape [1, 1] : tensor<1xf64> into tensor<1x1xf64>
  return %1, %2, %3 : tensor<1x2xf64>, tensor<1x1xf64>, tensor<1x1xf64>
}
