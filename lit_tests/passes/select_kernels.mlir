// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-fuse-attention,tessel-fuse-epilogues,tessel-select-kernels)' | filecheck %s
// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-fuse-attention,tessel-fuse-epilogues,tessel-select-kernels,tessel-select-kernels)' | filecheck %s
// RUN: not tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-strip-attributes,tessel-select-kernels)' 2>&1 | filecheck %s --check-prefix=REFUSED

// REFUSED: error: the module does not say its processor ('tessel.processor'); run tessel-attach-target before

module attributes {tessel.processor = "znver4", tessel.threads = 2 : i64} {
  // CHECK-LABEL: @packs_the_weight
  // CHECK: %[[WEIGHT:.*]] = "tessel.parameter"
  // CHECK-NEXT: %[[PACKED:.*]] = "tessel.pack_matrix"(%[[WEIGHT]]) {kr = 1 : i64, nr = 64 : i64}
  // CHECK-NEXT: scf.execute_region
  // CHECK-NEXT: "tessel.packed_matmul"(%{{.*}}, %[[PACKED]])
  // CHECK-NEXT: tessel.relu
  // CHECK: tessel.fusion = "matmul", tessel.kernel = {block_k = 96 : i64, block_m = {{[0-9]+}} : i64, block_panels = 1 : i64, lanes = 16 : i64, mr = 6 : i64, template = "gemm", vectors = 4 : i64}
  func.func @packs_the_weight(%x: tensor<128x96xf32>) -> tensor<128x256xf32> {
    %w = "tessel.parameter"() {dtype = f32, key = "p0", shape = array<i64: 96, 256>} : () -> tensor<96x256xf32>
    %0 = "tessel.matmul"(%x, %w) : (tensor<128x96xf32>, tensor<96x256xf32>) -> tensor<128x256xf32>
    %1 = "tessel.relu"(%0) : (tensor<128x256xf32>) -> tensor<128x256xf32>
    return %1 : tensor<128x256xf32>
  }

  // CHECK-LABEL: @few_rows
  // CHECK: mr = 3 : i64, template = "gemm"
  func.func @few_rows(%x: tensor<3x96xf32>) -> tensor<3x256xf32> {
    %w = "tessel.parameter"() {dtype = f32, key = "p0", shape = array<i64: 96, 256>} : () -> tensor<96x256xf32>
    %0 = "tessel.matmul"(%x, %w) : (tensor<3x96xf32>, tensor<96x256xf32>) -> tensor<3x256xf32>
    return %0 : tensor<3x256xf32>
  }

  // CHECK-LABEL: @packs_an_argument_for_many_rows
  // CHECK: tessel.pack_matrix
  func.func @packs_an_argument_for_many_rows(%x: tensor<128x96xf32>, %w: tensor<96x256xf32>) -> tensor<128x256xf32> {
    %0 = "tessel.matmul"(%x, %w) : (tensor<128x96xf32>, tensor<96x256xf32>) -> tensor<128x256xf32>
    return %0 : tensor<128x256xf32>
  }

  // CHECK-LABEL: @reads_it_as_it_lies_for_few
  // CHECK-NOT: tessel.pack_matrix
  // CHECK: scf.execute_region
  // CHECK-NEXT: tessel.matmul
  // CHECK-NEXT: tessel.relu
  // CHECK: tessel.problem = "gemm m=2 k=96 n=256 layout=plain version=4"
  func.func @reads_it_as_it_lies_for_few(%x: tensor<2x96xf32>, %w: tensor<96x256xf32>) -> tensor<2x256xf32> {
    %0 = "tessel.matmul"(%x, %w) : (tensor<2x96xf32>, tensor<96x256xf32>) -> tensor<2x256xf32>
    %1 = "tessel.relu"(%0) : (tensor<2x256xf32>) -> tensor<2x256xf32>
    return %1 : tensor<2x256xf32>
  }

  // CHECK-LABEL: @not_for_float64_and_narrow
  // CHECK-NOT: tessel.pack_matrix
  // CHECK: return
  func.func @not_for_float64_and_narrow(%x: tensor<64x96xf64>, %w: tensor<96x64xf64>, %y: tensor<64x9xf32>, %v: tensor<9x2xf32>) -> (tensor<64x64xf64>, tensor<64x2xf32>) {
    %0 = "tessel.matmul"(%x, %w) : (tensor<64x96xf64>, tensor<96x64xf64>) -> tensor<64x64xf64>
    %1 = "tessel.matmul"(%y, %v) : (tensor<64x9xf32>, tensor<9x2xf32>) -> tensor<64x2xf32>
    return %0, %1 : tensor<64x64xf64>, tensor<64x2xf32>
  }
}

// -----

module attributes {tessel.processor = "x86-64-v3"} {
  // CHECK-LABEL: @narrower_registers
  // CHECK: nr = 16 : i64
  // CHECK: lanes = 8 : i64, mr = 6 : i64, template = "gemm", vectors = 2 : i64
  func.func @narrower_registers(%x: tensor<128x96xf32>, %w: tensor<96x256xf32>) -> tensor<128x256xf32> {
    %0 = "tessel.matmul"(%x, %w) : (tensor<128x96xf32>, tensor<96x256xf32>) -> tensor<128x256xf32>
    return %0 : tensor<128x256xf32>
  }
}

// -----

module attributes {tessel.processor = "znver4", tessel.threads = 2 : i64} {
  // CHECK-LABEL: @attention
  // CHECK: tessel.fusion = "attention", tessel.kernel = {block_keys = 64 : i64, lanes = 16 : i64, mr = 6 : i64, template = "attention", vectors = 4 : i64}
  func.func @attention(%q: tensor<1x2x128x64xf32>) -> tensor<1x2x128x64xf32> {
    %a = "tessel.scaled_dot_product_attention"(%q, %q, %q) {causal = true, scale = 0.5 : f64, operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<1x2x128x64xf32>, tensor<1x2x128x64xf32>, tensor<1x2x128x64xf32>) -> tensor<1x2x128x64xf32>
    return %a : tensor<1x2x128x64xf32>
  }

  // CHECK-LABEL: @decoding
  // CHECK: splits = 4 : i64{{.*}}template = "attention_decode"
  func.func @decoding(%q: tensor<1x8x1x64xf32>, %k: tensor<1x2x4096x64xf32>) -> tensor<1x8x1x64xf32> {
    %a = "tessel.scaled_dot_product_attention"(%q, %k, %k) {causal = false, scale = 0.5 : f64, operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<1x8x1x64xf32>, tensor<1x2x4096x64xf32>, tensor<1x2x4096x64xf32>) -> tensor<1x8x1x64xf32>
    return %a : tensor<1x8x1x64xf32>
  }

  // CHECK-LABEL: @dynamic_lengths
  // CHECK: template = "attention"
  // CHECK-SAME: tessel.problem = "attention heads=2 kv_heads=2 queries=? keys=? head_dim=64 value_dim=64 causal=1 version=4"
  func.func @dynamic_lengths(%q: tensor<?x2x?x64xf32>) -> tensor<?x2x?x64xf32> {
    %a = "tessel.scaled_dot_product_attention"(%q, %q, %q) {causal = true, scale = 0.5 : f64, operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<?x2x?x64xf32>, tensor<?x2x?x64xf32>, tensor<?x2x?x64xf32>) -> tensor<?x2x?x64xf32>
    return %a : tensor<?x2x?x64xf32>
  }

  // CHECK-LABEL: @decoding_with_any_number_of_keys
  // CHECK: template = "attention_decode"
  func.func @decoding_with_any_number_of_keys(%q: tensor<1x8x1x64xf32>, %k: tensor<1x2x?x64xf32>) -> tensor<1x8x1x64xf32> {
    %a = "tessel.scaled_dot_product_attention"(%q, %k, %k) {causal = false, scale = 0.5 : f64, operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<1x8x1x64xf32>, tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>) -> tensor<1x8x1x64xf32>
    return %a : tensor<1x8x1x64xf32>
  }

  // CHECK-LABEL: @not_with_dynamic_heads
  // CHECK-NOT: scf.execute_region
  // CHECK: tessel.scaled_dot_product_attention
  func.func @not_with_dynamic_heads(%q: tensor<1x?x8x64xf32>) -> tensor<1x?x8x64xf32> {
    %a = "tessel.scaled_dot_product_attention"(%q, %q, %q) {causal = true, scale = 0.5 : f64, operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<1x?x8x64xf32>, tensor<1x?x8x64xf32>, tensor<1x?x8x64xf32>) -> tensor<1x?x8x64xf32>
    return %a : tensor<1x?x8x64xf32>
  }

  // CHECK-LABEL: @pairs_of_bfloat16
  // CHECK: dtype=bfloat16
  func.func @pairs_of_bfloat16(%q: tensor<1x2x128x64xbf16>) -> tensor<1x2x128x64xbf16> {
    %a = "tessel.scaled_dot_product_attention"(%q, %q, %q) {causal = true, scale = 0.5 : f64, operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<1x2x128x64xbf16>, tensor<1x2x128x64xbf16>, tensor<1x2x128x64xbf16>) -> tensor<1x2x128x64xbf16>
    return %a : tensor<1x2x128x64xbf16>
  }

  // CHECK-LABEL: @not_with_an_odd_depth_of_bfloat16
  // CHECK-NOT: scf.execute_region
  // CHECK: tessel.scaled_dot_product_attention
  func.func @not_with_an_odd_depth_of_bfloat16(%q: tensor<1x2x128x63xbf16>) -> tensor<1x2x128x63xbf16> {
    %a = "tessel.scaled_dot_product_attention"(%q, %q, %q) {causal = true, scale = 0.5 : f64, operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<1x2x128x63xbf16>, tensor<1x2x128x63xbf16>, tensor<1x2x128x63xbf16>) -> tensor<1x2x128x63xbf16>
    return %a : tensor<1x2x128x63xbf16>
  }
}

// -----

module attributes {tessel.processor = "znver4", tessel.threads = 2 : i64, tessel.measured = {
    "gemm m=128 k=96 n=256 version=4" = {mr = 12 : i64, vectors = 2 : i64, lanes = 16 : i64, block_m = 36 : i64, block_panels = 2 : i64, block_k = 48 : i64}}} {
  // CHECK-LABEL: @takes_what_was_measured
  // CHECK: nr = 32 : i64
  // CHECK: tessel.kernel = {block_k = 48 : i64, block_m = 36 : i64, block_panels = 2 : i64, lanes = 16 : i64, mr = 12 : i64, template = "gemm", vectors = 2 : i64}
  // CHECK-SAME: tessel.problem = "gemm m=128 k=96 n=256 version=4"
  func.func @takes_what_was_measured(%x: tensor<128x96xf32>, %w: tensor<96x256xf32>) -> tensor<128x256xf32> {
    %0 = "tessel.matmul"(%x, %w) : (tensor<128x96xf32>, tensor<96x256xf32>) -> tensor<128x256xf32>
    return %0 : tensor<128x256xf32>
  }
}

// -----

module attributes {tessel.processor = "znver4", tessel.threads = 2 : i64} {
  // CHECK-LABEL: @signed_bytes
  // CHECK: "tessel.reduce_sum"(%{{.*}}) {{.*}} : (tensor<96x256xi32>) -> tensor<1x256xi32>
  // CHECK: "tessel.packed_matmul"(%arg0, %{{.*}}) {{.*}}zero_point = -128 : i64{{.*}} : (tensor<128x96xi8>, {{.*}}) -> tensor<128x256xi32>
  // CHECK: "tessel.subtract"
  // CHECK: dtype=int8 weight=int8
  func.func @signed_bytes(%x: tensor<128x96xi8>, %w: tensor<96x256xi8>) -> tensor<128x256xi32> {
    %0 = "tessel.cast"(%x) {dtype = i32} : (tensor<128x96xi8>) -> tensor<128x96xi32>
    %1 = "tessel.cast"(%w) {dtype = i32} : (tensor<96x256xi8>) -> tensor<96x256xi32>
    %2 = "tessel.matmul"(%0, %1) : (tensor<128x96xi32>, tensor<96x256xi32>) -> tensor<128x256xi32>
    return %2 : tensor<128x256xi32>
  }

  // CHECK-LABEL: @bytes
  // CHECK: %[[PACKED:.*]] = "tessel.pack_matrix"(%{{.*}}) {kr = 4 : i64, nr = 64 : i64} : (tensor<96x256xi8>)
  // CHECK: "tessel.packed_matmul"(%arg0, %[[PACKED]]) {{.*}} : (tensor<128x96xui8>, {{.*}}) -> tensor<128x256xi32>
  // CHECK: weight=int8
  func.func @bytes(%x: tensor<128x96xui8>, %w: tensor<96x256xi8>) -> tensor<128x256xi32> {
    %0 = "tessel.cast"(%x) {dtype = i32} : (tensor<128x96xui8>) -> tensor<128x96xi32>
    %1 = "tessel.cast"(%w) {dtype = i32} : (tensor<96x256xi8>) -> tensor<96x256xi32>
    %2 = "tessel.matmul"(%0, %1) : (tensor<128x96xi32>, tensor<96x256xi32>) -> tensor<128x256xi32>
    return %2 : tensor<128x256xi32>
  }

  // CHECK-LABEL: @signed_bytes_of_odd_depth
  // CHECK: tessel.reduce_sum
  // CHECK: "tessel.pad"(%{{.*}}, %{{.*}}) {high = array<i64: 0, 3>
  // CHECK: tessel.packed_matmul
  // CHECK-NEXT: tessel.subtract
  func.func @signed_bytes_of_odd_depth(%x: tensor<128x97xi8>, %w: tensor<97x256xi8>) -> tensor<128x256xi32> {
    %0 = "tessel.cast"(%x) {dtype = i32} : (tensor<128x97xi8>) -> tensor<128x97xi32>
    %1 = "tessel.cast"(%w) {dtype = i32} : (tensor<97x256xi8>) -> tensor<97x256xi32>
    %2 = "tessel.matmul"(%0, %1) : (tensor<128x97xi32>, tensor<97x256xi32>) -> tensor<128x256xi32>
    return %2 : tensor<128x256xi32>
  }

  // CHECK-LABEL: @not_unsigned_weights
  // CHECK-NOT: tessel.packed_matmul
  // CHECK: return
  func.func @not_unsigned_weights(%x: tensor<128x96xui8>, %w: tensor<96x256xui8>) -> tensor<128x256xi32> {
    %0 = "tessel.cast"(%x) {dtype = i32} : (tensor<128x96xui8>) -> tensor<128x96xi32>
    %1 = "tessel.cast"(%w) {dtype = i32} : (tensor<96x256xui8>) -> tensor<96x256xi32>
    %2 = "tessel.matmul"(%0, %1) : (tensor<128x96xi32>, tensor<96x256xi32>) -> tensor<128x256xi32>
    return %2 : tensor<128x256xi32>
  }

  // CHECK-LABEL: @half
  // CHECK: %[[WIDE:.*]] = "tessel.cast"(%arg0) {dtype = f32}
  // CHECK: "tessel.packed_matmul"(%[[WIDE]]{{.*}} (tensor<2x96xf32>, tensor<4x96x64xf16>) -> tensor<2x256xf32>
  // CHECK-NEXT: "tessel.cast"(%{{.*}}) {dtype = f16}
  func.func @half(%x: tensor<2x96xf16>) -> tensor<2x256xf16> {
    %w = "tessel.parameter"() {dtype = f16, key = "p0", shape = array<i64: 96, 256>} : () -> tensor<96x256xf16>
    %0 = "tessel.matmul"(%x, %w) : (tensor<2x96xf16>, tensor<96x256xf16>) -> tensor<2x256xf16>
    return %0 : tensor<2x256xf16>
  }
}

// -----

module attributes {tessel.processor = "sapphirerapids", tessel.threads = 2 : i64} {
  // CHECK-LABEL: @tiles
  // CHECK: "tessel.pad"(%arg0, %{{.*}}) {high = array<i64: 0, 28>
  // CHECK: "tessel.pack_matrix"(%{{.*}}) {kr = 2 : i64, nr = 32 : i64} : (tensor<128x256xbf16>)
  // CHECK: tessel.kernel = {block_m = {{[0-9]+}} : i64, lanes = 16 : i64, template = "gemm_amx", tile_columns = 2 : i64, tile_rows = 2 : i64}
  func.func @tiles(%x: tensor<128x100xbf16>, %w: tensor<100x256xbf16>) -> tensor<128x256xbf16> {
    %0 = "tessel.matmul"(%x, %w) : (tensor<128x100xbf16>, tensor<100x256xbf16>) -> tensor<128x256xbf16>
    return %0 : tensor<128x256xbf16>
  }

  // CHECK-LABEL: @no_tiles_for_dynamic_rows
  // CHECK: template = "gemm"
  func.func @no_tiles_for_dynamic_rows(%x: tensor<?x96xbf16>) -> tensor<?x256xbf16> {
    %w = "tessel.parameter"() {dtype = bf16, key = "p0", shape = array<i64: 96, 256>} : () -> tensor<96x256xbf16>
    %0 = "tessel.matmul"(%x, %w) : (tensor<?x96xbf16>, tensor<96x256xbf16>) -> tensor<?x256xbf16>
    return %0 : tensor<?x256xbf16>
  }
}

// -----

module attributes {tessel.processor = "znver4", tessel.threads = 2 : i64} {
  // CHECK-LABEL: @winograd
  // CHECK: %[[WEIGHT:.*]] = "tessel.parameter"
  // CHECK: %[[TILES:.*]] = scf.execute_region
  // CHECK-NEXT: "tessel.winograd_input"(%arg0)
  // CHECK: template = "winograd_input"}, tessel.problem = "winograd_input image=1x16x16x64 version=4"
  // CHECK: "tessel.reshape"(%[[WEIGHT]]){{.*}} -> tensor<9x8192xf32>
  // CHECK: %[[PACKED:.*]] = "tessel.pack_matrix"({{.*}} (tensor<1024x128xf32>)
  // CHECK: "tessel.winograd_convolution"(%[[TILES]], %[[PACKED]]) {filters = 128 : i64, output = array<i64: 1, 14, 14>}
  // CHECK: tessel.relu
  // CHECK: template = "winograd", {{.*}} tessel.problem = "winograd image=1x16x16x64 filters=128 version=4"
  func.func @winograd(%x: tensor<1x16x16x64xf32>) -> tensor<1x14x14x128xf32> {
    %w = "tessel.parameter"() {dtype = f32, key = "p0", shape = array<i64: 3, 3, 64, 128>} : () -> tensor<3x3x64x128xf32>
    %0 = "tessel.channels_last_convolution"(%x, %w) {strides = array<i64: 1, 1>, dilation = 1 : i64} : (tensor<1x16x16x64xf32>, tensor<3x3x64x128xf32>) -> tensor<1x14x14x128xf32>
    %1 = "tessel.relu"(%0) : (tensor<1x14x14x128xf32>) -> tensor<1x14x14x128xf32>
    return %1 : tensor<1x14x14x128xf32>
  }

  // CHECK-LABEL: @windows_as_they_lie
  // CHECK-NOT: winograd
  // CHECK: "tessel.packed_convolution"{{.*}} strides = array<i64: 2, 2>
  // CHECK: "tessel.packed_convolution"{{.*}} -> tensor<1x14x14x31xf32>
  func.func @windows_as_they_lie(%x: tensor<1x16x16x64xf32>) -> (tensor<1x7x7x64xf32>, tensor<1x14x14x31xf32>) {
    %w = "tessel.parameter"() {dtype = f32, key = "p0", shape = array<i64: 3, 3, 64, 64>} : () -> tensor<3x3x64x64xf32>
    %v = "tessel.parameter"() {dtype = f32, key = "p1", shape = array<i64: 3, 3, 64, 31>} : () -> tensor<3x3x64x31xf32>
    %0 = "tessel.channels_last_convolution"(%x, %w) {strides = array<i64: 2, 2>, dilation = 1 : i64} : (tensor<1x16x16x64xf32>, tensor<3x3x64x64xf32>) -> tensor<1x7x7x64xf32>
    %1 = "tessel.channels_last_convolution"(%x, %v) {strides = array<i64: 1, 1>, dilation = 1 : i64} : (tensor<1x16x16x64xf32>, tensor<3x3x64x31xf32>) -> tensor<1x14x14x31xf32>
    return %0, %1 : tensor<1x7x7x64xf32>, tensor<1x14x14x31xf32>
  }
}
