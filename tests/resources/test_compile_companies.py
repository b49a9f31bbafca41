import importlib.util
from collections import Counter
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "corpora" / "compile_companies.py"
SHARED = Path(__file__).resolve().parents[3] / "shared"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("compile_companies", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_stands_before_a_code_is_collected_by_canonical_code(script):
    texts = ["昨日甲乙科技(600999.SH)上涨", "丙丁集团（00999.HK）与戊己(行情300999,诊股)", "大会(2024年)召开"]
    contexts = script.mine_contexts(texts)
    assert contexts == {
        "600999.SH": Counter({"昨日甲乙科技": 1}),
        "00999.HK": Counter({"丙丁集团": 1}),
        "300999.SZ": Counter({"与戊己": 1}),
    }


def test_a_listed_ending_wins(script):
    contexts = Counter({"昨日甲乙科技": 1, "股东减持甲乙科技": 1})
    assert script.vote_names(contexts, frozenset({"甲乙科技"})) == ["甲乙科技"]


def test_without_a_list_the_ending_that_most_places_share_wins(script):
    contexts = Counter({"看好丙丁集团": 1, "丙丁集团": 3, "昨夜丙丁集团": 1})
    assert script.vote_names(contexts, frozenset()) == ["丙丁集团"]


def test_a_single_place_with_words_before_the_name_gives_nothing(script):
    assert script.vote_names(Counter({"大行上调丙丁": 1}), frozenset()) == []


def test_a_slip_of_the_press_does_not_take_the_name(script):
    contexts = {
        "600999.SH": Counter({"甲乙科技": 1, "昨日甲乙科技": 1, "看甲乙科技": 1}),
        "600998.SH": Counter({"甲乙科技": 1}),
    }
    names = script.assign_names(contexts, [], frozenset({"甲乙科技"}))
    assert names == {"600999.SH": ["甲乙科技"]}


def test_a_name_may_be_listed_on_the_mainland_and_in_hong_kong(script):
    contexts = {"600999.SH": Counter({"甲乙科技": 1}), "00999.HK": Counter({"甲乙科技": 1})}
    names = script.assign_names(contexts, [], frozenset({"甲乙科技"}))
    assert set(names) == {"600999.SH", "00999.HK"}


@pytest.mark.parametrize(
    ("name", "plain"),
    [("*ST甲乙", "甲乙"), ("XD甲乙科", "甲乙科"), ("甲乙-U", "甲乙"), ("甲乙A", "甲乙"), ("TCL科技", "TCL科技")],
)
def test_marks_of_the_listing_are_no_part_of_a_name(script, name, plain):
    assert script.plain_name(name) == plain


def test_a_full_name_is_cut_where_the_sentence_before_it_ends(script):
    texts = ["记者获悉，关于某地甲乙科技股份有限公司（以下简称“甲乙科技”）的报道"]
    assert script.mine_full_names(texts, {"甲乙科技": "600999.SH"}) == {"600999.SH": "某地甲乙科技股份有限公司"}


def test_common_words_and_short_names_are_marked(script):
    company = script.Company(["600999.SH"], "晴天", aliases=["晴天股份", "大风车"], hand=False)
    (row,) = script.spell_rows([company], Counter({"大风车": 40}))
    assert row.split("\t") == ["", "O", "~晴天", "", "晴天股份|~大风车", "600999.SH", "", ""]


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.skipif(not (SHARED / "data").is_dir(), reason="no ../shared")
def test_the_shipped_table_is_what_the_script_makes(script, tmp_path, monkeypatch):
    pytest.importorskip("pandas")
    pytest.importorskip("openpyxl")
    shipped = script.TARGET.read_text("utf-8")
    companies = script.compile_companies(SHARED / "data")
    companies.sort(key=lambda company: (script.code_identity(company.codes[0]).partition(":")[0], company.codes[0]))
    names = {name.lstrip("~") for company in companies for name in company.names}
    rows = script.spell_rows(companies, script.count_in_news(names, SHARED / "data"))
    assert script.HEADER + "\n".join(rows) + "\n" == shipped


@pytest.mark.parametrize(
    ("text", "short", "full", "reason"),
    [
        ("海晏云帆科技上涨。云帆科技股份有限公司称", "云帆科技", "云帆科技股份有限公司", "the short name itself"),
        (
            "云帆新材（600001）：江苏云帆新材科技股份有限公司称",
            "云帆新材",
            "江苏云帆新材科技股份有限公司",
            "place, trade, code",
        ),
        ("江苏云帆新材科技股份有限公司称", "云帆新材", None, "a longer name alone: 云帆 may be another's brand"),
        ("云帆新材上涨，云帆新材江苏股份有限公司称", "云帆新材", None, "a place after the name makes a subsidiary"),
        ("云帆新材上涨，云帆新材小额贷款股份有限公司称", "云帆新材", None, "a business of its own"),
        ("云帆新材上涨，星河云帆新材股份有限公司称", "云帆新材", None, "an unknown word before the name"),
    ],
)
def test_a_full_name_spells_the_short_one_out(script, text, short, full, reason):
    found = script.spell_full_names([text], {short: "600001.SH"})
    assert found == ({"600001.SH": full} if full else {}), reason


def test_a_full_name_of_a_form_that_is_not_listed_is_none(script):
    text = "江苏云帆新材集团有限公司（以下简称“云帆新材”）公告"
    assert script.mine_full_names([text], {"云帆新材": "600001.SH"}) == {}
