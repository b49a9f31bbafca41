"""The stages that run on request keep the contract of all stages: pure, in order, each article by itself."""

from __future__ import annotations

import copy
from pathlib import Path

import msgspec
import pytest

from finnlp_zh.encoder.features import Features
from finnlp_zh.loading import _STAGES, ON_REQUEST, STAGES, _build, _with_needs
from finnlp_zh.pipeline import Pipeline
from finnlp_zh.reading import read_text
from finnlp_zh.types import ON_REQUEST as FIELDS
from finnlp_zh.types import Record, check, encode

TEXTS = [
    "东湖银行屡遭质疑\n中国人民银行10月28日宣布，下调存款准备金率0.5个百分点。东湖银行虚假宣传，误导投资者。",
    "",
    "📈“央行将加息。",
    "证监会有关负责人表示，将从严监管，严控风险。码头停工，东湖银行的贷款出现逾期。",
]


@pytest.fixture(scope="module")
def taxonomy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("taxonomy") / "own.toml"
    path.write_text('[[themes]]\nid = "port"\nwords = ["码头停工"]\n', "utf-8")
    return path


@pytest.fixture(scope="module", params=ON_REQUEST)
def pipeline(request: pytest.FixtureRequest, taxonomy: Path) -> Pipeline:
    wanted = _with_needs([request.param])
    return Pipeline([_build(name, None, taxonomy) for name in _STAGES if name in wanted])


def records() -> list[Record]:
    return [read_text(text, doc_id=str(number)) for number, text in enumerate(TEXTS)]


def test_fills_its_one_field_and_changes_no_argument(pipeline: Pipeline) -> None:
    *before, last = pipeline.stages
    docs = Pipeline(before).annotate(records())
    kept = copy.deepcopy(docs)
    layers = last.predict(docs, [Features() for _ in docs])
    assert docs == kept
    for layer in layers:
        given = {name for name in layer.__struct_fields__ if getattr(layer, name) is not msgspec.UNSET}
        assert given == last.provides <= FIELDS


def test_does_not_depend_on_the_batch(pipeline: Pipeline) -> None:
    together = pipeline.annotate(records())
    assert [encode(record) for record in together] == [encode(pipeline.annotate([one])[0]) for one in records()]
    (field,) = pipeline.stages[-1].provides
    assert any(getattr(record, field) for record in together)
    for record in together:
        check(record)


def test_no_stage_of_the_default_pipeline_fills_such_a_field() -> None:
    assert not set(STAGES) & set(ON_REQUEST)
    for name in STAGES:
        assert not _build(name, None).provides & FIELDS
