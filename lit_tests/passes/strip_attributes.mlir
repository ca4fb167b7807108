// RUN: tessel-opt %s --split-input-file --allow-unregistered-dialect --pass-pipeline='builtin.module(tessel-strip-attributes)' | filecheck %s
// RUN: tessel-opt %s --split-input-file --allow-unregistered-dialect --pass-pipeline='builtin.module(tessel-strip-attributes,tessel-strip-attributes)' | filecheck %s

// What passes read goes.
// CHECK-NOT: tessel.
// CHECK-LABEL: @strips
// CHECK-NOT: tessel.
module attributes {tessel.processor = "znver4", tessel.threads = 2 : i64, tessel.emulate_amx} {
  func.func @strips(%x: tensor<4xf32>) -> tensor<4xf32> attributes {tessel.failure} {
    return %x : tensor<4xf32>
  }
}

// -----

// Other attributes stay.
// CHECK: other.kept
// CHECK-LABEL: @keeps
// CHECK-SAME: other.function
module attributes {other.kept, tessel.processor = "znver4"} {
  func.func @keeps(%x: tensor<4xf32>) -> tensor<4xf32> attributes {other.function} {
    return %x : tensor<4xf32>
  }
}
