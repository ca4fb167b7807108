// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-fuse-indexing)' | filecheck %s
// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-fuse-indexing,tessel-fuse-indexing)' | filecheck %s

// Both checks, and copies of what puts the index vectors together.
// CHECK-LABEL: @gathers
// CHECK-NOT: tessel.concatenate
// CHECK: %[[BOTH:.*]]:2 = scf.execute_region
// CHECK: tessel.check_indices
// CHECK: tessel.check_indices
// CHECK: tessel.concatenate
// CHECK: tessel.gather_nd
// CHECK: tessel.fusion = "gather"
// CHECK: return %[[BOTH]]#0, %[[BOTH]]#1
func.func @gathers(%x: tensor<10x20xf32>, %i: tensor<30xi32>, %j: tensor<30xi64>) -> (tensor<30xf32>, tensor<3xi64>) {
  %none = "tessel.constant"() {dtype = i64, value = dense<0> : tensor<3xi64>} : () -> tensor<3xi64>
  %ten = "tessel.constant"() {dtype = i64, value = dense<10> : tensor<i64>} : () -> tensor<i64>
  %twenty = "tessel.constant"() {dtype = i64, value = dense<20> : tensor<i64>} : () -> tensor<i64>
  %0 = "tessel.check_indices"(%none, %i, %ten) {code = 1 : i64, counts_from_back = true, error = "IndexError", message = "i"} : (tensor<3xi64>, tensor<30xi32>, tensor<i64>) -> tensor<3xi64>
  %1 = "tessel.check_indices"(%0, %j, %twenty) {code = 2 : i64, counts_from_back = true, error = "IndexError", message = "j"} : (tensor<3xi64>, tensor<30xi64>, tensor<i64>) -> tensor<3xi64>
  %2 = "tessel.cast"(%i) {dtype = i64} : (tensor<30xi32>) -> tensor<30xi64>
  %3 = "tessel.reshape"(%2) {operandSegmentSizes = array<i32: 1, 0>, shape = array<i64: 30, 1>} : (tensor<30xi64>) -> tensor<30x1xi64>
  %4 = "tessel.reshape"(%j) {operandSegmentSizes = array<i32: 1, 0>, shape = array<i64: 30, 1>} : (tensor<30xi64>) -> tensor<30x1xi64>
  %5 = "tessel.concatenate"(%3, %4) {axis = 1 : i64} : (tensor<30x1xi64>, tensor<30x1xi64>) -> tensor<30x2xi64>
  %6 = "tessel.gather_nd"(%x, %5) : (tensor<10x20xf32>, tensor<30x2xi64>) -> tensor<30xf32>
  return %6, %1 : tensor<30xf32>, tensor<3xi64>
}

// -----

// A check that something else reads before is a kernel of its own.
// CHECK-LABEL: @check_that_is_read
// CHECK: scf.execute_region
// CHECK-NEXT: tessel.check_indices
// CHECK: tessel.fusion = "check_indices"
// CHECK: "tessel.check"
// CHECK: scf.execute_region
// CHECK-NEXT: tessel.take
// CHECK: tessel.fusion = "gather"
func.func @check_that_is_read(%x: tensor<10xf32>, %i: tensor<30xi64>, %fails: tensor<i1>) -> (tensor<30xf32>, tensor<3xi64>) {
  %none = "tessel.constant"() {dtype = i64, value = dense<0> : tensor<3xi64>} : () -> tensor<3xi64>
  %ten = "tessel.constant"() {dtype = i64, value = dense<10> : tensor<i64>} : () -> tensor<i64>
  %0 = "tessel.check_indices"(%none, %i, %ten) {code = 1 : i64, counts_from_back = true, error = "IndexError", message = "i"} : (tensor<3xi64>, tensor<30xi64>, tensor<i64>) -> tensor<3xi64>
  %1 = "tessel.check"(%0, %fails, %ten, %ten) {code = 2 : i64, error = "ValueError", message = "x"} : (tensor<3xi64>, tensor<i1>, tensor<i64>, tensor<i64>) -> tensor<3xi64>
  %2 = "tessel.take"(%x, %i) {axis = 0 : i64} : (tensor<10xf32>, tensor<30xi64>) -> tensor<30xf32>
  return %2, %1 : tensor<30xf32>, tensor<3xi64>
}

// -----

// Index vectors that others read too are copied.
// CHECK-LABEL: @scatters
// CHECK: %[[VECTORS:.*]] = "tessel.reshape"
// CHECK: scf.execute_region
// CHECK: tessel.scatter_nd
// CHECK: tessel.fusion = "scatter"
// CHECK: return %{{.*}}, %[[VECTORS]]
func.func @scatters(%x: tensor<10xf32>, %i: tensor<30xi64>, %v: tensor<30xf32>) -> (tensor<10xf32>, tensor<30x1xi64>) {
  %0 = "tessel.reshape"(%i) {operandSegmentSizes = array<i32: 1, 0>, shape = array<i64: 30, 1>} : (tensor<30xi64>) -> tensor<30x1xi64>
  %1 = "tessel.scatter_nd"(%x, %0, %v) {kind = "add"} : (tensor<10xf32>, tensor<30x1xi64>, tensor<30xf32>) -> tensor<10xf32>
  return %1, %0 : tensor<10xf32>, tensor<30x1xi64>
}

// -----

// Rows, one element, none, a slice, two dynamic sizes.
// CHECK-LABEL: @others
// CHECK-NOT: scf.execute_region
// CHECK: return
func.func @others(%x: tensor<10x4xf32>, %v: tensor<10xf32>, %i: tensor<30x1xi64>, %one: tensor<1xi64>, %none: tensor<0xi64>, %j: tensor<?x?xi64>) -> (tensor<30x4xf32>, tensor<f32>, tensor<0xf32>, tensor<30xf32>, tensor<?x?xf32>) {
  %0 = "tessel.gather_nd"(%x, %i) : (tensor<10x4xf32>, tensor<30x1xi64>) -> tensor<30x4xf32>
  %1 = "tessel.gather_nd"(%v, %one) : (tensor<10xf32>, tensor<1xi64>) -> tensor<f32>
  %2 = "tessel.take"(%v, %none) {axis = 0 : i64} : (tensor<10xf32>, tensor<0xi64>) -> tensor<0xf32>
  %3 = "tessel.slice"(%v) {starts = array<i64: 2>, stops = array<i64: 8>, steps = array<i64: 1>} : (tensor<10xf32>) -> tensor<6xf32>
  %4 = "tessel.gather_nd"(%3, %i) : (tensor<6xf32>, tensor<30x1xi64>) -> tensor<30xf32>
  %5 = "tessel.take"(%v, %j) {axis = 0 : i64} : (tensor<10xf32>, tensor<?x?xi64>) -> tensor<?x?xf32>
  return %0, %1, %2, %4, %5 : tensor<30x4xf32>, tensor<f32>, tensor<0xf32>, tensor<30xf32>, tensor<?x?xf32>
}
