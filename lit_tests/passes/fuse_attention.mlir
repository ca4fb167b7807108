// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-fuse-attention)' | filecheck %s
// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-fuse-attention,tessel-fuse-attention)' | filecheck %s

// CHECK-LABEL: @takes_transpositions
// CHECK-NEXT: scf.execute_region
// CHECK-NEXT: tessel.transpose
// CHECK-NEXT: tessel.transpose
// CHECK-NEXT: tessel.transpose
// CHECK-NEXT: tessel.scaled_dot_product_attention
// CHECK-NEXT: tessel.transpose
// CHECK-NEXT: scf.yield
// CHECK: tessel.fusion = "attention"
func.func @takes_transpositions(%x: tensor<1x8x2x4xf32>, %y: tensor<1x8x2x4xf32>, %z: tensor<1x8x2x4xf32>) -> tensor<1x8x2x4xf32> {
  %q = "tessel.transpose"(%x) {permutation = array<i64: 0, 2, 1, 3>} : (tensor<1x8x2x4xf32>) -> tensor<1x2x8x4xf32>
  %k = "tessel.transpose"(%y) {permutation = array<i64: 0, 2, 1, 3>} : (tensor<1x8x2x4xf32>) -> tensor<1x2x8x4xf32>
  %v = "tessel.transpose"(%z) {permutation = array<i64: 0, 2, 1, 3>} : (tensor<1x8x2x4xf32>) -> tensor<1x2x8x4xf32>
  %a = "tessel.scaled_dot_product_attention"(%q, %k, %v) {causal = false, scale = 0.5 : f64, operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) -> tensor<1x2x8x4xf32>
  %r = "tessel.transpose"(%a) {permutation = array<i64: 0, 2, 1, 3>} : (tensor<1x2x8x4xf32>) -> tensor<1x8x2x4xf32>
  return %r : tensor<1x8x2x4xf32>
}

// Keys may be stored with their depth first; queries and results may not.
// CHECK-LABEL: @leaves_queries_and_results_that_turn
// CHECK-NEXT: tessel.transpose
// CHECK-NEXT: scf.execute_region
// CHECK-NEXT: tessel.transpose
// CHECK-NEXT: tessel.scaled_dot_product_attention
// CHECK-NEXT: scf.yield
// CHECK: tessel.fusion = "attention"
// CHECK-NEXT: tessel.transpose
func.func @leaves_queries_and_results_that_turn(%x: tensor<1x2x4x9xf32>, %y: tensor<1x2x4x9xf32>, %v: tensor<1x2x9x4xf32>) -> tensor<1x2x4x9xf32> {
  %q = "tessel.transpose"(%x) {permutation = array<i64: 0, 1, 3, 2>} : (tensor<1x2x4x9xf32>) -> tensor<1x2x9x4xf32>
  %k = "tessel.transpose"(%y) {permutation = array<i64: 0, 1, 3, 2>} : (tensor<1x2x4x9xf32>) -> tensor<1x2x9x4xf32>
  %a = "tessel.scaled_dot_product_attention"(%q, %k, %v) {causal = false, scale = 0.5 : f64, operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<1x2x9x4xf32>, tensor<1x2x9x4xf32>, tensor<1x2x9x4xf32>) -> tensor<1x2x9x4xf32>
  %r = "tessel.transpose"(%a) {permutation = array<i64: 0, 1, 3, 2>} : (tensor<1x2x9x4xf32>) -> tensor<1x2x4x9xf32>
  return %r : tensor<1x2x4x9xf32>
}

// The kernel for at most 8 queries reads vectors along the head dimension.
// CHECK-LABEL: @leaves_keys_of_few_queries_that_turn
// CHECK-NEXT: tessel.transpose
// CHECK-NEXT: scf.execute_region
// CHECK-NEXT: tessel.scaled_dot_product_attention
func.func @leaves_keys_of_few_queries_that_turn(%q: tensor<1x2x8x4xf32>, %y: tensor<1x2x4x8xf32>, %v: tensor<1x2x8x4xf32>) -> tensor<1x2x8x4xf32> {
  %k = "tessel.transpose"(%y) {permutation = array<i64: 0, 1, 3, 2>} : (tensor<1x2x4x8xf32>) -> tensor<1x2x8x4xf32>
  %a = "tessel.scaled_dot_product_attention"(%q, %k, %v) {causal = false, scale = 0.5 : f64, operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) -> tensor<1x2x8x4xf32>
  return %a : tensor<1x2x8x4xf32>
}

// CHECK-LABEL: @leaves_what_is_used_elsewhere
// CHECK-NEXT: tessel.transpose
// CHECK-NEXT: scf.execute_region
// CHECK-NEXT: tessel.scaled_dot_product_attention
// CHECK-NEXT: scf.yield
func.func @leaves_what_is_used_elsewhere(%x: tensor<1x8x2x4xf32>, %k: tensor<1x2x8x4xf32>) -> (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) {
  %q = "tessel.transpose"(%x) {permutation = array<i64: 0, 2, 1, 3>} : (tensor<1x8x2x4xf32>) -> tensor<1x2x8x4xf32>
  %a = "tessel.scaled_dot_product_attention"(%q, %k, %k) {causal = false, scale = 0.5 : f64, operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) -> tensor<1x2x8x4xf32>
  return %a, %q : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>
}

// CHECK-LABEL: @takes_parts_of_one_array
// CHECK-NEXT: scf.execute_region
// CHECK-NEXT: tessel.slice
// CHECK-NEXT: tessel.transpose
// CHECK-NEXT: tessel.slice
// CHECK-NEXT: tessel.slice
// CHECK-NEXT: tessel.scaled_dot_product_attention
// CHECK-NEXT: scf.yield
// CHECK: tessel.fusion = "attention"
func.func @takes_parts_of_one_array(%x: tensor<1x8x6x4xf32>, %y: tensor<1x4x8x4xf32>) -> tensor<1x2x8x4xf32> {
  %0 = "tessel.slice"(%x) {starts = array<i64: 0, 0, 2, 0>, stops = array<i64: 1, 8, 4, 4>, steps = array<i64: 1, 1, 1, 1>} : (tensor<1x8x6x4xf32>) -> tensor<1x8x2x4xf32>
  %q = "tessel.transpose"(%0) {permutation = array<i64: 0, 2, 1, 3>} : (tensor<1x8x2x4xf32>) -> tensor<1x2x8x4xf32>
  %k = "tessel.slice"(%y) {starts = array<i64: 0, 0, 0, 0>, stops = array<i64: 1, 2, 8, 4>, steps = array<i64: 1, 1, 1, 1>} : (tensor<1x4x8x4xf32>) -> tensor<1x2x8x4xf32>
  %v = "tessel.slice"(%y) {starts = array<i64: 0, 2, 0, 0>, stops = array<i64: 1, 4, 8, 4>, steps = array<i64: 1, 1, 1, 1>} : (tensor<1x4x8x4xf32>) -> tensor<1x2x8x4xf32>
  %a = "tessel.scaled_dot_product_attention"(%q, %k, %v) {causal = false, scale = 0.5 : f64, operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) -> tensor<1x2x8x4xf32>
  return %a : tensor<1x2x8x4xf32>
}

// CHECK-LABEL: @leaves_parts_in_steps
// CHECK-NEXT: tessel.slice
// CHECK-NEXT: scf.execute_region
// CHECK-NEXT: tessel.scaled_dot_product_attention
func.func @leaves_parts_in_steps(%x: tensor<1x4x8x4xf32>, %y: tensor<1x2x8x4xf32>) -> tensor<1x2x8x4xf32> {
  %q = "tessel.slice"(%x) {starts = array<i64: 0, 0, 0, 0>, stops = array<i64: 1, 4, 8, 4>, steps = array<i64: 1, 2, 1, 1>} : (tensor<1x4x8x4xf32>) -> tensor<1x2x8x4xf32>
  %a = "tessel.scaled_dot_product_attention"(%q, %y, %y) {causal = false, scale = 0.5 : f64, operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) -> tensor<1x2x8x4xf32>
  return %a : tensor<1x2x8x4xf32>
}

// Of bfloat16 the kernel reads pairs of neighbours.
// CHECK-LABEL: @leaves_keys_of_bfloat16_that_turn
// CHECK-NEXT: tessel.transpose
// CHECK-NEXT: scf.execute_region
// CHECK-NEXT: tessel.scaled_dot_product_attention
func.func @leaves_keys_of_bfloat16_that_turn(%q: tensor<1x2x8x4xbf16>, %y: tensor<1x2x4x8xbf16>) -> tensor<1x2x8x4xbf16> {
  %k = "tessel.transpose"(%y) {permutation = array<i64: 0, 1, 3, 2>} : (tensor<1x2x4x8xbf16>) -> tensor<1x2x8x4xbf16>
  %a = "tessel.scaled_dot_product_attention"(%q, %k, %q) {causal = false, scale = 0.5 : f64, operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<1x2x8x4xbf16>, tensor<1x2x8x4xbf16>, tensor<1x2x8x4xbf16>) -> tensor<1x2x8x4xbf16>
  return %a : tensor<1x2x8x4xbf16>
}

// CHECK-LABEL: @takes_both_results
// CHECK-NEXT: %[[BOTH:.*]]:2 = scf.execute_region
// CHECK-NEXT: tessel.transpose
// CHECK-NEXT: tessel.scaled_dot_product_attention_logsumexp
// CHECK-NEXT: scf.yield
// CHECK: tessel.fusion = "attention"
// CHECK-NEXT: "tessel.transpose"(%[[BOTH]]#0)
// CHECK-NEXT: return %{{.*}}, %[[BOTH]]#1
func.func @takes_both_results(%x: tensor<1x8x2x4xf32>, %k: tensor<1x2x8x4xf32>) -> (tensor<1x8x2x4xf32>, tensor<1x2x8xf32>) {
  %q = "tessel.transpose"(%x) {permutation = array<i64: 0, 2, 1, 3>} : (tensor<1x8x2x4xf32>) -> tensor<1x2x8x4xf32>
  %a:2 = "tessel.scaled_dot_product_attention_logsumexp"(%q, %k, %k) {causal = false, scale = 0.5 : f64, operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>) -> (tensor<1x2x8x4xf32>, tensor<1x2x8xf32>)
  %r = "tessel.transpose"(%a#0) {permutation = array<i64: 0, 2, 1, 3>} : (tensor<1x2x8x4xf32>) -> tensor<1x8x2x4xf32>
  return %r, %a#1 : tensor<1x8x2x4xf32>, tensor<1x2x8xf32>
}
