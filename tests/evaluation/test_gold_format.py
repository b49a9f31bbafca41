"""The compact label format: what compiles, what is refused, and that our own corpus is compiled and up to date."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finnlp_zh import types
from finnlp_zh.errors import InputError
from finnlp_zh.evaluation.gold_format import (
    Article,
    Reading,
    compile_folder,
    count,
    read_days,
    read_figure,
    read_test_names,
    show,
    write_corpus,
)

GOLD = Path(__file__).parents[2] / "corpora" / "gold"
SHARED = Path(__file__).parents[3] / "shared" / "gold"

TEXT = """兴业银行：今年投放绿色贷款逾800亿元
兴业银行（601166）行长陶以平表示，2024年该行绿色贷款余额8500亿元，同比增长15%。
“我们不追求规模第一。”陶以平说。浙江证监局对浙江一家私募作出处罚。"""

LABELS = """
published | 2025-02-10
# the bank and its president
bank | ORG | 兴业银行 | kb=cn-stock:601166.SH
tao | PERSON | 陶以平 | role=executive | of=bank | titles=行长
bureau | REGULATOR | 浙江证监局
zhejiang | LOC | 浙江
Q | I | 今年投放绿色贷款逾800亿元 | ： | 兴业银行 | + 绿色贷款
Q | I | 2024年该行...15% | 表示 | 陶以平 | 0
Q | D | 我们不追求规模第一 | >说 | 陶以平 | 0
C | 逾800亿元 | 绿色贷款 | 兴业银行 | 今年=2025
C | 8500亿元 | 绿色贷款余额 | 该行 | 2024年=2024
C | 15% | " | " | " | +yoy
R | legal | r | 作出处罚
"""


def compiled(labels: str = LABELS, text: str = TEXT) -> types.Record:
    record = types.decode(json.dumps(Article("made-01", text, labels).compile(), ensure_ascii=False))
    types.check(record)
    return record


def test_labels_become_offsets_that_show_their_words() -> None:
    record = compiled()
    bank, tao, bureau, place = record.entities
    assert [m.text for m in bank.mentions] == ["兴业银行", "兴业银行"]
    assert (bank.kb_id, tao.role, tao.affiliation) == ("cn-stock:601166.SH", "executive", bank.id)
    assert [TEXT[slice(*span)] for span in record.titles] == ["行长"]
    assert [m.text for m in bureau.mentions] == ["浙江证监局"]
    assert [m.span[0] for m in place.mentions] == [TEXT.rindex("浙江")], "the place inside the bureau's name is none"
    assert record.published == "2025-02-10"


def test_quotes_find_cue_and_speaker_beside_them() -> None:
    first, second, third = compiled().quotes
    assert (first.kind, second.kind, third.kind) == ("indirect", "indirect", "direct")
    assert TEXT[slice(*third.content[0])] == "我们不追求规模第一"
    assert second.cue is not None
    assert second.speaker is not None
    assert TEXT[slice(*second.cue)] == "表示"
    assert second.speaker.span == (TEXT.index("陶以平"), TEXT.index("陶以平") + 3)
    assert third.speaker is not None
    assert third.speaker.span == (TEXT.rindex("陶以平"), TEXT.rindex("陶以平") + 3)
    assert first.stance is not None
    assert first.stance.label == "supportive"


def test_claims_read_their_figures_periods_and_sources() -> None:
    record = compiled()
    first, second, third = record.claims
    assert (first.low, first.high, first.unit, first.modifier) == (8e10, None, "CNY", "over")
    assert second.period is not None
    assert (second.period.start, second.period.end) == ("2024-01-01", "2024-12-31")
    assert (third.change, third.basis, third.source) == ("increase", "yoy", record.entities[1].id)
    assert third.metric == second.metric
    assert first.subject is not None
    assert first.subject.entity == record.entities[0].id


def test_risk_carries_its_sentence() -> None:
    (risk,) = compiled().risks
    assert TEXT[slice(*risk.sentence)] == "浙江证监局对浙江一家私募作出处罚。"


def test_broken_layout_is_read_over_its_line_breaks() -> None:
    text = "某报 B5\n\n平安银行行长冀光恒在业绩会上表\n示，上半年净利润238.7\n9亿元。"
    labels = """
layout | broken
bank | ORG | 平安银行
ji | PERSON | 冀光恒 | titles=行长
Q | I | 上半年净利润238.79亿元 | 表示 | 冀光恒 | 0
C | 238.79亿元 | 净利润 | _ | _
"""
    record = compiled(labels, text)
    assert record.claims[0].text == "238.7\n9亿元"
    assert record.claims[0].low == 23879000000
    assert [text[slice(*span)].replace("\n", "") for span in record.sentences] == [
        "某报 B5",
        text[7:].replace("\n", ""),
    ]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("陶以平 | role", "陶一平 | role", "not in the text"),
        ("bureau | REGULATOR", "bureau | AGENCY", "is no type"),
        ("role=executive", "role=banker", "is no role"),
        ("of=bank", "of=fund", "is no entity"),
        ("我们不追求规模第一 |", "我们不追求规模第一。 |", "loose mark"),
        ("Q | D |", "Q | I |", "in quotation marks"),
        ("Q | I | 2024年该行...15%", "Q | D | 2024年该行...15%", "no marks around"),
        ("2024年该行...15%", "2024年该行...第一", "runs over its sentence"),
        ("C | 15%", "C | 5%", "does not stand after"),
        ("2024年=2024", "2024年", "has no days"),
        ("| +yoy", "| upwards", "unknown flag"),
        ("8500亿元 | 绿色贷款余额 | 该行 | 2024年=2024", "8500亿元 | _ | _ | _ | lo=9", "does not say 9"),
        ("R | legal", "R | lawsuit", "is no risk theme"),
        ("R | legal | r | 作出处罚", "R | legal | r | 作出处罚 | 表示", "more than one sentence"),
        ("zhejiang | LOC", "tao | LOC", "stands twice"),
        ("Q | D | 我们不追求规模第一 | >说 | 陶以平", "Q | D | 我们不追求规模第一 | >说 | 该行", "is no mention"),
    ],
)
def test_wrong_labels_are_refused_with_their_line(old: str, new: str, complaint: str) -> None:
    assert old in LABELS
    with pytest.raises(InputError, match=f"(?s)made-01: line .*{complaint}"):
        Article("made-01", TEXT, LABELS.replace(old, new)).compile()


def test_ambiguous_words_must_be_told_apart() -> None:
    text = "行长说，副行长也说。"
    labels = "boss | PERSON | ?行长"
    with pytest.raises(InputError, match="stands 2 times"):
        Article("made-02", text, labels).compile()
    (mention,) = compiled("boss | PERSON | ?{行长}说", text).entities[0].mentions
    assert mention.span == (0, 2)


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("2024", ("2024-01-01", "2024-12-31")),
        ("2024H2", ("2024-07-01", "2024-12-31")),
        ("2023Q1..2023Q3", ("2023-01-01", "2023-09-30")),
        ("2024-02", ("2024-02-01", "2024-02-29")),
        ("2024-06-30", ("2024-06-30", "2024-06-30")),
    ],
)
def test_days(words: str, days: tuple[str, str]) -> None:
    assert read_days(words) == days


def test_days_that_name_nothing_are_refused() -> None:
    with pytest.raises(InputError, match="names no days"):
        read_days("昨天")


@pytest.mark.parametrize(
    ("words", "reading"),
    [
        ("超过4.5万亿元", Reading("money", 4.5e12, None, "CNY", None, "over")),
        ("不足3%", Reading("percent", None, 3.0, "%", None, "under")),
        ("六七成", Reading("percent", 60.0, 70.0, "%", None, "range")),
        ("3-5成", Reading("percent", 30.0, 50.0, "%", None, "range")),
        ("-12亿元至-8亿元", Reading("money", -1.2e9, -8e8, "CNY", None, "range")),
        ("25个基点", Reading("points", 0.25, 0.25, "pp", None, "exact")),
        ("二十多个", Reading("count", 20.0, None, "count", "个", "over")),
        ("数千家", Reading("count", 1000.0, None, "count", "家", "over")),
        ("8个", Reading("count", 8.0, 8.0, "count", "个", "exact")),
        ("6个多月", Reading("duration", 6.0, None, "month", None, "over")),
        ("每股0.33港元", Reading("rate", 0.33, 0.33, "HKD/股", None, "exact")),
        ("翻两番", Reading("multiple", 4.0, 4.0, "x", None, "exact")),
        ("零下二十摄氏度", Reading("physical", -20.0, -20.0, "°C", None, "exact")),
        ("第507", Reading("rank", 507.0, 507.0, None, None, "exact")),
        ("三分之一", Reading("percent", 33.3333, 33.3333, "%", None, "exact")),
    ],
)
def test_figures(words: str, reading: Reading) -> None:
    assert read_figure(words) == reading


def test_words_without_a_number_are_no_figure() -> None:
    with pytest.raises(InputError, match="no number"):
        read_figure("若干家")


@pytest.mark.shared
def test_figures_agree_with_the_shared_gold() -> None:
    """A label's value is read from its own words: that reading must agree with readers who wrote values by hand."""
    if not SHARED.is_dir():
        pytest.skip("no ../shared")
    agreed = total = 0
    for name in ("dev.jsonl", "train.jsonl"):
        for line in (SHARED / name).read_text(encoding="utf-8").splitlines():
            for claim in json.loads(line)["claims"]:
                total += 1
                try:
                    reading = read_figure(claim["text"])
                except InputError:
                    continue
                agreed += (reading.kind, reading.low, reading.high) == (claim["kind"], claim["low"], claim["high"])
    assert agreed / total > 0.95


def test_our_corpus_is_whole_and_compiled() -> None:
    records, problems = compile_folder(GOLD)
    assert problems == []
    assert len(records) >= 60
    held = read_test_names(GOLD)
    for name, wanted in (("train", False), ("test", True)):
        written = [json.loads(line) for line in (GOLD / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
        expected = [record for record in records if (record["doc_id"] in held) is wanted]
        assert json.loads(json.dumps(expected)) == written, "run: finnlp gold compile corpora/gold"
    kinds = {name.rsplit("-", 1)[0] for name in held}
    assert kinds == {record["doc_id"].rsplit("-", 1)[0] for record in records}, "every kind is tested"
    assert all(400 <= len(record["text"]) <= 1500 for record in records)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A gold folder with one labelled article."""
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "made-01.txt").write_text(TEXT + "\n", encoding="utf-8")
    (tmp_path / "articles" / "made-01.labels").write_text(LABELS, encoding="utf-8")
    return tmp_path


def test_folder_tells_what_is_missing(folder: Path) -> None:
    (folder / "articles" / "made-02.txt").write_text("没有标注。\n", encoding="utf-8")
    (folder / "articles" / "made-03.labels").write_text("", encoding="utf-8")
    records, problems = compile_folder(folder)
    assert [record["doc_id"] for record in records] == ["made-01"]
    assert problems == ["made-02: no labels", "made-03: no text"]


def test_another_reading_is_compiled_against_the_same_texts(folder: Path) -> None:
    (folder / "articles" / "made-02.txt").write_text("没有标注。\n", encoding="utf-8")
    (folder / "second").mkdir()
    (folder / "second" / "made-01.labels").write_text("bank | ORG | 兴业银行\n", encoding="utf-8")
    records, problems = compile_folder(folder, "second")
    assert problems == [], "a reading need not hold every article"
    assert records[0]["source"]["path"] == "articles/made-01.txt"
    assert [entity["name"] for entity in records[0]["entities"]] == ["兴业银行"]


def test_corpus_is_split_by_the_names_in_its_list(folder: Path) -> None:
    records, _ = compile_folder(folder)
    assert write_corpus(folder, records) == {"train": 1, "test": 0}
    (folder / "test.txt").write_text("made-01\n", encoding="utf-8")
    assert write_corpus(folder, records) == {"train": 0, "test": 1}
    assert json.loads((folder / "test.jsonl").read_text(encoding="utf-8"))["doc_id"] == "made-01"
    (folder / "test.txt").write_text("made-01\nmade-09\n", encoding="utf-8")
    with pytest.raises(InputError, match="no such article: made-09"):
        write_corpus(folder, records)


def test_counts_and_lines_to_read_over() -> None:
    record = Article("made-01", TEXT, LABELS).compile()
    counts = count([record])
    assert (counts["articles"], counts["quotes"], counts["kinds"]) == (1, {"direct": 1, "indirect": 2}, {"made": 1})
    assert counts["layers"]["mentions"] == 6
    assert any(line.startswith("C 15% = percent 15.0..15.0") for line in show(record))
