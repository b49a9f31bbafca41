"""Words from the heads: legal, whole runs, no white space inside."""

from __future__ import annotations

import itertools
import re
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finnlp_zh.encoder.features import Features
from finnlp_zh.segmentation.words import decode_words

LABELS = {"words": ("B", "M", "E", "S"), "pos": ("NOUN", "VERB", "NUM", "PUNCT")}


def features(text: str, path: str = "", *, seed: int = 0) -> Features:
    generator = np.random.default_rng(seed)
    words = generator.normal(size=(len(text), 4)).astype(np.float32)
    for row, label in enumerate(path):
        if label in "BMES":
            words[row, "BMES".index(label)] += 20
    pos = generator.normal(size=(len(text), 4)).astype(np.float32)
    return Features({"words": words, "pos": pos}, LABELS)


@settings(deadline=None)
@given(st.text(alphabet="央行降息A1.9 \n，。😀", max_size=60), st.integers(0, 5))
def test_words_cover_the_text_but_its_blanks(text: str, seed: int) -> None:
    tokens = decode_words(text, features(text, seed=seed))
    surfaces = [text[token.start : token.end] for token in tokens]
    assert "".join(surfaces) == "".join(text.split())
    assert not any(re.search(r"\s", surface) for surface in surfaces)
    assert all(before.end <= after.start for before, after in itertools.pairwise(tokens))
    cut_inside = {token.start for token in tokens}
    for run in re.finditer(r"[A-Za-z]+|\d+(?:[.]\d+)*", text):
        assert not cut_inside & set(range(run.start() + 1, run.end()))


def test_marks_stand_alone() -> None:
    text = "央行，降息。"
    tokens = decode_words(text, features(text, "BEMBEE"))
    assert [text[token.start : token.end] for token in tokens] == ["央行", "，", "降息", "。"]
    assert [tokens[1].pos, tokens[3].pos] == ["PUNCT", "PUNCT"]


def test_illegal_sequences_are_mended() -> None:
    text = "中国人民银行"
    tokens = decode_words(text, features(text, "MEBMMM"))
    assert [text[token.start : token.end] for token in tokens] == ["中国", "人民银行"]


def test_tags_pool_the_whole_word() -> None:
    rows = np.zeros((2, 4), np.float32)
    rows[0, 1], rows[1, 0] = 1, 3
    words = np.array([[9, 0, 0, 0], [0, 0, 9, 0]], np.float32)
    (token,) = decode_words("增长", Features({"words": words, "pos": rows}, LABELS))
    assert token.pos == "NOUN"


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u3000"])
def test_blank_text_has_no_words(text: str) -> None:
    assert decode_words(text, features(text)) == []


def test_without_pos_head_tags_are_unknown() -> None:
    words = Features({"words": np.array([[0, 0, 0, 9]], np.float32)}, LABELS)
    assert [token.pos for token in decode_words("涨", words)] == [None]


def test_long_text_is_fast() -> None:
    text = "央行下调存款准备金率，释放长期资金" * 6000
    rows = features(text)
    started = time.process_time()
    decode_words(text, rows)
    assert time.process_time() - started < 3
