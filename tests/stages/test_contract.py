"""One contract for every stage: pure, in order, independent of the batch, sound at any length, exact in its spans."""

from __future__ import annotations

import copy
import time

import pytest

from finnlp_zh.encoder.features import Features
from finnlp_zh.loading import STAGES, _build, _with_needs
from finnlp_zh.pipeline import Pipeline, attach
from finnlp_zh.reading import read_text
from finnlp_zh.types import Record, check, encode

ARTICLE = (
    "东湖银行前三季度净利润增长5.2%\n"
    "本报记者 林晓 上海报道\n"
    "10月28日，东湖银行股份有限公司（以下简称“东湖银行”）发布三季报。公告显示，前三季度该行实现净利润128.6亿元，同比增长5.2%。\n"
    "“息差收窄的压力仍然存在，部分中小企业贷款出现逾期。”东湖银行行长周明远表示。他认为，全年不良率有望控制在1.3%以内。\n"
    "国家金融监督管理总局有关负责人指出，银行应加强信用风险管理。"
)

TEXTS = {
    "empty": "",
    "blank": " \n\u3000\t\n",
    "one character": "涨",
    "emoji": "📈股市大涨🚀🚀，投资者表示👨‍👩‍👧‍👦很开心。",
    "control characters": "银\u200b行\x00表示\u202e，\ufeff贷款增长10%。",
    "unbalanced quotes": "“他说：‘利润增长。\n”””『「「公司表示（（（，下降3%",
    "latin": "The Fed said rates would stay at 5.25% to 5.5% in Q3 2024.",
    "digits": "1234567890.12,345%％‰元亿万" * 50,
    "article": ARTICLE,
    "windows line ends": ARTICLE.replace("\n", "\r\n"),
    "surrogate pair territory": "𠮷野家𪚥集团表示，营收增长8%。",
}


def _records() -> list[Record]:
    return [read_text(text, doc_id=name) for name, text in TEXTS.items()]


@pytest.fixture(scope="module", params=STAGES)
def pipeline(request: pytest.FixtureRequest) -> Pipeline:
    """The stage with what it needs before it, on rules alone."""
    wanted = _with_needs([request.param])
    return Pipeline([_build(name, None) for name in STAGES if name in wanted])


def test_keeps_length_and_order(pipeline: Pipeline) -> None:
    annotated = pipeline.annotate(_records())
    assert [record.doc_id for record in annotated] == list(TEXTS)


def test_spans_are_exact_and_ids_resolve(pipeline: Pipeline) -> None:
    for record in pipeline.annotate(_records()):
        check(record)


def test_changes_no_argument(pipeline: Pipeline) -> None:
    *before, last = pipeline.stages
    docs = Pipeline(before).annotate(_records())
    kept = copy.deepcopy(docs)
    last.predict(docs, [Features() for _ in docs])
    assert docs == kept


def test_does_not_depend_on_the_batch(pipeline: Pipeline) -> None:
    together = [encode(record) for record in pipeline.annotate(_records())]
    alone = [encode(pipeline.annotate([record])[0]) for record in _records()]
    backwards = [encode(record) for record in pipeline.annotate(_records()[::-1])][::-1]
    assert together == alone == backwards


def test_sets_only_what_it_provides(pipeline: Pipeline) -> None:
    *before, last = pipeline.stages
    docs = Pipeline(before).annotate(_records())
    for layer in last.predict(docs, [Features() for _ in docs]):
        given = {name for name in layer.__struct_fields__ if getattr(layer, name) is not type(layer)().sentences}
        assert given - {"warnings"} <= last.provides
        assert last.provides <= given


@pytest.fixture(scope="module")
def everything() -> Pipeline:
    return Pipeline([_build(name, None) for name in STAGES])


@pytest.mark.parametrize(
    "unit", [ARTICLE + "\n", "“", "（", "1", "表示，", "银行", "》《", "他说“好”，", "告诉记者", "万"]
)
def test_long_input_takes_linear_time(everything: Pipeline, unit: str) -> None:
    short, long = (_seconds(everything, (unit * (size // len(unit) + 1))[:size]) for size in (10_000, 40_000))
    for name in short:
        # Quadratic work would take sixteen times as long; the addend covers the noise of small runs.
        assert long[name] < 8 * short[name] + 0.5, f"{name}: {short[name]:.2f} s, then {long[name]:.2f} s"


def _seconds(nlp: Pipeline, text: str) -> dict[str, float]:
    record = read_text(text, doc_id="long")
    features = [Features()]
    seconds = {}
    for stage in nlp.stages:
        started = time.process_time()
        (layer,) = stage.predict([record], features)
        seconds[stage.name] = time.process_time() - started
        attach(record, layer)
    return seconds
