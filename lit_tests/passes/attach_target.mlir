// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-attach-target{processor=znver4 threads=2})' | filecheck %s
// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-attach-target{processor=znver4 threads=2},tessel-attach-target)' | filecheck %s
// RUN: not tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-attach-target{processor=x86-64-v2})' 2>&1 | filecheck %s --check-prefix=REFUSED
// RUN: not tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-attach-target{threads=0})' 2>&1 | filecheck %s --check-prefix=THREADS

// REFUSED: error: there are no kernels for the processor 'x86-64-v2'
// THREADS: error: threads are 0, must be 1 to 65536

// CHECK: module attributes {tessel.processor = "znver4", tessel.threads = 2 : i64} {
// CHECK-NEXT: func.func @main
module {
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
}

// -----

// What a person says stays.
// CHECK: module attributes {tessel.processor = "x86-64-v4"} {
module attributes {tessel.processor = "x86-64-v4"} {
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
}
