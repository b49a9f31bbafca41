"""The command that fits the weights of the speakers, on a few tiny articles."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from finnlp_zh.stages.quotes.ranking import Proposal
from finnlp_zh.training.quote_ranking import gold_names, labelled_examples, main
from finnlp_zh.training.ranking import Example, fit
from finnlp_zh.types import Entity, Mention, Quote, Record, Speaker

PAIRS = (("王凯", "李岩"), ("陈拓", "周明"), ("许宁", "何川"), ("高远", "唐松"))


def article(number: int) -> Record:
    """Give an article in which the one speaks to the other, labelled."""
    speaker, other = PAIRS[number]
    text = f"{speaker}对{other}表示，合同照旧。"
    content = (text.index("合同"), text.index("。"))
    cue = (text.index("表示"), text.index("表示") + 2)
    entities = [
        Entity(f"e{place}", "PERSON", name, mentions=[Mention(f"m{place}", (at, at + 2), name, "name")])
        for place, (name, at) in enumerate(((speaker, 0), (other, 3)), 1)
    ]
    quote = Quote("q1", "indirect", [content], cue, Speaker("m1", (0, 2), "e1", True))
    return Record(f"t{number}", text, sentences=[(0, len(text))], entities=entities, quotes=[quote])


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    path.write_bytes(b"\n".join(msgspec.json.encode(article(number)) for number in range(len(PAIRS))) + b"\n")
    return path


def test_the_command_writes_the_same_weights_twice(
    gold: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = [tmp_path / "first.json", tmp_path / "second.json"]
    for output in outputs:
        main([str(gold), "-o", str(output), "--folds", "2"])
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    document = json.loads(outputs[0].read_text("utf-8"))
    assert "Apache-2.0" in document["_about"]
    assert sorted(document["weights"]) == ["ranker", "together"]
    assert not any(feature.startswith("rule") for feature in document["weights"]["ranker"])
    assert "held-out articles, rules: 100.0 %" in capsys.readouterr().out


def test_the_weights_favour_who_was_labelled(gold: Path, tmp_path: Path) -> None:
    output = tmp_path / "weights.json"
    main([str(gold), "-o", str(output)])
    weights = json.loads(output.read_text("utf-8"))["weights"]
    assert weights["ranker"]["before:对"] < 0 < weights["ranker"]["before:start"]
    assert weights["together"]["rule"] > 0


def test_examples_mark_the_labelled_speaker() -> None:
    (example,) = labelled_examples([article(0)])
    assert example.right == [False, True, False]


def test_gold_names_keeps_names_and_drops_labels() -> None:
    bare = gold_names(article(0))
    assert [entity.name for entity in bare.entities] == ["王凯", "李岩"]
    assert bare.quotes == []


def test_model_and_raw_go_together(gold: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main([str(gold), "-o", str(tmp_path / "weights.json"), "--model", "small"])


def test_a_light_example_is_outweighed() -> None:
    candidates = [Proposal(None, ["left"]), Proposal(None, ["right"])]
    heavy = Example(candidates, [True, False], "one")
    light = Example(candidates, [False, True], "two", 0.2)
    assert fit([heavy, light])["left"] > 0
