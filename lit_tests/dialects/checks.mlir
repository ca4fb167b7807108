// RUN: tessel-opt %s | tessel-opt | filecheck %s
// Every op of `dialects/checks.py` parses, verifies and prints as it was written.

// CHECK-LABEL: @check(
// CHECK: "tessel.check"(%arg0, %arg1, %arg2, %arg3) {code = 1 : i64, error = "ValueError", message = "{value} of {other}"} : (tensor<3xi64>, tensor<i1>, tensor<i64>, tensor<i64>) -> tensor<3xi64>
func.func @check(%arg0: tensor<3xi64>, %arg1: tensor<i1>, %arg2: tensor<i64>, %arg3: tensor<i64>) -> tensor<3xi64> {
  %0 = "tessel.check"(%arg0, %arg1, %arg2, %arg3) {code = 1 : i64, error = "ValueError", message = "{value} of {other}"} : (tensor<3xi64>, tensor<i1>, tensor<i64>, tensor<i64>) -> tensor<3xi64>
  return %0 : tensor<3xi64>
}

// CHECK-LABEL: @check_indices(
// CHECK: "tessel.check_indices"(%arg0, %arg1, %arg2) {code = 2 : i64, counts_from_back = true, error = "IndexError", message = "index {value}"} : (tensor<3xi64>, tensor<?x2xui8>, tensor<i64>) -> tensor<3xi64>
func.func @check_indices(%arg0: tensor<3xi64>, %arg1: tensor<?x2xui8>, %arg2: tensor<i64>) -> tensor<3xi64> {
  %0 = "tessel.check_indices"(%arg0, %arg1, %arg2) {code = 2 : i64, counts_from_back = true, error = "IndexError", message = "index {value}"} : (tensor<3xi64>, tensor<?x2xui8>, tensor<i64>) -> tensor<3xi64>
  return %0 : tensor<3xi64>
}
