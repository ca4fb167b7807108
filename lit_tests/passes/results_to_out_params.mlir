// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-results-to-out-params)' | filecheck %s
// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-results-to-out-params,tessel-results-to-out-params)' | filecheck %s

// CHECK: @main(%arg0: tensor<4xf32>, %arg1: tensor<4xf32> {iree.abi.output = 0 : index}) -> tensor<4xf32>
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

// CHECK: @main(%arg0: tensor<?xf32>) -> tensor<?xf32>
func.func @main(%x: tensor<?xf32>) -> tensor<?xf32> {
  return %x : tensor<?xf32>
}

// -----

// CHECK: @other(%arg0: tensor<4xf32>, %arg1: tensor<4xf32> {iree.abi.output = 0 : index}) -> tensor<4xf32>
func.func @other(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

// CHECK: private @helper(%arg0: tensor<4xf32>) -> tensor<4xf32>
func.func private @helper(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
