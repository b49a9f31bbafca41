"""Hugging Face transformers: any token classifier in a local folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from finnlp_zh.encoder.backends.base import Analysis, Named, map_entity, pieces
from finnlp_zh.errors import ResourceError
from finnlp_zh.types import Span


class TransformersBackend:
    """Names by a token classifier with BIO, BIOES or BMES labels over any of the label sets that we can map.

    Args:
        folder: A saved ``AutoModelForTokenClassification`` with its fast tokenizer; only safetensors weights load.
    """

    def __init__(self, folder: str) -> None:
        try:
            import torch
            from transformers import AutoModelForTokenClassification, AutoTokenizer
        except ImportError as error:
            raise ResourceError("the transformers backend needs torch: pip install 'finnlp-zh[torch]'") from error
        if not (Path(folder) / "config.json").is_file():
            raise ResourceError(f"no token classifier in {folder}: give the folder that holds its config.json")
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, use_fast=True)
            self._model = AutoModelForTokenClassification.from_pretrained(
                folder, local_files_only=True, use_safetensors=True
            ).eval()
        except (OSError, ValueError) as error:
            raise ResourceError(f"cannot load the token classifier in {folder}: {error}") from error
        self._torch = torch
        self._longest = min(int(self._model.config.max_position_embeddings), 512) - 2
        self.id = f"transformers {Path(folder).name}"

    def analyse(self, texts: Sequence[str]) -> list[Analysis]:
        """Give names; texts beyond the model's length are cut at line ends and punctuation and read whole."""
        return [Analysis(entities=self._names(text)) for text in texts]

    def _names(self, text: str) -> list[Named]:
        return [
            Named(start + offset, end + offset, label)
            for offset, stop in pieces(text, longest=self._longest)
            for start, end, label in self._tag(text[offset:stop])
        ]

    def _tag(self, text: str) -> list[Named]:
        inputs = self._tokenizer(text, return_offsets_mapping=True, return_tensors="pt", truncation=False)
        offsets: list[Span] = [(start, end) for start, end in inputs.pop("offset_mapping")[0].tolist()]
        with self._torch.inference_mode():
            best = self._model(**inputs).logits[0].argmax(-1).tolist()
        labels = [self._model.config.id2label[index] for index in best]
        return _spans(offsets, labels)


def _spans(offsets: Sequence[Span], labels: Sequence[str]) -> list[Named]:
    """Join pieces into spans: B or S begins one, I, M or E of the same type goes on with it."""
    found: list[Named] = []
    open_span: Named | None = None
    for (start, end), label in zip(offsets, labels, strict=True):
        prefix, _, foreign = label.partition("-")
        kind = map_entity(foreign) if foreign else None
        goes_on = open_span is not None and kind == open_span.label and prefix in ("I", "M", "E")
        if open_span is not None and not goes_on:
            found.append(open_span)
            open_span = None
        if kind is None or start == end:
            continue
        open_span = Named(open_span.start if open_span is not None else start, end, kind)
    return found if open_span is None else [*found, open_span]
