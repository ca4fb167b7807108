// RUN: tessel-opt %s --split-input-file --verify-diagnostics
// RUN: tessel-opt --list-passes | filecheck %s --check-prefix=LIST
// RUN: not tessel-opt %s --pass-pipeline='builtin.module(tessel-nothing)' 2>&1 | filecheck %s --check-prefix=UNKNOWN

// LIST: tessel-canonicalize
// UNKNOWN: unknown pass 'tessel-nothing'

func.func @inner_sizes(%x: tensor<2x3xf32>, %y: tensor<4x5xf32>) -> tensor<2x5xf32> {
  // expected-error@+1 {{3 columns meet 4 rows}}
  %0 = "tessel.matmul"(%x, %y) : (tensor<2x3xf32>, tensor<4x5xf32>) -> tensor<2x5xf32>
  return %0 : tensor<2x5xf32>
}

// -----

func.func @dtypes(%x: tensor<2xf32>, %y: tensor<2xf64>) -> tensor<2xf32> {
  // expected-error@+1 {{dtypes float32 and float64 differ}}
  %0 = "tessel.add"(%x, %y) : (tensor<2xf32>, tensor<2xf64>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @result_type(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error@+1 {{result is float32[2, 3], must be float32[3, 2]}}
  %0 = "tessel.transpose"(%x) {permutation = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
