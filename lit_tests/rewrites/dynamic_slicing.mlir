// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-canonicalize)' | filecheck %s
// RUN: tessel-opt %s --split-input-file --pass-pipeline='builtin.module(tessel-canonicalize,tessel-canonicalize)' | filecheck %s

// CHECK-LABEL: @read_what_was_written
// CHECK-SAME: %[[PART:[a-z0-9]*]]: tensor<3xf32>)
// CHECK-NEXT: return %[[PART]]
func.func @read_what_was_written(%x: tensor<8xf32>, %at: tensor<i64>, %part: tensor<3xf32>) -> tensor<3xf32> {
  %0 = "tessel.dynamic_update_slice"(%x, %part, %at) {operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<8xf32>, tensor<3xf32>, tensor<i64>) -> tensor<8xf32>
  %1 = "tessel.dynamic_slice"(%0, %at) {operandSegmentSizes = array<i32: 1, 1, 0>, shape = array<i64: 3>} : (tensor<8xf32>, tensor<i64>) -> tensor<3xf32>
  return %1 : tensor<3xf32>
}

// -----

// Another start, or a larger part, has to be read.
// CHECK-LABEL: @read_elsewhere
// CHECK-COUNT-2: tessel.dynamic_slice
func.func @read_elsewhere(%x: tensor<8xf32>, %at: tensor<i64>, %other: tensor<i64>, %part: tensor<3xf32>) -> (tensor<3xf32>, tensor<4xf32>) {
  %0 = "tessel.dynamic_update_slice"(%x, %part, %at) {operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<8xf32>, tensor<3xf32>, tensor<i64>) -> tensor<8xf32>
  %1 = "tessel.dynamic_slice"(%0, %other) {operandSegmentSizes = array<i32: 1, 1, 0>, shape = array<i64: 3>} : (tensor<8xf32>, tensor<i64>) -> tensor<3xf32>
  %2 = "tessel.dynamic_slice"(%0, %at) {operandSegmentSizes = array<i32: 1, 1, 0>, shape = array<i64: 4>} : (tensor<8xf32>, tensor<i64>) -> tensor<4xf32>
  return %1, %2 : tensor<3xf32>, tensor<4xf32>
}

// -----

// CHECK-LABEL: @write_what_was_read
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<8xf32>
// CHECK-NEXT: return %[[X]]
func.func @write_what_was_read(%x: tensor<8xf32>, %at: tensor<i64>, %count: tensor<i64>) -> tensor<8xf32> {
  %0 = "tessel.dynamic_slice"(%x, %at, %count) {operandSegmentSizes = array<i32: 1, 1, 1>, shape = array<i64: -1>} : (tensor<8xf32>, tensor<i64>, tensor<i64>) -> tensor<?xf32>
  %1 = "tessel.dynamic_update_slice"(%x, %0, %at) {operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<8xf32>, tensor<?xf32>, tensor<i64>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}

// -----

// CHECK-LABEL: @write_into_another
// CHECK: tessel.dynamic_update_slice
func.func @write_into_another(%x: tensor<8xf32>, %y: tensor<8xf32>, %at: tensor<i64>) -> tensor<8xf32> {
  %0 = "tessel.dynamic_slice"(%x, %at) {operandSegmentSizes = array<i32: 1, 1, 0>, shape = array<i64: 3>} : (tensor<8xf32>, tensor<i64>) -> tensor<3xf32>
  %1 = "tessel.dynamic_update_slice"(%y, %0, %at) {operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<8xf32>, tensor<3xf32>, tensor<i64>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}

// -----

// CHECK-LABEL: @write_once
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<8xf32>, %[[AT:[a-z0-9]*]]: tensor<i64>, %{{.*}}: tensor<3xf32>, %[[LAST:[a-z0-9]*]]: tensor<3xf32>
// CHECK-NEXT: "tessel.dynamic_update_slice"(%[[X]], %[[LAST]], %[[AT]])
// CHECK-NEXT: return
func.func @write_once(%x: tensor<8xf32>, %at: tensor<i64>, %first: tensor<3xf32>, %last: tensor<3xf32>) -> tensor<8xf32> {
  %0 = "tessel.dynamic_update_slice"(%x, %first, %at) {operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<8xf32>, tensor<3xf32>, tensor<i64>) -> tensor<8xf32>
  %1 = "tessel.dynamic_update_slice"(%0, %last, %at) {operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<8xf32>, tensor<3xf32>, tensor<i64>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}

// -----

// What a smaller part leaves of the first one stays.
// CHECK-LABEL: @write_smaller
// CHECK-COUNT-2: tessel.dynamic_update_slice
func.func @write_smaller(%x: tensor<8xf32>, %at: tensor<i64>, %first: tensor<3xf32>, %last: tensor<2xf32>) -> tensor<8xf32> {
  %0 = "tessel.dynamic_update_slice"(%x, %first, %at) {operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<8xf32>, tensor<3xf32>, tensor<i64>) -> tensor<8xf32>
  %1 = "tessel.dynamic_update_slice"(%0, %last, %at) {operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<8xf32>, tensor<2xf32>, tensor<i64>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}
