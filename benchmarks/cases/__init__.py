"""The cases by group."""

from collections.abc import Callable

from benchmarks.case import Case
from benchmarks.cases.attention import (
    attention_cases,
    bfloat16_attention_cases,
    decode_cases,
)
from benchmarks.cases.convolutions import convolution_cases
from benchmarks.cases.integers import int8_cases, narrow_cases
from benchmarks.cases.models import model_cases
from benchmarks.cases.products import bfloat16_cases, product_cases, skinny_cases
from benchmarks.cases.rows import row_cases

GROUPS: dict[str, Callable[[], list[Case]]] = {
    "gemm": product_cases,
    "bfloat16": bfloat16_cases,
    "int8": int8_cases,
    "skinny": skinny_cases,
    "narrow": narrow_cases,
    "attention": attention_cases,
    "attention16": bfloat16_attention_cases,
    "decode": decode_cases,
    "convolution": convolution_cases,
    "rows": row_cases,
    "models": model_cases,
}
"""Group -> its cases."""
