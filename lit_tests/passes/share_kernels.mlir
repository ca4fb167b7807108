// RUN: tessel-opt %s --allow-unregistered-dialect --split-input-file --pass-pipeline='builtin.module(tessel-share-kernels)' | filecheck %s
// RUN: tessel-opt %s --allow-unregistered-dialect --split-input-file --pass-pipeline='builtin.module(tessel-share-kernels,tessel-share-kernels)' | filecheck %s

// Two kernels, and 48 bytes between them.
// CHECK: "stream.executable"
// CHECK-SAME: sym_name = "shared_first_0"
// CHECK: func.func @shared_first_0(%[[X:.*]]: !stream.binding, %[[COUNTERS:.*]]: !stream.binding, %[[Y:.*]]: !stream.binding, %[[MEMORY:.*]]: !stream.binding)
// CHECK: %[[NUMBERS:.*]] = "stream.binding.subspan"(%[[COUNTERS]],
// CHECK: "stream.binding.subspan"(%[[X]],
// CHECK: "stream.binding.subspan"(%[[MEMORY]],
// CHECK: memref.atomic_rmw addi
// CHECK: scf.while
// CHECK: %[[PLACE:.*]] = arith.remui
// CHECK: memref.load {{.*}}[%[[PLACE]]] : memref<12xf32>
// CHECK: scf.while
// CHECK: llvm.x86.sse2.pause
// CHECK: "stream.binding.subspan"(%[[MEMORY]],
// CHECK: "stream.binding.subspan"(%[[Y]],
// CHECK: memref.atomic_rmw addi
// CHECK-NOT: "stream.executable"()
// CHECK: "util.func"()
// CHECK-SAME: arg_attrs = [{}, {}, {iree.abi.output = 0 : index}, {iree.abi.output = 1 : index}]
// CHECK-SAME: (tensor<12xf32>, tensor<160xi32>, tensor<3x4xf32>, tensor<64xi8>) -> (tensor<3x4xf32>, tensor<64xi8>)
// CHECK-SAME: sym_name = "main"
// CHECK: %[[MADE:.*]]:2 = "flow.dispatch"
// CHECK-NOT: "flow.dispatch"
// CHECK: %[[RESHAPED:.*]] = tensor.expand_shape %[[MADE]]#0
// CHECK: "util.return"(%[[RESHAPED]], %[[MADE]]#1)
// CHECK: iree.abi.model = "coarse-fences"
// CHECK-SAME: tessel.shared = array<i64: 64, 2, 12, 12>
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
  "stream.executable"() <{sym_name = "second", sym_visibility = "private"}> ({
    "stream.executable.export"() <{function_ref = @second, sym_name = "second", sym_visibility = "public"}> ({
    ^bb0(%x: index, %y: index, %z: index):
      "stream.return"(%x, %y, %z) : (index, index, index) -> ()
    }) : () -> ()
    builtin.module {
      func.func @second(%a: !stream.binding, %b: !stream.binding) {
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
  func.func @main(%x: tensor<12xf32>) -> tensor<3x4xf32> {
    %c1 = arith.constant 1 : index
    %c12 = arith.constant 12 : index
    %0 = "flow.dispatch"(%c12, %c1, %c1, %x) <{
        entry_points = [@first::@first], operandSegmentSizes = array<i32: 3, 1, 0, 0>,
        tied_operands = [-1 : index]}> : (index, index, index, tensor<12xf32>) -> tensor<12xf32>
    %1 = "flow.dispatch"(%c12, %c1, %c1, %0) <{
        entry_points = [@second::@second], operandSegmentSizes = array<i32: 3, 1, 0, 0>,
        tied_operands = [-1 : index]}> : (index, index, index, tensor<12xf32>) -> tensor<12xf32>
    %2 = tensor.expand_shape %1 [[0, 1]] output_shape [3, 4] : tensor<12xf32> into tensor<3x4xf32>
    return %2 : tensor<3x4xf32>
  }
}

// -----

// One thread shares with nobody.
// CHECK-LABEL: func.func @main
// CHECK: "flow.dispatch"
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

// Something else than kernels; a size known only when running; an argument that is returned.
// CHECK-LABEL: func.func @other
// CHECK: return
// CHECK-LABEL: func.func @unknown
// CHECK: return
// CHECK-LABEL: func.func @argument
// CHECK: return
// CHECK-NOT: "util.func"
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
  "stream.executable"() <{sym_name = "second", sym_visibility = "private"}> ({
    "stream.executable.export"() <{function_ref = @second, sym_name = "second", sym_visibility = "public"}> ({
    ^bb0(%x: index, %y: index, %z: index):
      "stream.return"(%x, %y, %z) : (index, index, index) -> ()
    }) : () -> ()
    builtin.module {
      func.func @second(%a: !stream.binding, %b: !stream.binding) {
        %c0 = arith.constant 0 : index
        %0 = "stream.binding.subspan"(%a, %c0, %c0) : (!stream.binding, index, index) -> memref<?xf32>
        %1 = "stream.binding.subspan"(%b, %c0, %c0) : (!stream.binding, index, index) -> memref<?xf32>
        %i = "stream.dispatch.workgroup.id"() <{dimension = 0 : index}> : () -> index
        %x = memref.load %0[%i] : memref<?xf32>
        %y = arith.addf %x, %x : f32
        memref.store %y, %1[%i] : memref<?xf32>
        return
      }
    }
    "stream.executable.end"() : () -> ()
  }) : () -> ()
  "stream.executable"() <{sym_name = "third", sym_visibility = "private"}> ({
    "stream.executable.export"() <{function_ref = @third, sym_name = "third", sym_visibility = "public"}> ({
    ^bb0(%x: index, %y: index, %z: index):
      "stream.return"(%x, %y, %z) : (index, index, index) -> ()
    }) : () -> ()
    builtin.module {
      func.func @third(%a: !stream.binding, %b: !stream.binding) {
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
  func.func @other(%x: tensor<12xf32>) -> tensor<12xf32> {
    %c1 = arith.constant 1 : index
    %c12 = arith.constant 12 : index
    %0 = "flow.dispatch"(%c12, %c1, %c1, %x) <{
        entry_points = [@first::@first], operandSegmentSizes = array<i32: 3, 1, 0, 0>,
        tied_operands = [-1 : index]}> : (index, index, index, tensor<12xf32>) -> tensor<12xf32>
    %1 = arith.addf %0, %0 : tensor<12xf32>
    return %1 : tensor<12xf32>
  }
  func.func @unknown(%x: tensor<?xf32>, %c12: index) -> tensor<?xf32> {
    %c1 = arith.constant 1 : index
    %0 = "flow.dispatch"(%c12, %c1, %c1, %x) <{
        entry_points = [@second::@second], operandSegmentSizes = array<i32: 3, 1, 0, 0>,
        tied_operands = [-1 : index]}> : (index, index, index, tensor<?xf32>) -> tensor<?xf32>
    return %0 : tensor<?xf32>
  }
  func.func @argument(%x: tensor<12xf32>) -> (tensor<12xf32>, tensor<12xf32>) {
    %c1 = arith.constant 1 : index
    %c12 = arith.constant 12 : index
    %0 = "flow.dispatch"(%c12, %c1, %c1, %x) <{
        entry_points = [@third::@third], operandSegmentSizes = array<i32: 3, 1, 0, 0>,
        tied_operands = [-1 : index]}> : (index, index, index, tensor<12xf32>) -> tensor<12xf32>
    return %0, %x : tensor<12xf32>, tensor<12xf32>
  }
}
