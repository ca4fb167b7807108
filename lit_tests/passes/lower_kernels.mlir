// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-fuse-epilogues,tessel-select-kernels,tessel-lower-kernels)' | filecheck %s
// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-fuse-epilogues,tessel-select-kernels,tessel-lower-kernels,tessel-lower-kernels)' | filecheck %s

// CHECK: "stream.executable"
// CHECK-SAME: sym_name = "gemm_12x256x96_0"
// CHECK: memref<12x96xf32>
// CHECK: scf.for
// CHECK-COUNT-24: vector.fma
// CHECK-NOT: vector.fma
// CHECK: arith.select
// CHECK: vector.store
module attributes {tessel.processor = "znver4", tessel.threads = 2 : i64} {
  // CHECK-LABEL: @main
  // CHECK: tessel.pack_matrix
  // CHECK: "flow.dispatch"
  // CHECK-SAME: entry_points = [@gemm_12x256x96_0::@gemm_12x256x96_0]
  // CHECK-NOT: tessel.packed_matmul
  // CHECK: return
  func.func @main(%x: tensor<3x4x96xf32>) -> tensor<3x4x256xf32> {
    %w = "tessel.parameter"() {dtype = f32, key = "p0", shape = array<i64: 96, 256>} : () -> tensor<96x256xf32>
    %0 = "tessel.matmul"(%x, %w) : (tensor<3x4x96xf32>, tensor<96x256xf32>) -> tensor<3x4x256xf32>
    %1 = "tessel.relu"(%0) : (tensor<3x4x256xf32>) -> tensor<3x4x256xf32>
    return %1 : tensor<3x4x256xf32>
  }

  // CHECK-LABEL: @without_a_kernel
  // CHECK-NEXT: tessel.exp
  // CHECK-NEXT: return
  func.func @without_a_kernel(%x: tensor<4xf32>) -> tensor<4xf32> {
    %0 = "tessel.exp"(%x) : (tensor<4xf32>) -> tensor<4xf32>
    return %0 : tensor<4xf32>
  }
}

// -----

// CHECK: "stream.executable"
// CHECK-SAME: sym_name = "gemm_amx_64x64x64_0"
// CHECK-COUNT-4: tilezero
// CHECK-COUNT-4: tileloadd64
// CHECK-COUNT-4: tdpbf16ps
// CHECK-NOT: tdpbf16ps
// CHECK-COUNT-4: tilestored64
// CHECK-LABEL: @tiles
module attributes {tessel.processor = "sapphirerapids", tessel.threads = 1 : i64} {
  func.func @tiles(%x: tensor<64x64xbf16>) -> tensor<64x64xbf16> {
    %p = "tessel.parameter"() {dtype = bf16, key = "p0", shape = array<i64: 64, 64>} : () -> tensor<64x64xbf16>
    %0 = "tessel.matmul"(%x, %p) : (tensor<64x64xbf16>, tensor<64x64xbf16>) -> tensor<64x64xbf16>
    return %0 : tensor<64x64xbf16>
  }
}

// -----

// CHECK-NOT: tdpbf16ps
// CHECK: @emulate_amx
// CHECK-NOT: tessel.emulate_amx
module attributes {tessel.processor = "sapphirerapids", tessel.threads = 1 : i64, tessel.emulate_amx} {
  func.func @emulate_amx(%x: tensor<64x64xbf16>) -> tensor<64x64xbf16> {
    %p = "tessel.parameter"() {dtype = bf16, key = "p0", shape = array<i64: 64, 64>} : () -> tensor<64x64xbf16>
    %0 = "tessel.matmul"(%x, %p) : (tensor<64x64xbf16>, tensor<64x64xbf16>) -> tensor<64x64xbf16>
    return %0 : tensor<64x64xbf16>
  }
}

// -----

// The last panel, 32 of 96 columns, is that of the workgroup whose panels go beyond the first: one.
// CHECK-LABEL: func.func @gemm_12x96x96_0
// CHECK: %[[GROUP:.*]] = "stream.dispatch.workgroup.id"() <{dimension = 0 : index}>
// CHECK: scf.for
// CHECK: %[[END:.*]] = arith.addi %[[GROUP]], %{{.*}}
// CHECK-NEXT: %[[WHOLE:.*]] = arith.constant 1 : index
// CHECK-NEXT: arith.cmpi slt, %[[WHOLE]], %[[END]] : index
// CHECK-NEXT: scf.if
module attributes {tessel.processor = "znver4", tessel.threads = 2 : i64} {
  func.func @main(%x: tensor<12x96xf32>) -> tensor<12x96xf32> {
    %w = "tessel.parameter"() {dtype = f32, key = "p0", shape = array<i64: 96, 96>} : () -> tensor<96x96xf32>
    %0 = "tessel.matmul"(%x, %w) : (tensor<12x96xf32>, tensor<96x96xf32>) -> tensor<12x96xf32>
    return %0 : tensor<12x96xf32>
  }
}

// -----

// 6 rows of 4 vectors are multiplied once for each of 16 elements; 16 products of each of 4 vectors
// make 4 pixels by 24 additions. A tile is transformed by 32.
// CHECK: sym_name = "winograd_14x14x64x64_0"
// CHECK: memref.alloca() : memref<192x64xf32>
// CHECK: scf.for
// CHECK-COUNT-24: vector.fma
// CHECK: scf.for
// CHECK-COUNT-16: vector.load
// CHECK-COUNT-24: arith.{{addf|subf}}
// CHECK: sym_name = "winograd_input_16x16x64_0"
// CHECK-COUNT-16: vector.load
// CHECK-COUNT-32: arith.{{addf|subf}}
// CHECK: vector.store
// CHECK-LABEL: @windows
// CHECK: "flow.dispatch"{{.*}}@winograd_input_16x16x64_0
// CHECK: "flow.dispatch"{{.*}}@winograd_14x14x64x64_0
module attributes {tessel.processor = "znver4", tessel.threads = 2 : i64} {
  func.func @windows(%x: tensor<1x16x16x64xf32>) -> tensor<1x14x14x64xf32> {
    %w = "tessel.parameter"() {dtype = f32, key = "p0", shape = array<i64: 3, 3, 64, 64>} : () -> tensor<3x3x64x64xf32>
    %0 = "tessel.channels_last_convolution"(%x, %w) {strides = array<i64: 1, 1>, dilation = 1 : i64} : (tensor<1x16x16x64xf32>, tensor<3x3x64x64xf32>) -> tensor<1x14x14x64xf32>
    return %0 : tensor<1x14x14x64xf32>
  }
}

// -----

// Products that are alike call one kernel, one with another epilogue its own.
// CHECK-COUNT-2: "stream.executable"()
// CHECK-NOT: "stream.executable"()
// CHECK-LABEL: @alike
// CHECK: entry_points = [@[[KERNEL:gemm_12x256x256_[01]]]::@[[KERNEL]]]
// CHECK: entry_points = [@[[KERNEL]]::@[[KERNEL]]]
// CHECK: entry_points = [@[[OTHER:gemm_12x256x256_[01]]]::@[[OTHER]]]
// CHECK-NOT: entry_points
module attributes {tessel.processor = "znver4", tessel.threads = 2 : i64} {
  func.func @alike(%x: tensor<12x256xf32>) -> tensor<12x256xf32> {
    %w = "tessel.parameter"() {dtype = f32, key = "p0", shape = array<i64: 256, 256>} : () -> tensor<256x256xf32>
    %v = "tessel.parameter"() {dtype = f32, key = "p1", shape = array<i64: 256, 256>} : () -> tensor<256x256xf32>
    %0 = "tessel.matmul"(%x, %w) : (tensor<12x256xf32>, tensor<256x256xf32>) -> tensor<12x256xf32>
    %1 = "tessel.matmul"(%0, %v) : (tensor<12x256xf32>, tensor<256x256xf32>) -> tensor<12x256xf32>
    %2 = "tessel.matmul"(%1, %w) : (tensor<12x256xf32>, tensor<256x256xf32>) -> tensor<12x256xf32>
    %3 = "tessel.relu"(%2) : (tensor<12x256xf32>) -> tensor<12x256xf32>
    return %3 : tensor<12x256xf32>
  }
}
