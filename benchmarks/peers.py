"""Each framework at its best for one case: a call without arguments that returns NumPy arrays.

A peer that is not installed, or that cannot run a case, is reported with the reason.
"""

import importlib
import io
import logging
import os
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import tessel
from benchmarks.case import Case
from tessel.dialects.types import bfloat16

THREADS = len(os.sched_getaffinity(0))

Call = Callable[[], list[np.ndarray]]


def tessel_call(case: Case) -> Call:
    compiled = tessel.compile(case.tessel)
    return lambda: _listed(compiled(*case.inputs))


def torch_eager(case: Case) -> Call:
    torch, module, tensors = _torch(case)

    def call() -> list[np.ndarray]:
        with torch.inference_mode():
            return _listed(module(*tensors))

    return call


def torch_compile(case: Case) -> Call:
    """With frozen weights and max-autotune."""
    torch, module, tensors = _torch(case)
    config = importlib.import_module("torch._inductor.config")
    config.freezing = True
    config.autotune_num_choices_displayed = 0
    config.max_autotune_report_choices_stats = False
    torch._dynamo.reset()
    compiled = torch.compile(module, mode="max-autotune-no-cudagraphs")

    def call() -> list[np.ndarray]:
        with torch.no_grad():
            return _listed(compiled(*tensors))

    return call


def onnx_runtime(case: Case) -> Call:
    """All optimisations, one session."""
    _refuse_bfloat16(case)
    onnxruntime = importlib.import_module("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        onnx_model(case), options, providers=["CPUExecutionProvider"]
    )
    names = [one.name for one in session.get_inputs()]
    feed = dict(zip(names, case.inputs))
    return lambda: session.run(None, feed)


def openvino(case: Case) -> Call:
    """Latency hint, float32."""
    _refuse_bfloat16(case)
    ov = importlib.import_module("openvino")
    converted = _converted(case)
    for one, array in zip(converted.inputs, case.inputs):
        one.get_node().set_partial_shape(ov.PartialShape(list(array.shape)))
    converted.validate_nodes_and_infer_types()
    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",
        "INFERENCE_NUM_THREADS": THREADS,
    }
    request = ov.compile_model(converted, "CPU", settings).create_infer_request()
    held = [ov.Tensor(array, shared_memory=True) for array in case.inputs]

    def call() -> list[np.ndarray]:
        request.infer(held, share_inputs=True, share_outputs=True)
        return [one.data for one in request.output_tensors]

    return call


def _converted(case: Case) -> Any:
    ov = importlib.import_module("openvino")
    if case.onnx is not None:
        return ov.Core().read_model(case.onnx())
    torch, module, tensors = _torch(case)
    with torch.no_grad():
        return ov.convert_model(module, example_input=tuple(tensors))


def jax(case: Case) -> Call:
    if case.jax is None:
        raise NotImplementedError("not written for this case")
    package = importlib.import_module("jax")
    compiled = package.jit(case.jax)
    arrays = [package.numpy.asarray(array) for array in case.inputs]

    def call() -> list[np.ndarray]:
        results = compiled(*arrays)
        return [np.asarray(one.block_until_ready()) for one in _sequence(results)]

    return call


PEERS: dict[str, Callable[[Case], Call]] = {
    "tessel": tessel_call,
    "torch": torch_eager,
    "torch.compile": torch_compile,
    "onnxruntime": onnx_runtime,
    "openvino": openvino,
    "jax": jax,
}


def reference(case: Case) -> list[np.ndarray]:
    """The results of the torch module in float64."""
    torch, module, tensors = _torch(case)
    wide = [one.double() if one.is_floating_point() else one for one in tensors]
    with torch.inference_mode():
        return _listed(module.double()(*wide))


def _torch(case: Case) -> tuple[Any, Any, list[Any]]:
    torch = importlib.import_module("torch")
    torch.set_num_threads(THREADS)
    module = case.module().eval()
    if case.limit == "bfloat16":
        module = module.bfloat16()
    return torch, module, [torch_tensor(torch, array) for array in case.inputs]


def torch_tensor(torch: Any, array: np.ndarray) -> Any:
    if array.dtype == bfloat16:
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array)


def _refuse_bfloat16(case: Case) -> None:
    if case.limit == "bfloat16":
        raise NotImplementedError("takes no bfloat16 arrays")


def onnx_model(case: Case) -> bytes:
    """The torch module as ONNX, by the exporter that needs no further package."""
    if case.onnx is not None:
        return case.onnx()
    torch, module, tensors = _torch(case)
    file = io.BytesIO()
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, tuple(tensors), file, dynamo=False, opset_version=18)
    return file.getvalue()


def _sequence(results: Any) -> list[Any]:
    return list(results) if isinstance(results, tuple | list) else [results]


def _listed(results: Any) -> list[np.ndarray]:
    return [_array(one) for one in _sequence(results)]


def _array(result: Any) -> np.ndarray:
    """A NumPy array; bfloat16 of torch as the 16 bits that NumPy lacks a type for."""
    if "bfloat16" in str(getattr(result, "dtype", "")) and not isinstance(result, np.ndarray):
        return np.asarray(result.view(importlib.import_module("torch").int16)).view(bfloat16)
    return np.asarray(result)
