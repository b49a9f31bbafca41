"""The page of an evaluation: nothing out of an article is markup, and a browser shows what either side marks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from finnlp_zh.evaluation import evaluate
from finnlp_zh.evaluation.page import build_page, write_page
from finnlp_zh.types import Claim, Entity, Mention, Record, Risk

# The browser's driver stands beside the report's own test, and pytest puts no folder of tests on the path.
sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
from browser import HOSTILE, needs_chromium, result_of

TEXT = f"东湖银行业绩\n😀东湖银行净利润增长8%，不良贷款上升。\n{HOSTILE}"


def _record(*, start: int, metric: tuple[int, int], risk: bool) -> Record:
    bank = Entity("e1", "ORG", "东湖银行", mentions=[Mention("m1", (start, 12), TEXT[start:12], "name")])
    claim = Claim("c1", (17, 19), "8%", "percent", 8.0, 8.0, "%", metric=metric)
    risks = [Risk("credit", "realised", (7, 27), [(20, 26)])] if risk else []
    return Record(f"a{HOSTILE}", TEXT, sentences=[(7, 27)], entities=[bank], claims=[claim], risks=risks)


def _gold() -> Record:
    return _record(start=8, metric=(12, 15), risk=True)


def _page(tmp_path: Path) -> Path:
    gold = [_gold()]
    report = evaluate(gold, [_record(start=10, metric=(20, 22), risk=False), Record(HOSTILE, "甲")], rounds=50)
    write_page(report, gold, tmp_path / "evaluation.html", title=f"Evaluation {HOSTILE}")
    return tmp_path / "evaluation.html"


def test_articles_are_no_markup(tmp_path: Path) -> None:
    page = _page(tmp_path).read_text("utf-8")
    assert page.count("</script>") == 2
    assert "<img" not in page
    assert "\u2028" not in page.partition('id="data"')[2]


def test_every_figure_and_difference_is_in_the_page() -> None:
    report = evaluate([_gold()], [_gold()], rounds=10)
    page = build_page(report, [_gold()])
    assert all(f'"{name}":' in page for name in report.values())
    assert '"differences":[]' in page


@needs_chromium
@pytest.mark.slow
def test_browser_shows_errors_in_context(tmp_path: Path) -> None:
    script = """
      const all = (where, what) => [...where.querySelectorAll(what)].map((one) => one.textContent);
      const tab = (number) => document.querySelectorAll('#tabs button')[number].click();
      const lists = () => [...document.querySelectorAll('.differences li')].map((item) => [
        item.querySelector('b').textContent, item.querySelector('div').textContent.split(' · ')[0].trim(),
        all(item, '.gold'), all(item, '.predicted')]);
      window.result = { heads: all(document, 'h2'), rows: all(document, 'td:first-child') };
      window.result.point = document.querySelector('.track .point').style.left;
      tab(1);
      window.result.slices = all(document, 'td:first-child');
      tab(2);
      window.result.errors = lists();
      const layer = document.querySelector('select');
      layer.value = 'claims';
      layer.dispatchEvent(new Event('change'));
      window.result.claims = lists().length;
      window.result.context = document.querySelector('.context').textContent;
      const search = document.querySelector('input[type=search]');
      search.value = '没有这样的词';
      search.dispatchEvent(new Event('input'));
      window.result.none = lists().length;
      window.result.markup = document.querySelectorAll('main img, main a, main script').length;
      window.result.title = document.title;
    """
    result = result_of(_page(tmp_path), script)
    assert result["heads"] == ["sentences", "entities", "quotes", "stance", "claims", "risks"]
    assert {"mentions ORG", "mentions partial", "claims exact", "risks theme macro"} <= set(result["rows"])
    assert result["point"] == "100%"
    assert result["slices"] == ["source a (1)", "length below 400 (1)", "kind narrative (1)"]
    assert result["errors"] == [
        ["missed", "missed entities", ["东湖银行"], []],
        ["spurious", "spurious entities", [], ["银行"]],
        ["wrong", "wrong claims", ["净利润"], ["不良"]],
        ["missed", "missed risks", ["不良贷款上升"], []],
    ]
    assert result["claims"] == 1
    assert result["context"] == "… 😀东湖银行净利润增长8%，不良贷款上升。 …"
    assert result["none"] == 0
    assert result["markup"] == 0
    assert result["title"].startswith("Evaluation </script><script>")
