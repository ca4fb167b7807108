"""Arrays of other libraries, and DLPack in both directions."""

import numpy as np
import pytest

from tessel.compiler.targets.cpu.target import host_target
from tessel.compiler.targets.iree import compile_to_vmfb
from tessel.runtime.arrays import as_numpy
from tessel.runtime.artifact import ArraySpec, CompiledArtifact
from tessel.runtime.errors import ArrayError
from tessel.runtime.executable import Executable


class Foreign:
    """An array of another library, which offers nothing but DLPack."""

    def __init__(self, array: np.ndarray, device: tuple[int, int] = (1, 0)):
        self.array, self.device = array, device

    def __dlpack__(self, **options: object) -> object:
        return self.array.__dlpack__(**options)  # type: ignore[arg-type]

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.device


def test_a_dlpack_object_is_viewed_without_a_copy():
    array = np.arange(6.0).reshape(2, 3)
    viewed = as_numpy(Foreign(array))
    np.testing.assert_array_equal(viewed, array)
    assert np.shares_memory(viewed, array)


def test_numpy_arrays_and_scalars_pass():
    array = np.arange(3)
    assert as_numpy(array) is array
    assert as_numpy(np.float32(2)).dtype == np.float32


def test_memory_of_another_device_is_refused():
    with pytest.raises(ArrayError, match="is on a device; copy it to the CPU"):
        as_numpy(Foreign(np.arange(3), (2, 0)))


def test_a_dtype_without_a_dlpack_form_is_refused():
    with pytest.raises(ArrayError, match="NumPy cannot take this Foreign"):
        as_numpy(Foreign(np.array(["text"])))


def test_other_objects_are_refused():
    with pytest.raises(TypeError, match="object is neither a NumPy array nor has it __dlpack__"):
        as_numpy(object())


def test_results_go_out_by_dlpack():
    text = "func.func @main(%x: tensor<?xf32>) -> tensor<?xf32> { return %x : tensor<?xf32> }"
    slot = ArraySpec(np.dtype(np.float32), (None,))
    binary = CompiledArtifact(
        compile_to_vmfb(text.encode(), host_target(1)),
        "main",
        (slot,),
        (slot,),
        "local-sync",
        False,
    )
    (result,) = Executable(binary, {})([np.arange(5, dtype=np.float32)])
    np.testing.assert_array_equal(np.from_dlpack(result), np.arange(5))
