// RUN: tessel-opt %s --allow-unregistered-dialect --split-input-file --pass-pipeline='builtin.module(tessel-coarsen-workgroups)' | filecheck %s
// RUN: tessel-opt %s --allow-unregistered-dialect --split-input-file --pass-pipeline='builtin.module(tessel-coarsen-workgroups,tessel-coarsen-workgroups)' | filecheck %s

// 24 workgroups for 2 threads are 12 of 2.
// CHECK: func.func @first
// CHECK: %[[GROUP:.*]] = "stream.dispatch.workgroup.id"() <{dimension = 0 : index}>
// CHECK: %[[FIRST:.*]] = arith.muli %[[GROUP]], %{{.*}}
// CHECK: scf.for %[[NUMBER:.*]] = %[[FIRST]]
// CHECK: memref.load {{.*}}[%[[NUMBER]]]
// CHECK: memref.store
// CHECK-LABEL: func.func @main
// CHECK: %[[GROUPS:.*]] = arith.constant 12 : index
// CHECK: "flow.dispatch"(%[[GROUPS]],
module attributes {tessel.processor = "znver4", tessel.threads = 2 : i64} {
  "stream.executable"() <{sym_name = "first", sym_visibility = "private"}> ({
    "stream.executable.export"() <{function_ref = @first, sym_name = "first", sym_visibility = "public"}> ({
    ^bb0(%x: index, %y: index, %z: index):
      "stream.return"(%x, %y, %z) : (index, index, index) -> ()
    }) : () -> ()
    builtin.module {
      func.func @first(%a: !stream.binding, %b: !stream.binding) {
        %c0 = arith.constant 0 : index
        %0 = "stream.binding.subspan"(%a, %c0) : (!stream.binding, index) -> memref<24xf32>
        %1 = "stream.binding.subspan"(%b, %c0) : (!stream.binding, index) -> memref<24xf32>
        %i = "stream.dispatch.workgroup.id"() <{dimension = 0 : index}> : () -> index
        %x = memref.load %0[%i] : memref<24xf32>
        %y = arith.addf %x, %x : f32
        memref.store %y, %1[%i] : memref<24xf32>
        return
      }
    }
    "stream.executable.end"() : () -> ()
  }) : () -> ()
  func.func @main(%x: tensor<24xf32>) -> tensor<24xf32> {
    %c1 = arith.constant 1 : index
    %c24 = arith.constant 24 : index
    %0 = "flow.dispatch"(%c24, %c1, %c1, %x) <{
        entry_points = [@first::@first], operandSegmentSizes = array<i32: 3, 1, 0, 0>,
        tied_operands = [-1 : index]}> : (index, index, index, tensor<24xf32>) -> tensor<24xf32>
    return %0 : tensor<24xf32>
  }
}

// -----

// 12 are as many as threads reserve at once.
// CHECK: func.func @first
// CHECK-NOT: scf.for
// CHECK: return
module attributes {tessel.processor = "znver4", tessel.threads = 2 : i64} {
  "stream.executable"() <{sym_name = "first", sym_visibility = "private"}> ({
    "stream.executable.export"() <{function_ref = @first, sym_name = "first", sym_visibility = "public"}> ({
    ^bb0(%x: index, %y: index, %z: index):
      "stream.return"(%x, %y, %z) : (index, index, index) -> ()
    }) : () -> ()
    builtin.module {
      func.func @first(%a: !stream.binding, %b: !stream.binding) {
        %c0 = arith.constant 0 : index
        %0 = "stream.binding.subspan"(%a, %c0) : (!stream.binding, index) -> memref<12xf32>
        %1 = "stream.binding.subspan"(%b, %c0) : (!stream.binding, index) -> memref<12xf32>
        %i = "stream.dispatch.workgroup.id"() <{dimension = 0 : index}> : () -> index
        %x = memref.load %0[%i] : memref<12xf32>
        %y = arith.addf %x, %x : f32
        memref.store %y, %1[%i] : memref<12xf32>
        return
      }
    }
    "stream.executable.end"() : () -> ()
  }) : () -> ()
  func.func @main(%x: tensor<12xf32>) -> tensor<12xf32> {
    %c1 = arith.constant 1 : index
    %c12 = arith.constant 12 : index
    %0 = "flow.dispatch"(%c12, %c1, %c1, %x) <{
        entry_points = [@first::@first], operandSegmentSizes = array<i32: 3, 1, 0, 0>,
        tied_operands = [-1 : index]}> : (index, index, index, tensor<12xf32>) -> tensor<12xf32>
    return %0 : tensor<12xf32>
  }
}

// -----

// One thread.
// CHECK: func.func @first
// CHECK-NOT: scf.for
// CHECK: return
module attributes {tessel.processor = "znver4", tessel.threads = 1 : i64} {
  "stream.executable"() <{sym_name = "first", sym_visibility = "private"}> ({
    "stream.executable.export"() <{function_ref = @first, sym_name = "first", sym_visibility = "public"}> ({
    ^bb0(%x: index, %y: index, %z: index):
      "stream.return"(%x, %y, %z) : (index, index, index) -> ()
    }) : () -> ()
    builtin.module {
      func.func @first(%a: !stream.binding, %b: !stream.binding) {
        %c0 = arith.constant 0 : index
        %0 = "stream.binding.subspan"(%a, %c0) : (!stream.binding, index) -> memref<24xf32>
        %1 = "stream.binding.subspan"(%b, %c0) : (!stream.binding, index) -> memref<24xf32>
        %i = "stream.dispatch.workgroup.id"() <{dimension = 0 : index}> : () -> index
        %x = memref.load %0[%i] : memref<24xf32>
        %y = arith.addf %x, %x : f32
        memref.store %y, %1[%i] : memref<24xf32>
        return
      }
    }
    "stream.executable.end"() : () -> ()
  }) : () -> ()
  func.func @main(%x: tensor<24xf32>) -> tensor<24xf32> {
    %c1 = arith.constant 1 : index
    %c24 = arith.constant 24 : index
    %0 = "flow.dispatch"(%c24, %c1, %c1, %x) <{
        entry_points = [@first::@first], operandSegmentSizes = array<i32: 3, 1, 0, 0>,
        tied_operands = [-1 : index]}> : (index, index, index, tensor<24xf32>) -> tensor<24xf32>
    return %0 : tensor<24xf32>
  }
}
