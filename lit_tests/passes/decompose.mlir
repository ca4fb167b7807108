// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-decompose)' | filecheck %s
// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-decompose,tessel-decompose)' | filecheck %s
// RUN: tessel-opt %s --pass-pipeline='builtin.module(tessel-decompose{keep=softmax})' | filecheck %s --check-prefix=KEEP

// CHECK-LABEL: @softmax
// CHECK: tessel.reduce_max
// CHECK: tessel.exp
// CHECK: tessel.reduce_sum
// CHECK: tessel.divide
// CHECK-NOT: tessel.softmax
// KEEP-LABEL: @softmax
// KEEP: tessel.softmax
func.func @softmax(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "tessel.softmax"(%x) {axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: @leaves_primitive_ops
// CHECK: tessel.exp
// CHECK-NEXT: return
func.func @leaves_primitive_ops(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "tessel.exp"(%x) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: @check_indices
// CHECK: tessel.reduce_max
// CHECK: "tessel.check"({{.*}}) {code = 4 : i64, error = "IndexError", message = "m"}
// CHECK-NOT: tessel.check_indices
func.func @check_indices(%f: tensor<3xi64>, %i: tensor<5x2xi32>, %n: tensor<i64>) -> tensor<3xi64> {
  %0 = "tessel.check_indices"(%f, %i, %n) {code = 4 : i64, counts_from_back = true, error = "IndexError", message = "m"} : (tensor<3xi64>, tensor<5x2xi32>, tensor<i64>) -> tensor<3xi64>
  return %0 : tensor<3xi64>
}

// CHECK-LABEL: @checks_no_indices
// CHECK-NEXT: return %arg0
func.func @checks_no_indices(%f: tensor<3xi64>, %i: tensor<5x0xi32>, %n: tensor<i64>) -> tensor<3xi64> {
  %0 = "tessel.check_indices"(%f, %i, %n) {code = 4 : i64, counts_from_back = true, error = "IndexError", message = "m"} : (tensor<3xi64>, tensor<5x0xi32>, tensor<i64>) -> tensor<3xi64>
  return %0 : tensor<3xi64>
}
