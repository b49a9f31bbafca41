"""A tiny random model, made where the tests need one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from finnlp_zh.encoder import model  # noqa: E402
from finnlp_zh.encoder.heads import HEADS  # noqa: E402
from finnlp_zh.encoder.network import Architecture, Network  # noqa: E402
from finnlp_zh.encoder.vocabulary import SPACE, SPECIAL, Vocabulary, write_vocabulary  # noqa: E402
from finnlp_zh.training.export import write_onnx  # noqa: E402

CHARACTERS = "中国人民银行宣布下调存款准备金率百分之一公司净利润同比增长亿元，。：“”（）0123456789.%ABCabc"
WORDS = (("中国", -6.0), ("人民", -7.0), ("银行", -6.5), ("人民银行", -9.0), ("下调", -8.0), ("同比", -8.5))


def write_model(folder: Path, *, seed: int = 0, name: str = "tiny", version: str = "1", stride: int = 1) -> Path:
    """Write a model folder of two layers with random weights."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = Vocabulary((*SPECIAL, SPACE, *dict.fromkeys(CHARACTERS)), WORDS)
    torch.manual_seed(seed)
    size = Architecture(
        characters=len(vocabulary.characters),
        words=len(WORDS),
        outputs=sum(len(head.labels) for head in HEADS),
        layers=2,
        width=48,
        attention_heads=4,
        feed_forward=96,
        stride=stride,
    )
    network = Network(size)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)
        # Half precision is what the folder keeps: the graph must be of the same numbers.
        state = {key: value.half().float().numpy() for key, value in network.state_dict().items()}
    write_vocabulary(vocabulary, folder / model.CHARACTERS, folder / model.WORDS)
    save_file({key: value.astype(np.float16) for key, value in state.items()}, folder / model.WEIGHTS)
    write_onnx(state, folder / model.ONNX, attention_heads=size.attention_heads)
    heads = [model.HeadEntry(head.name, list(head.labels), head.reading) for head in HEADS]
    manifest = model.Manifest(name, version, architecture=size.as_dict(), heads=heads, license="Apache-2.0")
    model.write_manifest(folder, manifest, [model.CHARACTERS, model.WORDS, model.WEIGHTS, model.ONNX])
    return folder


@pytest.fixture(scope="session")
def make_model() -> Callable[..., Path]:
    return write_model


@pytest.fixture(scope="session", params=[1, 2], ids=["characters", "pairs"])
def tiny_model(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "tiny" / "1", stride=request.param)
