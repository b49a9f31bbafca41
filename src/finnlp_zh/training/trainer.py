"""The training run: phases of mixed corpora, one optimiser, averaged weights, checkpoints that resume exactly."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from finnlp_zh.encoder import model
from finnlp_zh.encoder.heads import HEADS, Head, columns_of
from finnlp_zh.encoder.network import Architecture, Network, copy_bert
from finnlp_zh.encoder.vocabulary import SPECIAL, Vocabulary, read_vocabulary, write_vocabulary
from finnlp_zh.errors import ConfigError
from finnlp_zh.training.batches import Batch, Source, Stream
from finnlp_zh.training.config import ARCHITECTURE, Configuration, Phase, Size, fingerprint
from finnlp_zh.training.corpora import AUXILIARY, read_corpus
from finnlp_zh.training.distillation import Teacher, shrink
from finnlp_zh.training.loss import head_losses
from finnlp_zh.training.scores import evaluate

Report = Callable[[str], None]
_OUTPUT_RATE = 4.0  # new output layers learn this much faster than the body


class Masked(nn.Module):
    """Masked-character prediction, its output tied to the character embeddings."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.transform = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, hidden: Tensor, characters: Tensor) -> Tensor:
        """Give logits over the characters, shape (n, characters)."""
        logits: Tensor = self.norm(functional.gelu(self.transform(hidden))) @ characters.T
        return logits


class Trainer:
    """One run of a configuration; ``folder`` keeps its log, checkpoint and vocabulary."""

    def __init__(self, configuration: Configuration, *, base: Path, folder: Path, report: Report = print) -> None:
        self.configuration = configuration
        self.base = base
        self.folder = folder
        self.report = report
        folder.mkdir(parents=True, exist_ok=True)
        torch.set_num_threads(configuration.threads)
        torch.manual_seed(configuration.seed)
        self.heads: dict[str, Head] = {head.name: head for head in (*HEADS, *AUXILIARY)}
        self.columns = columns_of(self.heads.values())
        self.sources = {
            name: Source(read_corpus(corpus.format, self._paths(corpus.paths)), corpus.weight)
            for name, corpus in configuration.corpora.items()
        }
        self.evaluation = {
            name: read_corpus(corpus.format, self._paths(corpus.paths))
            for name, corpus in configuration.evaluation.items()
        }
        self.names = {kind: _names(self._paths(paths)) for kind, paths in configuration.gazetteers.items()} | _people(
            self.sources
        )
        self.vocabulary, self.network = self._start()
        (folder / ARCHITECTURE).write_bytes(msgspec.json.encode(self.network.size.as_dict()))
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.half = _half_pays(self.device)
        self.network.to(self.device)
        self.masked = Masked(self.network.size.width).to(self.device)
        self.teacher = self._teacher()
        self.average = {name: tensor.detach().clone() for name, tensor in self.network.state_dict().items()}
        self.optimiser = torch.optim.AdamW(self._groups(), betas=(0.9, 0.98), weight_decay=0.01, fused=True)
        self.step = 0
        self.phase = 0
        self.block = 0
        self.in_block = 0
        self.done = 0
        self.averaged = 0

    @property
    def finished(self) -> bool:
        """Tell whether the last phase is done."""
        last = len(self.configuration.phases) - 1
        return self.phase == last and self.done >= self.configuration.phases[last].characters

    def _paths(self, paths: Sequence[str]) -> list[Path]:
        return [self.base / path for path in paths]

    def _start(self) -> tuple[Vocabulary, Network]:
        start, size = self.configuration.start, self.configuration.size or Size()
        texts = [document.text for source in self.sources.values() for document in source.documents]
        outputs = sum(len(head.labels) for head in self.heads.values())
        if start.model:
            return self._start_from_model(model.find(self._model_path(start.model)))
        vocabulary, rows, word_rows = _vocabulary(self.base / start.bert if start.bert else None, texts, start.rare)
        shape = Architecture(
            characters=len(vocabulary.characters),
            words=len(vocabulary.words),
            outputs=outputs,
            layers=size.layers,
            width=size.width,
            attention_heads=size.attention_heads,
            feed_forward=size.feed_forward,
            activation=size.activation,
            stride=size.stride,
        )
        network = Network(shape)
        if start.bert:
            folder = self.base / start.bert
            copy_bert(network, load_file(folder / "model.safetensors"), rows)
            pieces = load_file(folder / "pieces.safetensors")["word_embeddings"].float()
            with torch.no_grad():
                network.words.weight[0] = 0
                network.words.weight[1:] = 0.7 * pieces[word_rows]
                network.places.weight.zero_()
        write_vocabulary(vocabulary, self.folder / "vocab.txt", self.folder / "words.tsv")
        return vocabulary, network

    def _model_path(self, name: str) -> str | Path:
        return self.base / name if (self.base / name / model.MANIFEST).is_file() else name

    def _start_from_model(self, folder: Path) -> tuple[Vocabulary, Network]:
        """Give a model's vocabulary and weights, of the layers named; its heads keep theirs, others start anew."""
        manifest = model.read_manifest(folder)
        model.check_files(folder, manifest, [model.CHARACTERS, model.WORDS, model.WEIGHTS])
        vocabulary = read_vocabulary(folder / model.CHARACTERS, folder / model.WORDS)
        outputs = sum(len(head.labels) for head in self.heads.values())
        shape = Architecture(**manifest.architecture)  # type: ignore[arg-type]
        if self.configuration.size:
            wanted = replace(shape, **msgspec.structs.asdict(self.configuration.size))
            if (wanted.width, wanted.attention_heads) != (shape.width, shape.attention_heads):
                raise ConfigError(
                    f"[size]: {folder} is {shape.width} wide, with {shape.attention_heads} attention heads"
                )
            shape = wanted
        layers = self.configuration.start.layers or list(range(shape.layers))
        if len(layers) != shape.layers:
            raise ConfigError(f"[start] layers = {layers} are {len(layers)}, but [size] layers = {shape.layers}")
        network = Network(replace(shape, outputs=outputs))
        state = {name: tensor.float() for name, tensor in load_file(folder / model.WEIGHTS).items()}
        state = shrink(state, layers=layers, feed_forward=shape.feed_forward)
        kept = {name: tensor for name, tensor in state.items() if not name.startswith("outputs.")}
        network.load_state_dict(kept, strict=False)
        at = 0
        with torch.no_grad():
            for entry in manifest.heads:
                here, width = self.columns.get(entry.name), len(entry.labels)
                if here is not None and list(self.heads[entry.name].labels) == entry.labels:
                    network.outputs.weight[here] = state["outputs.weight"][at : at + width]
                    network.outputs.bias[here] = state["outputs.bias"][at : at + width]
                at += width
        write_vocabulary(vocabulary, self.folder / "vocab.txt", self.folder / "words.tsv")
        return vocabulary, network

    def _teacher(self) -> Teacher | None:
        settings = self.configuration.teacher
        if settings is None:
            return None
        folder = model.find(self._model_path(settings.model))
        size = self.network.size
        return Teacher(folder, characters=size.characters, words=size.words, device=self.device)

    def _groups(self) -> list[dict[str, Any]]:
        fast, plain, decayed = [], [], []
        for name, parameter in [*self.network.named_parameters(), *self.masked.named_parameters()]:
            if name.startswith(("outputs", "transform", "places")):
                fast.append(parameter)
            elif parameter.ndim < 2:
                plain.append(parameter)
            else:
                decayed.append(parameter)
        return [
            {"params": fast, "factor": _OUTPUT_RATE, "weight_decay": 0.0},
            {"params": plain, "factor": 1.0, "weight_decay": 0.0},
            {"params": decayed, "factor": 1.0},
        ]

    def run(self, *, stop_after: int | None = None) -> None:
        """Train to the end of the last phase, or until ``stop_after`` more steps, writing checkpoints."""
        budget = stop_after
        for number in range(self.phase, len(self.configuration.phases)):
            if number != self.phase:
                self.phase, self.block, self.in_block, self.done = number, 0, 0, 0
                self.averaged = 0  # a short last phase must move the average, too
            phase = self.configuration.phases[number]
            for layer in [self.network, *self.network.layers]:
                layer.dropout = phase.dropout
            budget = self._run_phase(phase, budget)
            self.save()
            if self.done < phase.characters:
                return
            self.evaluate()
            metadata = {"position": json.dumps({"step": self.step, "phase": self.phase})}
            save_file(self.average, self.folder / f"phase{number + 1}.safetensors", metadata=metadata)

    def _run_phase(self, phase: Phase, budget: int | None) -> int | None:
        seed = self.configuration.seed + 1000 * self.phase
        stream = Stream(
            self.sources, self.heads, self.vocabulary, phase, seed, self.configuration.batch_characters, self.names
        )
        for number in range(self.block):
            stream.block(number)
        started, seen = time.monotonic(), 0
        losses: dict[str, float] = {}
        while self.done < phase.characters:
            batches = stream.block(self.block)
            size = self.configuration.accumulate
            steps = [batches[at : at + size] for at in range(0, len(batches), size)]
            for step in steps[self.in_block :]:
                if budget == 0:
                    return 0
                for name, loss in self._step(step, phase).items():
                    losses[name] = losses.get(name, 0.0) + loss
                seen += sum(batch.size for batch in step)
                self.in_block += 1
                budget = budget - 1 if budget is not None else None
                if self.step % 20 == 0:
                    self._log(phase, losses, seen / (time.monotonic() - started))
                    losses.clear()
                if self.step % self.configuration.evaluate_steps == 0:
                    self.evaluate()
                if self.step % self.configuration.checkpoint_steps == 0:
                    self.save()
                if self.done >= phase.characters:
                    break
            self.block, self.in_block = self.block + 1, 0
        return budget

    def _step(self, batches: Sequence[Batch], phase: Phase) -> Mapping[str, float]:
        self.network.train()
        torch.manual_seed(self.configuration.seed * 1_000_003 + self.step)
        total = sum(batch.size for batch in batches)
        record: dict[str, float] = {}
        for batch in batches:
            losses = self._losses(batch)
            weights = self.configuration.head_weights
            start = torch.zeros((), device=self.device)
            loss = sum((weights.get(name, 1.0) * part for name, part in losses.items()), start)
            (loss * (batch.size / total)).backward()  # type: ignore[no-untyped-call]
            for name, part in losses.items():
                record[name] = record.get(name, 0.0) + float(part.detach()) * batch.size / total
        parameters = [p for group in self.optimiser.param_groups for p in group["params"]]
        nn.utils.clip_grad_norm_(parameters, 1.0)
        rate = rate_at(phase, self.done / phase.characters)
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["factor"]
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.step += 1
        self.done += total
        self._average()
        return record

    def _losses(self, batch: Batch) -> dict[str, Tensor]:
        def here(array: NDArray[np.int64]) -> Tensor:
            return torch.from_numpy(array).to(self.device)

        ids = [here(part) for part in (batch.characters, batch.words, batch.places)]
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.half):
            hidden = self.network.hidden(*ids)
            logits = self.network.outputs(hidden).float()
            losses = head_losses(logits, batch, self.heads, self.columns)
            if len(batch.hidden):
                guesses = self.masked(hidden.flatten(0, 1)[here(batch.hidden)], self.network.characters.weight)
                loss = functional.cross_entropy(guesses.float(), here(batch.truth), reduction="sum")
                losses["masked"] = loss / batch.size
            settings = self.configuration.teacher
            if self.teacher is not None and settings is not None:
                taught = [not settings.corpora or name in settings.corpora for name in batch.corpora]
                apart = self.teacher.loss(ids, hidden, logits, self.columns, taught)
                losses["vectors"] = apart["vectors"] * settings.vectors
                losses["distributions"] = apart["distributions"] * settings.distributions
        return losses

    def _average(self) -> None:
        # Early on the average follows closely: weights of the first steps should not linger.
        self.averaged += 1
        share = 1 - min(self.configuration.average, self.averaged / (self.averaged + 10))
        with torch.no_grad():
            for name, tensor in self.network.state_dict().items():
                self.average[name].lerp_(tensor, share)

    def _log(self, phase: Phase, losses: Mapping[str, float], speed: float) -> None:
        shown = {name: round(loss / 20, 4) for name, loss in sorted(losses.items())}
        progress = f"phase {self.phase + 1} step {self.step} {self.done}/{phase.characters} characters"
        self._write({"step": self.step, "phase": self.phase + 1, "characters": self.done, "losses": shown})
        self.report(f"{progress} {speed:.0f}/s total {sum(shown.values()):.3f} {shown}")

    def evaluate(self) -> dict[str, float]:
        """Score the averaged weights on the evaluation corpora."""
        started = time.monotonic()
        network = Network(self.network.size).to(self.device)
        network.load_state_dict(self.average)
        scores = evaluate(network.eval(), self.vocabulary, self.heads, self.columns, self.evaluation)
        self._write({"step": self.step, "phase": self.phase + 1, "characters": self.done, "scores": scores})
        self.report(f"step {self.step} scores {scores} ({time.monotonic() - started:.0f} s)")
        return scores

    def _write(self, row: Mapping[str, Any]) -> None:
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps({**row, "time": round(time.time())}, ensure_ascii=False) + "\n")

    def save(self) -> None:
        """Write the checkpoint: weights, averages, optimiser moments, position. Replaces the old one at once."""
        tensors = {f"network.{name}": tensor for name, tensor in self.network.state_dict().items()}
        tensors |= {f"masked.{name}": tensor for name, tensor in self.masked.state_dict().items()}
        tensors |= {f"average.{name}": tensor for name, tensor in self.average.items()}
        for number, state in self.optimiser.state_dict()["state"].items():
            for key, value in state.items():
                tensors[f"optimiser.{number}.{key}"] = torch.as_tensor(value)
        position = {name: getattr(self, name) for name in ("step", "phase", "block", "in_block", "done", "averaged")}
        position["configuration"] = fingerprint(self.configuration)
        target = self.folder / "checkpoint.safetensors"
        partial = target.with_suffix(".partial")
        save_file(tensors, partial, metadata={"position": json.dumps(position)})
        os.replace(partial, target)

    def resume(self) -> bool:
        """Take up the folder's checkpoint; False where there is none.

        Raises `ConfigError` where it belongs to another configuration.
        """
        path = self.folder / "checkpoint.safetensors"
        if not path.exists():
            return False
        position = json.loads(_metadata(path)["position"])
        if position.pop("configuration") != fingerprint(self.configuration):
            raise ConfigError(f"{path} is of another configuration: use another folder, or remove it to start again")
        tensors = load_file(path)
        self.network.load_state_dict(_under(tensors, "network."))
        self.masked.load_state_dict(_under(tensors, "masked."))
        self.average = {name: part.to(self.device) for name, part in _under(tensors, "average.").items()}
        states: dict[int, dict[str, Tensor]] = {}
        for name, tensor in _under(tensors, "optimiser.").items():
            number, _, key = name.partition(".")
            states.setdefault(int(number), {})[key] = tensor
        self.optimiser.load_state_dict({"state": states, "param_groups": self.optimiser.state_dict()["param_groups"]})
        for name, value in position.items():
            setattr(self, name, value)
        return True


def _half_pays(device: torch.device) -> bool:
    """Tell whether bfloat16 is faster than float32: on a CPU only where it has matrix units for it (Intel AMX)."""
    if device.type != "cpu":
        return True
    # Only late versions of torch tell.
    capabilities: Callable[[], Mapping[str, Any]] = getattr(torch.cpu, "get_capabilities", dict)
    return bool(capabilities().get("amx_bf16"))


def rate_at(phase: Phase, progress: float) -> float:
    """Give the learning rate: linear warm-up, then a straight line to the final rate."""
    if progress < phase.warm_up:
        return phase.rate * (progress + 1e-3) / (phase.warm_up + 1e-3)
    left = 1 - (progress - phase.warm_up) / max(1e-9, 1 - phase.warm_up)
    return phase.final_rate + (phase.rate - phase.final_rate) * max(0.0, left)


def _metadata(path: Path) -> dict[str, str]:
    from safetensors import safe_open

    with safe_open(path, framework="pt") as tensors:
        found: dict[str, str] = tensors.metadata()
        return found


def _under(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _vocabulary(bert: Path | None, texts: Sequence[str], rare: int) -> tuple[Vocabulary, list[int], list[int]]:
    """Give the vocabulary, and the rows of the BERT folder's embeddings that its characters and words have."""
    if bert is None:
        counts = Counter(character for text in texts for character in text if not character.isspace())
        characters = [character for character, count in counts.most_common() if count > rare]
        return Vocabulary((*SPECIAL, "▁", *characters), ()), [], []
    full = read_vocabulary(bert / "vocab.txt", bert / "pieces.tsv")
    seen = np.zeros(len(full.characters), np.int64)
    seen_words = np.zeros(len(full.words) + 1, np.int64)
    for text in texts:
        ids, words, _ = full.encode(text)
        seen += np.bincount(ids, minlength=len(seen))
        seen_words += np.bincount(words, minlength=len(seen_words))
    rows = [
        number
        for number, character in enumerate(full.characters)
        if number < len(SPECIAL) or seen[number] >= rare or _common(character)
    ]
    word_rows = [number for number in range(len(full.words)) if seen_words[number + 1] > 2 * rare]
    vocabulary = Vocabulary(tuple(full.characters[row] for row in rows), tuple(full.words[row] for row in word_rows))
    return vocabulary, rows, word_rows


def _common(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _names(paths: Sequence[Path]) -> list[str]:
    names = [line.strip() for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return sorted({name for name in names if name and not name.startswith("#")})


def _people(sources: Mapping[str, Source]) -> dict[str, list[str]]:
    """Gather the names of people and places that the corpora label, to be swapped for each other."""
    pools: dict[str, set[str]] = {"PERSON": set(), "LOC": set()}
    for source in sources.values():
        for document in source.documents:
            for mark in document.spans:
                if mark.head == "entities" and mark.types[0] in pools:
                    pools[mark.types[0]].add(document.text[mark.start : mark.end])
    pools["OFFICIAL"] = pools["PERSON"]
    return {kind: sorted(name for name in pool if len(name) > 1) for kind, pool in pools.items() if pool}
