// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-fuse-epilogues)' | filecheck %s
// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-fuse-epilogues,tessel-fuse-epilogues)' | filecheck %s

// CHECK-LABEL: @takes_bias_activation_and_residual
// CHECK: scf.execute_region
// CHECK-NEXT: tessel.matmul
// CHECK-NEXT: tessel.add
// CHECK-NEXT: tessel.relu
// CHECK-NEXT: tessel.add
// CHECK-NEXT: scf.yield
// CHECK: tessel.fusion = "matmul"
func.func @takes_bias_activation_and_residual(%x: tensor<4x8xf32>, %w: tensor<8x16xf32>, %b: tensor<16xf32>, %r: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %0 = "tessel.matmul"(%x, %w) : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
  %1 = "tessel.add"(%0, %b) : (tensor<4x16xf32>, tensor<16xf32>) -> tensor<4x16xf32>
  %2 = "tessel.relu"(%1) : (tensor<4x16xf32>) -> tensor<4x16xf32>
  %3 = "tessel.add"(%2, %r) : (tensor<4x16xf32>, tensor<4x16xf32>) -> tensor<4x16xf32>
  return %3 : tensor<4x16xf32>
}

// CHECK-LABEL: @a_product_alone
// CHECK: scf.execute_region
// CHECK-NEXT: tessel.matmul
// CHECK-NEXT: scf.yield
func.func @a_product_alone(%x: tensor<2x4x8xf32>, %w: tensor<8x16xf32>) -> tensor<2x4x16xf32> {
  %0 = "tessel.matmul"(%x, %w) : (tensor<2x4x8xf32>, tensor<8x16xf32>) -> tensor<2x4x16xf32>
  return %0 : tensor<2x4x16xf32>
}

// The product's value is used twice, by members alone.
// CHECK-LABEL: @a_value_used_twice
// CHECK-NEXT: scf.execute_region
// CHECK-NEXT: tessel.matmul
// CHECK-NEXT: tessel.sigmoid
// CHECK-NEXT: tessel.multiply
// CHECK-NEXT: scf.yield
func.func @a_value_used_twice(%x: tensor<4x8xf32>, %w: tensor<8x16xf32>) -> tensor<4x16xf32> {
  %0 = "tessel.matmul"(%x, %w) : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
  %1 = "tessel.sigmoid"(%0) : (tensor<4x16xf32>) -> tensor<4x16xf32>
  %2 = "tessel.multiply"(%0, %1) : (tensor<4x16xf32>, tensor<4x16xf32>) -> tensor<4x16xf32>
  return %2 : tensor<4x16xf32>
}

// What is used outside ends the epilogue.
// CHECK-LABEL: @stops_where_a_value_leaves
// CHECK: scf.execute_region
// CHECK-NEXT: tessel.matmul
// CHECK-NEXT: tessel.relu
// CHECK-NEXT: scf.yield
// CHECK: }
// CHECK-NEXT: tessel.exp
func.func @stops_where_a_value_leaves(%x: tensor<4x8xf32>, %w: tensor<8x16xf32>) -> (tensor<4x16xf32>, tensor<4x16xf32>) {
  %0 = "tessel.matmul"(%x, %w) : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
  %1 = "tessel.relu"(%0) : (tensor<4x16xf32>) -> tensor<4x16xf32>
  %2 = "tessel.exp"(%1) : (tensor<4x16xf32>) -> tensor<4x16xf32>
  return %1, %2 : tensor<4x16xf32>, tensor<4x16xf32>
}

// An operand that has the shape of neither rows nor columns, and one that comes later from the product.
// CHECK-LABEL: @leaves_other_broadcasts
// CHECK: scf.execute_region
// CHECK-NEXT: tessel.matmul
// CHECK-NEXT: scf.yield
// CHECK: tessel.add
func.func @leaves_other_broadcasts(%x: tensor<2x4x8xf32>, %w: tensor<8x16xf32>, %b: tensor<4x16xf32>) -> tensor<2x4x16xf32> {
  %0 = "tessel.matmul"(%x, %w) : (tensor<2x4x8xf32>, tensor<8x16xf32>) -> tensor<2x4x16xf32>
  %1 = "tessel.add"(%0, %b) : (tensor<2x4x16xf32>, tensor<4x16xf32>) -> tensor<2x4x16xf32>
  return %1 : tensor<2x4x16xf32>
}

// CHECK-LABEL: @leaves_what_depends_on_the_product_otherwise
// CHECK: scf.execute_region
// CHECK-NEXT: tessel.matmul
// CHECK-NEXT: scf.yield
// CHECK: tessel.reduce_sum
// CHECK: tessel.divide
func.func @leaves_what_depends_on_the_product_otherwise(%x: tensor<4x8xf32>, %w: tensor<8x16xf32>) -> tensor<4x16xf32> {
  %0 = "tessel.matmul"(%x, %w) : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
  %1 = "tessel.reduce_sum"(%0) {axes = array<i64: 1>, keepdims = true} : (tensor<4x16xf32>) -> tensor<4x1xf32>
  %2 = "tessel.divide"(%0, %1) : (tensor<4x16xf32>, tensor<4x1xf32>) -> tensor<4x16xf32>
  return %2 : tensor<4x16xf32>
}

// CHECK-LABEL: @leaves_batches_and_wide_integers
// CHECK-NOT: scf.execute_region
// CHECK: return
func.func @leaves_batches_and_wide_integers(%x: tensor<2x4x8xf32>, %w: tensor<2x8x16xf32>, %n: tensor<4x4xi64>) -> (tensor<2x4x16xf32>, tensor<4x4xi64>) {
  %0 = "tessel.matmul"(%x, %w) : (tensor<2x4x8xf32>, tensor<2x8x16xf32>) -> tensor<2x4x16xf32>
  %1 = "tessel.matmul"(%n, %n) : (tensor<4x4xi64>, tensor<4x4xi64>) -> tensor<4x4xi64>
  return %0, %1 : tensor<2x4x16xf32>, tensor<4x4xi64>
}

// CHECK-LABEL: @integers_that_become_floats
// CHECK: scf.execute_region -> tensor<4x4xf32>
// CHECK-NEXT: tessel.matmul
// CHECK-NEXT: tessel.subtract
// CHECK-NEXT: tessel.cast
// CHECK-NEXT: tessel.multiply
// CHECK-NEXT: scf.yield
func.func @integers_that_become_floats(%n: tensor<4x4xi32>, %z: tensor<4xi32>, %s: tensor<f32>) -> tensor<4x4xf32> {
  %0 = "tessel.matmul"(%n, %n) : (tensor<4x4xi32>, tensor<4x4xi32>) -> tensor<4x4xi32>
  %1 = "tessel.subtract"(%0, %z) : (tensor<4x4xi32>, tensor<4xi32>) -> tensor<4x4xi32>
  %2 = "tessel.cast"(%1) {dtype = f32} : (tensor<4x4xi32>) -> tensor<4x4xf32>
  %3 = "tessel.multiply"(%2, %s) : (tensor<4x4xf32>, tensor<f32>) -> tensor<4x4xf32>
  return %3 : tensor<4x4xf32>
}

// CHECK-LABEL: @leaves_divisions_of_integers
// CHECK: scf.yield %{{.*}} : tensor<4x4xi32>
// CHECK: tessel.floor_divide
func.func @leaves_divisions_of_integers(%n: tensor<4x4xi32>) -> tensor<4x4xi32> {
  %0 = "tessel.matmul"(%n, %n) : (tensor<4x4xi32>, tensor<4x4xi32>) -> tensor<4x4xi32>
  %1 = "tessel.floor_divide"(%0, %n) : (tensor<4x4xi32>, tensor<4x4xi32>) -> tensor<4x4xi32>
  return %1 : tensor<4x4xi32>
}

// CHECK-LABEL: @zeros_around_images
// CHECK: scf.execute_region -> tensor<1x6x6x8xf32>
// CHECK-NEXT: tessel.matmul
// CHECK-NEXT: tessel.relu
// CHECK-NEXT: tessel.pad
// CHECK-NEXT: scf.yield
func.func @zeros_around_images(%x: tensor<1x4x4x4xf32>, %w: tensor<4x8xf32>) -> tensor<1x6x6x8xf32> {
  %z = "tessel.constant"() {dtype = f32, value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  %0 = "tessel.matmul"(%x, %w) : (tensor<1x4x4x4xf32>, tensor<4x8xf32>) -> tensor<1x4x4x8xf32>
  %1 = "tessel.relu"(%0) : (tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  %2 = "tessel.pad"(%1, %z) {low = array<i64: 0, 1, 1, 0>, high = array<i64: 0, 1, 1, 0>} : (tensor<1x4x4x8xf32>, tensor<f32>) -> tensor<1x6x6x8xf32>
  return %2 : tensor<1x6x6x8xf32>
}

// CHECK-LABEL: @leaves_other_padding
// CHECK: scf.yield %{{.*}} : tensor<1x4x4x8xf32>
// CHECK: tessel.pad
// CHECK: scf.yield %{{.*}} : tensor<1x4x4x8xf32>
// CHECK: tessel.pad
func.func @leaves_other_padding(%x: tensor<1x4x4x4xf32>, %w: tensor<4x8xf32>) -> (tensor<1x6x6x8xf32>, tensor<1x4x4x9xf32>) {
  %one = "tessel.constant"() {dtype = f32, value = dense<1.0> : tensor<f32>} : () -> tensor<f32>
  %z = "tessel.constant"() {dtype = f32, value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  %0 = "tessel.matmul"(%x, %w) : (tensor<1x4x4x4xf32>, tensor<4x8xf32>) -> tensor<1x4x4x8xf32>
  %1 = "tessel.pad"(%0, %one) {low = array<i64: 0, 1, 1, 0>, high = array<i64: 0, 1, 1, 0>} : (tensor<1x4x4x8xf32>, tensor<f32>) -> tensor<1x6x6x8xf32>
  %2 = "tessel.matmul"(%x, %w) : (tensor<1x4x4x4xf32>, tensor<4x8xf32>) -> tensor<1x4x4x8xf32>
  %3 = "tessel.pad"(%2, %z) {low = array<i64: 0, 0, 0, 0>, high = array<i64: 0, 0, 0, 1>} : (tensor<1x4x4x8xf32>, tensor<f32>) -> tensor<1x4x4x9xf32>
  return %1, %3 : tensor<1x6x6x8xf32>, tensor<1x4x4x9xf32>
}

// Channels last; not windows over channels, and not averages that count what is in the image alone.
// CHECK-LABEL: @pools
// CHECK: scf.execute_region
// CHECK-NEXT: tessel.pool{{.*}}kind = "max"
// CHECK-NEXT: tessel.relu
// CHECK: tessel.fusion = "pool"
// CHECK-NOT: scf.execute_region
// CHECK: return
func.func @pools(%x: tensor<1x1x6x6x8xf32>) -> (tensor<1x1x3x3x8xf32>, tensor<1x1x3x3x7xf32>, tensor<1x1x3x3x8xf32>) {
  %0 = "tessel.pool"(%x) {kind = "max", window = array<i64: 3, 3, 1>, strides = array<i64: 2, 2, 1>, padding_low = array<i64: 1, 1, 0>, padding_high = array<i64: 1, 1, 0>, dilation = array<i64: 1, 1, 1>, count_include_padding = false} : (tensor<1x1x6x6x8xf32>) -> tensor<1x1x3x3x8xf32>
  %1 = "tessel.relu"(%0) : (tensor<1x1x3x3x8xf32>) -> tensor<1x1x3x3x8xf32>
  %2 = "tessel.pool"(%x) {kind = "max", window = array<i64: 3, 3, 2>, strides = array<i64: 2, 2, 1>, padding_low = array<i64: 1, 1, 0>, padding_high = array<i64: 1, 1, 0>, dilation = array<i64: 1, 1, 1>, count_include_padding = false} : (tensor<1x1x6x6x8xf32>) -> tensor<1x1x3x3x7xf32>
  %3 = "tessel.pool"(%x) {kind = "average", window = array<i64: 3, 3, 1>, strides = array<i64: 2, 2, 1>, padding_low = array<i64: 1, 1, 0>, padding_high = array<i64: 1, 1, 0>, dilation = array<i64: 1, 1, 1>, count_include_padding = false} : (tensor<1x1x6x6x8xf32>) -> tensor<1x1x3x3x8xf32>
  return %1, %2, %3 : tensor<1x1x3x3x8xf32>, tensor<1x1x3x3x7xf32>, tensor<1x1x3x3x8xf32>
}
