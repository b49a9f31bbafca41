"""Export to ONNX int8: the graph is written node by node in the fused operators that onnxruntime runs fastest.

Weights are int8 with a scale a column, activations are quantised at run time. The runtime gives the graph one
window at a time, so that nothing depends on what else is in a batch, and no mask is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Array = NDArray[np.float32]
_DOMAIN = "com.microsoft"
# GELU goes down to -0.17: a row's scale is never below it, nor 0.
_LEAST_PEAK = 0.2


class Graph:
    """A growing ONNX graph."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.initialisers: list[Any] = []

    def constant(self, name: str, value: Any) -> str:
        """Add an initialiser."""
        self.initialisers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, *, domain: str = "", **attributes: Any) -> str:
        """Add a node with one output."""
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, domain=domain, **attributes))
        return output

    def product(self, source: str, name: str, weight: Array, bias: Array) -> str:
        """Add ``source @ weight.T + bias`` in int8, one activation scale for all rows."""
        inputs = [source, *self._columns(name, weight), self.constant(f"{name}.bias", bias)]
        return self.node("DynamicQuantizeMatMul", inputs, name, domain=_DOMAIN)

    def row_product(self, source: str, name: str, weight: Array, bias: Array, *, positive: bool = False) -> str:
        """Add ``source @ weight.T + bias`` in int8, every row scaled to its own largest value.

        In the feed-forward part a few tokens have values ten times the others': with one scale for all rows they
        take the resolution from every other row. ``positive`` says that no row has a large negative value, which
        spares a pass.
        """
        sizes = source if positive else self.node("Abs", [source], f"{name}.sizes")
        peak = self.node("ReduceMax", [sizes], f"{name}.peak", axes=[-1], keepdims=1)
        peak = self.node("Max", [peak, self.shared("least", np.array(_LEAST_PEAK, np.float32))], f"{name}.row_scale")
        scaled = self.node("Div", [source, peak], f"{name}.scaled")
        product = self.node(
            "DynamicQuantizeMatMul", [scaled, *self._columns(name, weight)], f"{name}.product", domain=_DOMAIN
        )
        restored = self.node("Mul", [product, peak], f"{name}.restored")
        return self.node("Add", [restored, self.constant(f"{name}.bias", bias)], name)

    def _columns(self, name: str, weight: Array) -> list[str]:
        values, scales = quantise_columns(weight.T)
        return [
            self.constant(f"{name}.weight", values),
            self.constant(f"{name}.scale", scales),
            self.constant(f"{name}.zero", np.zeros_like(scales, np.int8)),
        ]

    def shared(self, name: str, value: Any) -> str:
        """Add an initialiser once."""
        return name if any(known.name == name for known in self.initialisers) else self.constant(name, value)

    def rows(self, name: str, table: Array, ids: str) -> str:
        """Add the look-up of int8 rows with a scale a row, as float32."""
        values, scales = quantise_columns(table.T)
        found = self.node("Gather", [self.constant(f"{name}.rows", values.T), ids], f"{name}.found")
        factor = self.node("Gather", [self.constant(f"{name}.scales", scales[:, None]), ids], f"{name}.factor")
        floating = self.node("Cast", [found], f"{name}.float", to=TensorProto.FLOAT)
        return self.node("Mul", [floating, factor], name)


def quantise_columns(matrix: Array) -> tuple[NDArray[np.int8], Array]:
    """Give (int8 matrix, scale a column), symmetric around 0."""
    scales = np.maximum(np.abs(matrix).max(axis=0), 1e-8).astype(np.float32) / np.float32(127)
    return np.clip(np.rint(matrix / scales), -127, 127).astype(np.int8), scales


def write_onnx(weights: Mapping[str, Array], path: Path, *, attention_heads: int, activation: str = "gelu") -> None:
    """Write the int8 graph of a network's weights.

    Inputs ``characters``, ``words``, ``places``: int64 of shape (1, length), one unpadded window with its edge tokens.
    Output ``logits``: float32 of shape (1, length, outputs).
    """
    graph = Graph()
    epsilon = 1e-12
    total = ""
    for name in ("characters", "words", "places"):
        part = graph.rows(f"{name}.embedding", weights[f"{name}.weight"], name)
        total = graph.node("Add", [total, part], f"{name}.sum") if total else part
    length = graph.node("Shape", ["characters"], "length", start=1, end=2)
    zero = graph.constant("zero", np.zeros(1, np.int64))
    table = graph.constant("positions", weights["positions.weight"])
    places = graph.node("Slice", [table, zero, length, zero], "position_rows")
    total = graph.node("Add", [total, places], "embedded")
    norm = [graph.constant(f"norm.{part}", weights[f"norm.{part}"]) for part in ("weight", "bias")]
    hidden = graph.node("LayerNormalization", [total, *norm], "hidden.0", axis=-1, epsilon=epsilon)
    layers = sum(name.endswith(".expansion.weight") for name in weights)
    for number in range(layers):
        hidden = _layer(graph, weights, hidden, number, attention_heads, activation)
    logits = graph.product(hidden, "logits", weights["outputs.weight"], weights["outputs.bias"])
    shape = ["batch", "length"]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in ("characters", "words", "places")
    ]
    outputs = [helper.make_tensor_value_info(logits, TensorProto.FLOAT, [*shape, len(weights["outputs.bias"])])]
    built = helper.make_graph(graph.nodes, "finnlp_zh_encoder", inputs, outputs, graph.initialisers)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(_DOMAIN, 1)]
    model = helper.make_model(built, opset_imports=opsets, producer_name="finnlp-zh", ir_version=8)
    onnx.save(model, path)


def _layer(
    graph: Graph, weights: Mapping[str, Array], hidden: str, number: int, attention_heads: int, activation: str
) -> str:
    prefix = f"layers.{number}"

    def pair(name: str) -> tuple[Array, Array]:
        return weights[f"{prefix}.{name}.weight"], weights[f"{prefix}.{name}.bias"]

    def norm(source: str, name: str, output: str) -> str:
        # Add and LayerNormalization take a fifth of the time that SkipLayerNormalization takes on the CPU.
        parts = ("weight", "bias")
        values = [graph.constant(f"{prefix}.{name}.{part}", weights[f"{prefix}.{name}.{part}"]) for part in parts]
        total = graph.node("Add", [source, hidden], f"{output}.sum")
        return graph.node("LayerNormalization", [total, *values], output, axis=-1, epsilon=1e-12)

    mixed = graph.product(hidden, f"{prefix}.query_key_value", *pair("query_key_value"))
    parts = [f"{prefix}.{part}" for part in ("query", "key", "value")]
    graph.nodes.append(helper.make_node("Split", [mixed], parts, name=f"{prefix}.split", axis=-1))
    context = graph.node("MultiHeadAttention", parts, f"{prefix}.context", domain=_DOMAIN, num_heads=attention_heads)
    attended = graph.product(context, f"{prefix}.attention_output", *pair("attention_output"))
    hidden = norm(attended, "attention_norm", f"{prefix}.attended")
    expanded = graph.row_product(hidden, f"{prefix}.expansion", *pair("expansion"))
    kind, domain = ("Relu", "") if activation == "relu" else ("Gelu", _DOMAIN)
    active = graph.node(kind, [expanded], f"{prefix}.active", domain=domain)
    contracted = graph.row_product(active, f"{prefix}.contraction", *pair("contraction"), positive=True)
    return norm(contracted, "output_norm", f"hidden.{number + 1}")
