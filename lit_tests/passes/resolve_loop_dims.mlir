// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-resolve-loop-dims)' | filecheck %s
// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-resolve-loop-dims,tessel-resolve-loop-dims)' | filecheck %s

// What a loop carries has the size of what it begins with, in the loop and behind it.
// CHECK-LABEL: @counted
// CHECK-SAME: %[[X:.*]]: tensor<?xf32>
// CHECK: scf.for
// CHECK: tensor.dim %[[X]],
// CHECK: scf.yield
// CHECK: tensor.dim %[[X]],
func.func @counted(%x: tensor<?xf32>, %n: index) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %y = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> (tensor<?xf32>) {
    %size = tensor.dim %a, %c0 : tensor<?xf32>
    %empty = tensor.empty(%size) : tensor<?xf32>
    %b = linalg.exp ins(%a : tensor<?xf32>) outs(%empty : tensor<?xf32>) -> tensor<?xf32>
    scf.yield %b : tensor<?xf32>
  }
  %last = tensor.dim %y, %c0 : tensor<?xf32>
  return %last : index
}

// -----

// A while loop hands on what its condition takes.
// CHECK-LABEL: @conditional
// CHECK-SAME: %[[X:.*]]: tensor<?xf32>
// CHECK: scf.while
// CHECK: tensor.dim %[[X]],
// CHECK: scf.condition
// CHECK: tensor.dim %[[X]],
// CHECK: scf.yield
// CHECK: tensor.dim %[[X]],
func.func @conditional(%x: tensor<?xf32>, %limit: index) -> index {
  %c0 = arith.constant 0 : index
  %y = scf.while (%a = %x) : (tensor<?xf32>) -> tensor<?xf32> {
    %size = tensor.dim %a, %c0 : tensor<?xf32>
    %more = arith.cmpi slt, %size, %limit : index
    scf.condition(%more) %a : tensor<?xf32>
  } do {
  ^bb0(%b: tensor<?xf32>):
    %size = tensor.dim %b, %c0 : tensor<?xf32>
    %empty = tensor.empty(%size) : tensor<?xf32>
    %c = linalg.exp ins(%b : tensor<?xf32>) outs(%empty : tensor<?xf32>) -> tensor<?xf32>
    scf.yield %c : tensor<?xf32>
  }
  %last = tensor.dim %y, %c0 : tensor<?xf32>
  return %last : index
}

// -----

// What a branch makes, and what the condition computes, have sizes of their own.
// CHECK-LABEL: @others
// CHECK: %[[Y:.*]] = scf.if
// CHECK: tensor.dim %[[Y]],
// CHECK: %[[Z:.*]] = scf.while
// CHECK: tensor.dim %[[Z]],
func.func @others(%x: tensor<?xf32>, %z: tensor<?xf32>, %flag: i1) -> (index, index) {
  %c0 = arith.constant 0 : index
  %y = scf.if %flag -> tensor<?xf32> {
    scf.yield %x : tensor<?xf32>
  } else {
    scf.yield %z : tensor<?xf32>
  }
  %one = tensor.dim %y, %c0 : tensor<?xf32>
  %w = scf.while (%a = %x) : (tensor<?xf32>) -> tensor<?xf32> {
    %size = tensor.dim %a, %c0 : tensor<?xf32>
    %empty = tensor.empty(%size) : tensor<?xf32>
    %b = linalg.exp ins(%a : tensor<?xf32>) outs(%empty : tensor<?xf32>) -> tensor<?xf32>
    scf.condition(%flag) %b : tensor<?xf32>
  } do {
  ^bb0(%b: tensor<?xf32>):
    scf.yield %b : tensor<?xf32>
  }
  %two = tensor.dim %w, %c0 : tensor<?xf32>
  return %one, %two : index, index
}
