// RUN: tessel-opt %s --allow-unregistered-dialect --split-input-file --pass-pipeline='builtin.module(tessel-form-persistent-kernels)' | filecheck %s
// RUN: tessel-opt %s --allow-unregistered-dialect --split-input-file --pass-pipeline='builtin.module(tessel-form-persistent-kernels,tessel-form-persistent-kernels)' | filecheck %s

// Two kernels, and 48 bytes between them.
// CHECK: #[[SIZE:.*]] = affine_map<() -> (64)>
// CHECK: #[[SHAPE:.*]] = affine_map<() -> (3, 4)>
// CHECK: "stream.executable"
// CHECK-SAME: sym_name = "persistent_first_0"
// CHECK: func.func @persistent_first_0(%[[COUNTERS:.*]]: !stream.binding, %[[X:.*]]: !stream.binding, %[[MEMORY:.*]]: !stream.binding, %[[Y:.*]]: !stream.binding, %{{.*}}: !stream.binding, %[[KERNEL:.*]]: index, %[[OFFSET:.*]]: index)
// CHECK: %[[NUMBERS:.*]] = "stream.binding.subspan"(%[[COUNTERS]],
// CHECK: "stream.binding.subspan"(%[[X]], %[[OFFSET]])
// CHECK: "stream.binding.subspan"(%[[MEMORY]], %[[OFFSET]])
// CHECK: memref.atomic_rmw addi
// CHECK: scf.while
// CHECK: memref.load {{.*}} : memref<12xf32>
// CHECK: scf.while
// CHECK: llvm.x86.sse2.pause
// CHECK: "stream.binding.subspan"(%[[MEMORY]], %[[OFFSET]])
// CHECK: "stream.binding.subspan"(%[[Y]], %[[OFFSET]])
// CHECK: memref.atomic_rmw addi
// CHECK-NOT: "stream.executable"()
// CHECK: "util.func"()
// CHECK-SAME: arg_attrs = [{}, {}, {}, {}, {iree.abi.output = 0 : index}]
// CHECK-SAME: (tensor<12xf32>, tensor<160xi32>, tensor<3x4xf32>, tensor<64xi8>, tensor<64xi8>) -> tensor<64xi8>
// CHECK-SAME: sym_name = "main"
// CHECK: %[[DONE:.*]] = "flow.dispatch"
// CHECK-NOT: "flow.dispatch"
// CHECK: "util.return"(%[[DONE]])
// CHECK: iree.abi.model = "coarse-fences"
// CHECK-SAME: tessel.persistent = {calls = 1 : i64, memory = #[[SIZE]], results = [#[[SHAPE]]], symbols = array<i64>, threads = 2 : i64, workgroups = array<i64: 12, 12>}
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

// Something else than kernels; a size that follows from no argument's; an argument that is returned.
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
  func.func @unknown(%x: tensor<?xf32>, %n: index) -> tensor<?xf32> {
    %c1 = arith.constant 1 : index
    %0 = "flow.dispatch"(%n, %c1, %c1, %x, %n, %n) <{
        entry_points = [@second::@second], operandSegmentSizes = array<i32: 3, 1, 1, 1>,
        tied_operands = [-1 : index]}> : (index, index, index, tensor<?xf32>, index, index) -> tensor<?xf32>
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

// -----

// As many elements, and workgroups, as the argument has: the result's size is said in terms of it.
// CHECK: #[[SIZE:.*]] = affine_map<()[s0] -> (0)>
// CHECK: #[[SHAPE:.*]] = affine_map<()[s0] -> (s0)>
// CHECK: func.func @persistent_count_0({{.*}}%[[COUNT:[^,]*]]: index)
// CHECK: "stream.binding.subspan"({{.*}}, %{{.*}}, %[[COUNT]]) : (!stream.binding, index, index) -> memref<?xf32>
// CHECK: arith.index_cast %[[COUNT]] : index to i32
// CHECK: "util.func"()
// CHECK: tensor.dim
// CHECK: "flow.dispatch"({{.*}}) {{.*}} : (index, index, index, tensor<160xi32>, tensor<?xf32>, tensor<?xf32>, index, index, index, index, index) -> tensor<64xi8>
// CHECK: tessel.persistent = {calls = 1 : i64, memory = #[[SIZE]], results = [#[[SHAPE]]], symbols = array<i64: 0, 0>, threads = 2 : i64, workgroups = array<i64: -9223372036854775808>}
module attributes {tessel.processor = "znver4", tessel.threads = 2 : i64} {
  "stream.executable"() <{sym_name = "count", sym_visibility = "private"}> ({
    "stream.executable.export"() <{function_ref = @count, sym_name = "count", sym_visibility = "public"}> ({
    ^bb0(%x: index, %y: index, %z: index):
      "stream.return"(%x, %y, %z) : (index, index, index) -> ()
    }) : () -> ()
    builtin.module {
      func.func @count(%a: !stream.binding, %b: !stream.binding, %n: index) {
        %c0 = arith.constant 0 : index
        %0 = "stream.binding.subspan"(%a, %c0, %n) : (!stream.binding, index, index) -> memref<?xf32>
        %1 = "stream.binding.subspan"(%b, %c0, %n) : (!stream.binding, index, index) -> memref<?xf32>
        %i = "stream.dispatch.workgroup.id"() <{dimension = 0 : index}> : () -> index
        %x = memref.load %0[%i] : memref<?xf32>
        %y = arith.addf %x, %x : f32
        memref.store %y, %1[%i] : memref<?xf32>
        return
      }
    }
    "stream.executable.end"() : () -> ()
  }) : () -> ()
  func.func @main(%x: tensor<?xf32>) -> tensor<?xf32> {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %n = tensor.dim %x, %c0 : tensor<?xf32>
    %0 = "flow.dispatch"(%n, %c1, %c1, %x, %n, %n, %n) <{
        entry_points = [@count::@count], operandSegmentSizes = array<i32: 3, 2, 1, 1>,
        tied_operands = [-1 : index]}> : (index, index, index, tensor<?xf32>, index, index, index) -> tensor<?xf32>
    return %0 : tensor<?xf32>
  }
}
