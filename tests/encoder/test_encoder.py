"""The contract of a loaded model: whole texts, any batch, any engine, and no altered file."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from finnlp_zh.encoder import load, model
from finnlp_zh.encoder.batching import batches, padding_ratio
from finnlp_zh.encoder.heads import HEADS
from finnlp_zh.encoder.runtimes import TorchRuntime, cuda_usable, fitting_budget
from finnlp_zh.errors import ModelError

TEXTS = [
    "",
    " \n\u3000",
    "中国人民银行宣布下调存款准备金率。",
    "😀公司👨‍👩‍👧净利润同比增长10.5%。",
    "“（没有闭合的引号",
    "中国" * 300,
    "公司净利润增长。\n" * 90,
    "A",
]
RUNTIMES = ["onnxruntime", "torch"]


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_every_character_gets_a_row_of_every_head(tiny_model: Path, runtime: str) -> None:
    for text, features in zip(TEXTS, load(tiny_model, device="cpu", runtime=runtime).encode(TEXTS), strict=True):
        assert set(features.logits) == {head.name for head in HEADS}
        for head in HEADS:
            assert features.logits[head.name].shape == (len(text), len(head.labels))
            assert np.isfinite(features.logits[head.name]).all()


def test_no_texts_no_features(tiny_model: Path) -> None:
    assert load(tiny_model, device="cpu").encode([]) == []


def test_long_article_comes_out_whole(tiny_model: Path) -> None:
    text = "中国人民银行宣布，公司净利润同比增长12.5亿元。" * 900
    assert len(text) > 20_000
    (features,) = load(tiny_model, device="cpu", runtime="onnxruntime").encode([text])
    rows = features.logits["entities"]
    assert rows.shape[0] == len(text)
    # A row that no window wrote would still be all zero.
    assert (np.abs(rows).sum(axis=1) > 0).all()


def test_int8_output_is_bit_equal_in_any_batch_and_order(tiny_model: Path) -> None:
    encoder = load(tiny_model, device="cpu", runtime="onnxruntime", threads=2)
    alone = [encoder.encode([text])[0] for text in TEXTS]
    shuffled = random.Random(1).sample(range(len(TEXTS)), len(TEXTS))
    for index, features in zip(shuffled, encoder.encode([TEXTS[index] for index in shuffled]), strict=True):
        for head in HEADS:
            np.testing.assert_array_equal(features.logits[head.name], alone[index].logits[head.name])


def test_torch_output_differs_by_rounding_alone(tiny_model: Path) -> None:
    encoder = load(tiny_model, device="cpu", runtime="torch")
    alone = [encoder.encode([text])[0] for text in TEXTS]
    for one, other in zip(encoder.encode(TEXTS), alone, strict=True):
        for head in HEADS:
            np.testing.assert_allclose(one.logits[head.name], other.logits[head.name], atol=1e-4)


def test_engines_agree(tiny_model: Path) -> None:
    exact = load(tiny_model, device="cpu", runtime="torch").encode(TEXTS)
    quick = load(tiny_model, device="cpu", runtime="onnxruntime").encode(TEXTS)
    before = np.concatenate([features.logits["entities"] for features in exact])
    after = np.concatenate([features.logits["entities"] for features in quick])
    assert np.corrcoef(before.ravel(), after.ravel())[0, 1] > 0.99


@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning", "ignore::DeprecationWarning")
def test_traced_network_takes_any_length() -> None:
    """Other tools export the network from a trace: what one length needs may not be settled for all."""
    torch = pytest.importorskip("torch")
    from finnlp_zh.encoder.network import Architecture, Network

    size = Architecture(10, 5, 4, layers=1, width=8, attention_heads=2, feed_forward=8, stride=2)
    network = Network(size).eval()

    def ids(length: int) -> tuple[Any, Any, Any]:
        return (torch.arange(5, 5 + length)[None] % 5 + 5, *torch.zeros(2, 1, length, dtype=torch.int64))

    traced = torch.jit.trace(network, ids(6), check_trace=False)
    for length in (5, 6, 9):
        torch.testing.assert_close(traced(*ids(length)), network(*ids(length)))


def test_torch_batch_halves_when_memory_runs_out(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    encoder = load(tiny_model, device="cpu", runtime="torch")
    expected = encoder.encode(TEXTS)
    runtime = encoder.runtime
    run = runtime._run

    def scarce(frames):
        if len(frames) > 2:
            raise torch.OutOfMemoryError("no room")
        return run(frames)

    monkeypatch.setattr(runtime, "_run", scarce)
    before = runtime.budget
    for one, other in zip(encoder.encode(TEXTS), expected, strict=True):
        np.testing.assert_allclose(one.logits["pos"], other.logits["pos"], atol=1e-4)
    assert runtime.budget < before


def test_a_model_without_the_graph_runs_in_torch(tiny_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "no-graph"
    shutil.copytree(tiny_model, folder)
    manifest = model.read_manifest(folder)
    model.write_manifest(folder, manifest, [name for name in manifest.files if name != model.ONNX])
    encoder = load(folder, device="cpu")
    assert isinstance(encoder.runtime, TorchRuntime)
    with pytest.raises(ModelError, match="export the model again"):
        load(folder, device="cpu", runtime="onnxruntime")


def test_a_budget_stays_within_its_bounds() -> None:
    assert fitting_budget(free=0, used=1_000, characters=8192) == 512
    assert fitting_budget(free=10**13, used=1_000, characters=8192) == 131_072
    assert fitting_budget(free=10**10, used=4 * 10**8, characters=8192) < 10**10 / (4 * 10**8) * 8192


def test_altered_file_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "altered"
    shutil.copytree(tiny_model, folder)
    with (folder / model.ONNX).open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ModelError, match="altered"):
        load(folder, device="cpu", runtime="onnxruntime")


def test_missing_file_is_named(tiny_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "missing"
    shutil.copytree(tiny_model, folder)
    (folder / model.WORDS).unlink()
    with pytest.raises(ModelError, match=r"words\.tsv is missing"):
        load(folder)


def test_foreign_format_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "foreign"
    shutil.copytree(tiny_model, folder)
    manifest = json.loads((folder / model.MANIFEST).read_text("utf-8"))
    (folder / model.MANIFEST).write_text(json.dumps({**manifest, "format": "other/9"}), "utf-8")
    with pytest.raises(ModelError, match="other/9"):
        load(folder)


def test_unknown_model_lists_where_it_was_sought() -> None:
    with pytest.raises(ModelError, match="no model 'nothing-here'"):
        load("nothing-here")


def test_newest_version_is_taken(make_model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("2", "10"):
        make_model(tmp_path / "tiny" / version, version=version)
    monkeypatch.setattr(model, "model_roots", lambda: [tmp_path])
    assert load("tiny", device="cpu", runtime="onnxruntime").id == "tiny/10"
    assert load("tiny/2", device="cpu", runtime="onnxruntime").id == "tiny/2"
    assert [folder.name for folder in model.available()] == ["10", "2"]


@pytest.mark.skipif(cuda_usable(), reason="there is a CUDA device")
def test_absent_gpu_is_an_error_with_a_remedy(tiny_model: Path) -> None:
    with pytest.raises(ModelError, match="use device='cpu'"):
        load(tiny_model, device="cuda")
    assert load(tiny_model, device="auto").device == "cpu"


def test_unknown_device_is_an_error(tiny_model: Path) -> None:
    with pytest.raises(ModelError, match="unknown device 'tpu'"):
        load(tiny_model, device="tpu")


def test_batches_bound_the_padded_size() -> None:
    lengths = [3, 50, 7, 7, 40, 1]
    found = batches(lengths, budget=60)
    assert sorted(index for batch in found for index in batch) == list(range(6))
    assert all(len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= 60 for batch in found)
    assert padding_ratio([4, 4], budget=8) == 0
