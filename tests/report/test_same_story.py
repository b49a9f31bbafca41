"""Reprints are found and grouped, other articles are left alone; novelty is what a story's earlier articles lack."""

from __future__ import annotations

import gzip
import json
import random
from itertools import combinations
from pathlib import Path

import pytest
from typer.testing import CliRunner

from finnlp_zh.cli import app
from finnlp_zh.errors import ConfigError
from finnlp_zh.report.same_story import Story, group, shingle, unique
from finnlp_zh.types import Claim, Quote, Record, encode

pytest.importorskip("datasketch")

RAW = Path(__file__).parents[2].parent / "shared" / "data" / "raw"

FIRST = (
    "东湖银行发布年报：净利润增长\n东湖银行28日晚间披露年报，全年实现营业收入412.6亿元，同比增长3.1%；归母净利润128.4亿元，"
    "同比增长5.2%。截至年末，不良贷款率1.21%，较上年末下降0.04个百分点；拨备覆盖率为318.6%。"
)
MORE = "董事长周明远在业绩会上表示，今年将加大对科技企业的贷款投放，净息差降幅有望收窄。"
OTHER = (
    "西岭保险因虚列费用被罚\n西岭保险某中心支公司因虚列业务及管理费用，被监管部门处以罚款35万元，两名责任人被警告。"
    "公司回应称已完成整改，并对相关人员作出内部问责。"
)


def test_reprints_join_their_story_in_time_order() -> None:
    records = [
        Record("reprint", "【转载】" + FIRST.replace("，", ", "), published="2026-03-29"),
        Record("other", OTHER, published="2026-03-01"),
        Record("first", FIRST, published="2026-03-28"),
        Record("longer", FIRST + MORE),
        Record("blank", "\n…"),
        Record("blank-too", "\n…"),
    ]
    stories = group(records)
    names = [[member.doc_id for member in story.members] for story in stories]
    assert names == [["other"], ["first", "reprint", "longer"], ["blank"], ["blank-too"]]
    first, reprint, longer = stories[1].members
    assert (first.similarity, first.novelty) == (0.0, 1.0)
    assert reprint.similarity > 0.9
    assert reprint.novelty < 0.06
    assert 0.15 < longer.novelty < 0.35


def test_unique_keeps_the_first_as_they_come() -> None:
    records = [Record("a", FIRST), Record("b", OTHER), Record("c", FIRST + "（完）"), Record("d", OTHER)]
    assert [record.doc_id for record in unique(records)] == ["a", "b"]


def _read(path: Path) -> list[list[str]]:
    return [line.split(",") for line in path.read_text("utf-8-sig").splitlines()]


def test_commands_leave_reprints_out(tmp_path: Path) -> None:
    first, again, other = (Record(name, text) for name, text in (("a", FIRST), ("b", FIRST + "（完）"), ("c", OTHER)))
    for record in (first, again):
        record.quotes = [Quote("q1", "indirect", [(0, 4)])]
        record.claims = [Claim("c1", (0, 4), record.text[:4], "count", 1.0, 1.0, "count")]
    path = tmp_path / "records.jsonl"
    path.write_bytes(b"".join(encode(record) + b"\n" for record in (first, again, other)))

    def run(*arguments: object) -> str:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    told = run("stories", path, "-o", tmp_path / "stories.csv")
    assert told.splitlines()[-1] == "3 articles, 2 stories, 1 of several articles"
    assert told.startswith("100% new  undated     a\n")
    rows = _read(tmp_path / "stories.csv")
    assert [row[:2] for row in rows] == [["story", "doc_id"], ["1", "a"], ["1", "b"], ["2", "c"]]
    assert (rows[2][3] > "0.9", rows[2][4] < "0.1") == (True, True)
    for options, count in (([], 2), (["--unique"], 1)):
        assert json.loads(run("voices", path, "--format", "json", *options))["quotes"] == count
        assert run("claims", path, "-o", tmp_path / "claims.csv", *options).startswith(f"{count} claims")
        run("report", path, "-o", tmp_path / "report.html", *options)
        assert f"{count + 1} articles" in (tmp_path / "report.html").read_text("utf-8")


def test_unique_is_lazy() -> None:
    endless = (Record(str(number), FIRST + str(number)) for number in iter(int, 1))
    assert next(unique(endless)).text.startswith(FIRST)


def test_what_reprints_change_does_not_count() -> None:
    assert list(shingle("净利润 128.4亿元，\n增长")) == list(shingle("净利润１２８．４亿元增长"))
    assert len(shingle("")) == 0
    assert len(shingle("央行")) == 1
    assert len(shingle("abcdefg")) == 3


def test_bound_is_checked() -> None:
    with pytest.raises(ConfigError, match=r"between 0.4 and 1"):
        group([], similarity=0.1)


def _reprints(seed: int) -> tuple[list[Record], set[tuple[str, str]]]:
    """300 articles: real ones, and made-up reprints of a third of them with a new head, cuts, swaps and additions."""
    chance = random.Random(seed)
    with gzip.open(RAW / "cctv_news.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for _, line in zip(range(2000), lines, strict=False)]
    texts = [text for text in texts if 300 < len(text) < 2500]
    originals = chance.sample(texts, 200)
    records = [Record(str(number), text) for number, text in enumerate(originals)]
    same: set[tuple[str, str]] = set()
    for number in range(100):
        source = chance.randrange(60)
        parts = originals[source].split("。")
        kept = [part for part in parts if chance.random() > 0.12]
        if chance.random() < 0.5:
            kept.insert(chance.randrange(len(kept) + 1), chance.choice(originals)[:60])
        text = f"转载（编辑 {number}）\n" + "。".join(kept).replace("新华社", "本报")
        records.append(Record(f"{source}r{number}", text))
    stories: dict[str, list[str]] = {}
    for record in records:
        stories.setdefault(record.doc_id.partition("r")[0], []).append(record.doc_id)
    for names in stories.values():
        same |= {(first, second) for first, second in combinations(sorted(names), 2)}
    chance.shuffle(records)
    return records, same


def _pairs(stories: list[Story]) -> set[tuple[str, str]]:
    return {pair for story in stories for pair in combinations(sorted(member.doc_id for member in story.members), 2)}


@pytest.mark.shared
def test_made_up_reprints_are_found() -> None:
    if not RAW.exists():
        pytest.skip("no raw articles here")
    records, same = _reprints(seed=7)
    found = _pairs(group(records))
    precision, recall = len(found & same) / len(found), len(found & same) / len(same)
    print(f"{len(records)} articles, {len(same)} pairs: precision {precision:.3f}, recall {recall:.3f}")
    assert precision >= 0.98
    assert recall >= 0.9
