"""Which convolutions are depthwise over planes, as the kernel `depthwise_planes` takes them."""

from tessel.compiler.kernels.row_tiles import PlanesProblem
from tessel.dialects.instance import OpInstance


def planes_problem(op: OpInstance) -> PlanesProblem | None:
    """The planes of a `convolution` in which each channel of one image has its own window.

    None for another convolution, another dtype than float32 and sizes known only when running.
    """
    image, weight = op.operand_types
    if image.rank != 4 or not image.is_static or not weight.is_static:
        return None
    (count, channels, *size), (outputs, depth, *window) = image.sizes, weight.sizes
    dilations = (*op.attributes["dilation"], *op.attributes["input_dilation"])
    low, high = op.attributes["padding_low"], op.attributes["padding_high"]
    is_depthwise = count == 1 and channels == outputs == op.attributes["groups"] and depth == 1
    plain = set(dilations) == {1} and min(*low, *high) >= 0 and str(image.dtype) == "float32"
    if not is_depthwise or not plain or 0 in op.result_type.sizes:
        return None
    pairs = (tuple(one) for one in (size, window, op.attributes["strides"], low, high))
    return PlanesProblem(channels, *pairs)
