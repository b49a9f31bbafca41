"""The n-gram table: built, packed, read again, and what the shipped one knows."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from finnlp_zh.reading.continuation import Judge
from finnlp_zh.resources.ngrams import LocalCounts, NgramTable, load_ngrams
from finnlp_zh.training.ngrams import count_ngrams, write_table

PARAGRAPHS = ["央行降准。市场反应平稳。", "央行降息。", "市场反应平稳。"] * 10


def test_counts_stay_within_sentences() -> None:
    vocabulary, orders = count_ngrams(PARAGRAPHS, min_counts=(1, 1, 1, 1))
    table = {}
    for size, (keys, counts) in enumerate(orders, 1):
        for key, count in zip(keys.tolist(), counts.tolist(), strict=True):
            codes = [(key >> (13 * place)) & 0x1FFF for place in reversed(range(size))]
            table["".join(vocabulary[code - 1] for code in codes)] = count
    assert table["央行"] == 20
    assert table["\n央行"] == 20
    assert table["\n市场反"] == 20
    assert "准。市" not in table


def test_a_written_table_gives_its_counts_back(tmp_path: Path) -> None:
    path = tmp_path / "ngrams.npz"
    assert (
        write_table(path, PARAGRAPHS, min_counts=(1, 1, 1, 1))[1] == len(set("".join(PARAGRAPHS))) + 1
    )  # and the mark of a sentence's start
    arrays = np.load(path, allow_pickle=False)
    steps = np.ascontiguousarray(arrays["planes"].T).view(np.uint32).ravel()
    vocabulary = arrays["vocabulary"].astype("<u4").tobytes().decode("utf-32-le")
    table = NgramTable(np.cumsum(steps, dtype=np.uint32), arrays["levels"], vocabulary)
    assert math.isclose(math.exp(table.log_count("央行")), 20, rel_tol=0.1)
    assert math.isclose(math.exp(table.log_count("反应平稳")), 20, rel_tol=0.1)
    assert table.log_count("行央") == -math.inf
    assert table.log_count("龘") == -math.inf


def test_the_shipped_table_knows_words_and_openings() -> None:
    table = load_ngrams()
    assert table.log_probability("行", "银") > table.log_probability("节", "银") + 3
    assert table.log_probability("近", "\n") > table.log_probability("的", "\n") + 3
    assert table.log_probability("行", "银") <= 0
    judge = Judge(table, LocalCounts([]))
    assert judge.opens_badly("的利率走势") > 2
    assert judge.opens_badly("近年来，利率") < 0


def test_probabilities_of_what_follows_are_no_more_than_one() -> None:
    table = load_ngrams()
    local = LocalCounts(["网络安全险进入新阶段", "网络安全险在我国"])
    for context in ("网络安全", "央行", "", "\n"):
        total = sum(math.exp(table.log_probability(char, context, local)) for char in table._codes)
        assert 0.5 < total < 1.2
