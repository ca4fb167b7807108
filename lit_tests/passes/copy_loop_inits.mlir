// RUN: tessel-opt %s --allow-unregistered-dialect --split-input-file --pass-pipeline='builtin.module(tessel-copy-loop-inits)' | filecheck %s
// RUN: tessel-opt %s --allow-unregistered-dialect --split-input-file --pass-pipeline='builtin.module(tessel-copy-loop-inits,tessel-copy-loop-inits)' | filecheck %s

// A computed value that a loop begins with, and that is also returned.
// CHECK-LABEL: @shared
// CHECK: %[[Y:.*]] = linalg.exp
// CHECK-NEXT: %[[START:.*]] = "util.optimization_barrier"(%[[Y]])
// CHECK-NEXT: scf.for {{.*}} = %[[START]])
// CHECK-NOT: util.optimization_barrier
// CHECK: return
func.func @shared(%x: tensor<4xf32>, %n: index) -> (tensor<4xf32>, tensor<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %empty = tensor.empty() : tensor<4xf32>
  %y = linalg.exp ins(%x : tensor<4xf32>) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
  %z = scf.for %i = %c0 to %n step %c1 iter_args(%a = %y) -> (tensor<4xf32>) {
    %b = linalg.exp ins(%a : tensor<4xf32>) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
    scf.yield %b : tensor<4xf32>
  }
  return %y, %z : tensor<4xf32>, tensor<4xf32>
}

// -----

// Of a view, what it is a view of counts.
// CHECK-LABEL: @view
// CHECK: %[[VIEW:.*]] = tensor.reshape
// CHECK: %[[START:.*]] = "util.optimization_barrier"(%[[VIEW]])
// CHECK: scf.for {{.*}} = %[[START]])
func.func @view(%x: tensor<4x1xf32>, %n: index) -> (tensor<4x1xf32>, tensor<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %shape = arith.constant dense<4> : tensor<1xindex>
  %empty = tensor.empty() : tensor<4x1xf32>
  %flat = tensor.empty() : tensor<4xf32>
  %y = linalg.exp ins(%x : tensor<4x1xf32>) outs(%empty : tensor<4x1xf32>) -> tensor<4x1xf32>
  %view = tensor.reshape %y(%shape) : (tensor<4x1xf32>, tensor<1xindex>) -> tensor<4xf32>
  %z = scf.for %i = %c0 to %n step %c1 iter_args(%a = %view) -> (tensor<4xf32>) {
    %b = linalg.exp ins(%a : tensor<4xf32>) outs(%flat : tensor<4xf32>) -> tensor<4xf32>
    scf.yield %b : tensor<4xf32>
  }
  return %y, %z : tensor<4x1xf32>, tensor<4xf32>
}

// -----

// One that only the loop uses, and an argument, need no barrier.
// CHECK-LABEL: @own_and_argument
// CHECK-NOT: util.optimization_barrier
// CHECK: return
func.func @own_and_argument(%x: tensor<4xf32>, %n: index) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %empty = tensor.empty() : tensor<4xf32>
  %y = linalg.exp ins(%x : tensor<4xf32>) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
  %z:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %y, %b = %x) -> (tensor<4xf32>, tensor<4xf32>) {
    scf.yield %b, %a : tensor<4xf32>, tensor<4xf32>
  }
  return %z#0, %z#1, %x : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

// A while loop begins in the same way.
// CHECK-LABEL: @while
// CHECK: util.optimization_barrier
// CHECK-NEXT: scf.while
func.func @while(%x: tensor<4xf32>, %go: i1) -> (tensor<4xf32>, tensor<4xf32>) {
  %empty = tensor.empty() : tensor<4xf32>
  %y = linalg.exp ins(%x : tensor<4xf32>) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
  %z = scf.while (%a = %y) : (tensor<4xf32>) -> tensor<4xf32> {
    scf.condition(%go) %a : tensor<4xf32>
  } do {
  ^bb0(%a: tensor<4xf32>):
    scf.yield %a : tensor<4xf32>
  }
  return %y, %z : tensor<4xf32>, tensor<4xf32>
}

// -----

// What the step of a while loop does not use.
// CHECK-LABEL: @unused
// CHECK: do {
// CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<i64>, %[[B:.*]]: tensor<4xf32>):
// CHECK-NEXT: "util.optimization_barrier"(%[[A]])
// CHECK-NOT: util.optimization_barrier
// CHECK: return
func.func @unused(%x: tensor<i64>, %y: tensor<4xf32>, %go: i1) -> tensor<4xf32> {
  %empty = tensor.empty() : tensor<4xf32>
  %z:2 = scf.while (%a = %x, %b = %y) : (tensor<i64>, tensor<4xf32>) -> (tensor<i64>, tensor<4xf32>) {
    scf.condition(%go) %a, %b : tensor<i64>, tensor<4xf32>
  } do {
  ^bb0(%a: tensor<i64>, %b: tensor<4xf32>):
    %c = linalg.exp ins(%b : tensor<4xf32>) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
    scf.yield %x, %c : tensor<i64>, tensor<4xf32>
  }
  return %z#1 : tensor<4xf32>
}
