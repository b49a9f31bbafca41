import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from finnlp_zh.errors import ResourceError
from finnlp_zh.resources import knowledge
from finnlp_zh.resources.codes import canonical_code
from finnlp_zh.resources.entries import Entry, FormerName, read_table
from finnlp_zh.resources.expansion import departments, foreign_bodies, local_bodies
from finnlp_zh.resources.knowledge import KnowledgeBase

RESOURCES = Path(knowledge.__file__).parent


@pytest.fixture(scope="module")
def kb():
    return knowledge.load()


def test_no_surface_leads_to_two_institutions(kb):
    owners = {}
    shared = []
    for entry in kb.entries:
        for surface in entry.surfaces:
            if owners.setdefault(surface, entry.id) != entry.id:
                shared.append((surface, owners[surface], entry.id))
    assert not shared


def test_no_id_and_no_code_is_given_twice(kb):
    ids = Counter(id for entry in kb.entries for id in entry.ids)
    assert not [id for id, count in ids.items() if count > 1]


def test_every_surface_is_clean(kb):
    dirty = [
        (entry.id, surface)
        for entry in kb.entries
        for surface in entry.surfaces
        if len(surface) < 2 or surface != surface.strip() or any(mark in surface for mark in "~|@\t")
    ]
    assert not dirty


def test_every_parent_is_an_entry(kb):
    assert not [(entry.id, entry.parent) for entry in kb.entries if entry.parent and not kb.by_id(entry.parent)]


def test_mainland_and_hong_kong_codes_are_canonical(kb):
    codes = [code for entry in kb.entries for code in entry.codes if code.endswith((".SH", ".SZ", ".BJ", ".HK"))]
    assert len(codes) > 3500
    assert not [code for code in codes if canonical_code(code) != code]


def test_mainland_listing_comes_before_hong_kong(kb):
    mainland = (".SH", ".SZ", ".BJ")
    late = [
        entry.id
        for entry in kb.entries
        if any(code.endswith(mainland) for code in entry.codes[1:]) and not entry.codes[0].endswith(mainland)
    ]
    assert not late


@pytest.mark.parametrize(
    ("surface", "id"),
    [
        ("中国人民银行", "cn-gov:pbc"),
        ("央行", "cn-gov:pbc"),
        ("财政部", "cn-gov:mof"),
        ("工信部", "cn-gov:miit"),
        ("工业和信息化部", "cn-gov:miit"),
        ("中华人民共和国商务部", "cn-gov:mofcom"),
        ("中国银保监会", "cn-gov:nfra"),
        ("国家金融监督管理总局", "cn-gov:nfra"),
        ("国家工商总局", "cn-gov:samr"),
        ("证监会", "cn-gov:csrc"),
        ("最高法", "cn-gov:spc"),
        ("中央纪委国家监委", "cn-gov:cpc-ccdi"),
        ("中央财办", "cn-gov:cpc-cfea-office"),
        ("上交所", "cn-gov:sse"),
        ("郑商所", "cn-gov:czce"),
        ("港交所", "hk-stock:00388.HK"),
        ("香港金管局", "hk-gov:hkma"),
        ("美联储", "us-gov:fed"),
        ("欧洲央行", "eu-gov:ecb"),
        ("日本央行", "jp-gov:boj"),
        ("俄罗斯外交部", "ru-gov:mfa"),
        ("浙江省经信厅", "cn-gov:zj-jxt"),
        ("浙江证监局", "cn-gov:zj-zjj"),
        ("国家金融监督管理总局江苏监管局", "cn-gov:js-jgj"),
        ("中国人民银行上海市分行", "cn-gov:sh-rmyh"),
        ("广西壮族自治区人民政府", "cn-gov:gx-zf"),
        ("深圳市市场监管局", "cn-gov:shenzhen-scjg"),
        ("工信部网络安全管理局", "cn-gov:miit-csb"),
        ("证监会上市公司监管司", "cn-gov:csrc-listed"),
    ],
)
def test_state_bodies_go_by_their_usual_names(kb, surface, id):
    entry = kb.lookup(surface, "REGULATOR")
    assert entry is not None
    assert entry.id == id


@pytest.mark.parametrize(
    ("surface", "id"),
    [
        ("贵州茅台", "cn-stock:600519.SH"),
        ("贵州茅台酒股份有限公司", "cn-stock:600519.SH"),
        ("*ST贵州茅台", "cn-stock:600519.SH"),
        ("工商银行", "cn-stock:601398.SH"),
        ("中国工商银行股份有限公司", "cn-stock:601398.SH"),
        ("青岛海尔", "cn-stock:600690.SH"),
        ("通威集团股份有限公司", "cn-stock:600438.SH"),
        ("四川省通威股份有限公司", "cn-stock:600438.SH"),
        ("腾讯", "hk-stock:00700.HK"),
        ("阿里巴巴", "us-stock:BABA"),
        ("摩根大通", "us-stock:JPM"),
        ("摩通", "us-stock:JPM"),
        ("大摩", "us-stock:MS"),
        ("GOOGLE", "us-stock:GOOGL"),
        ("微软公司", "us-stock:MSFT"),
        ("工银租赁", "cn-org:icbc-leasing"),
        ("华为", "cn-org:huawei"),
        ("世贸组织", "intl-org:wto"),
        ("中国证券业协会", "cn-org:sac-cn"),
        ("清华大学", "cn-org:tsinghua"),
    ],
)
def test_organisations_go_by_their_usual_names(kb, surface, id):
    entry = kb.lookup(surface, "ORG")
    assert entry is not None
    assert entry.id == id


@pytest.mark.parametrize("surface", ["平安", "东方", "规划司", "财政局", "公司", "某某科技有限公司", ""])
def test_what_names_no_single_institution_gives_nothing(kb, surface):
    assert kb.lookup(surface) is None


def test_type_keeps_out_entries_of_the_other_type(kb):
    assert kb.lookup("财政部", "ORG") is None
    assert kb.lookup("华为", "REGULATOR") is None


def test_a_code_in_any_form_finds_the_company(kb):
    assert kb.by_code("601318") is kb.by_code("2318.HK") is kb.by_id("hk-stock:02318.HK")
    assert kb.by_code("601318").ids == ("cn-stock:601318.SH", "hk-stock:02318.HK")
    assert kb.by_code("NYSE:BABA").id == "us-stock:BABA"
    assert kb.by_code("600999.XX") is None


@pytest.mark.parametrize(
    "word", ["机器人", "太阳能", "太平洋", "苹果", "海关", "中央", "联通", "农产品", "新产业", "老百姓"]
)
def test_common_words_are_not_matched_everywhere_but_can_be_looked_up(kb, word):
    assert word not in dict(kb.gazetteer())
    assert kb.lookup(word) is not None


def test_the_gazetteer_gives_each_safe_surface_once_with_its_type(kb):
    pairs = list(kb.gazetteer())
    surfaces = dict(pairs)
    assert len(pairs) == len(surfaces) > 30000
    assert surfaces["证监会"] == surfaces["江苏省财政厅"] == "REGULATOR"
    assert surfaces["宁德时代"] == surfaces["新华社"] == "ORG"


def test_former_names_carry_their_years(kb):
    former = {past.name: past for past in kb.by_id("cn-gov:nfra").former}
    assert former["中国银保监会"] == FormerName("中国银保监会", "2018", "2023")


def test_bodies_that_lived_side_by_side_are_two_entries(kb):
    assert kb.lookup("银监会").id != kb.lookup("保监会").id


def test_a_surface_that_two_share_gives_nothing_but_the_type_can_tell_them_apart():
    bank = Entry(id="x:1", name="某地信托", short="某地信托", type="ORG")
    office = Entry(id="x:2", name="某地信托", short="某地信托", type="REGULATOR")
    shared = KnowledgeBase([bank, office])
    assert shared.lookup("某地信托") is None
    assert shared.lookup("某地信托", "ORG") is bank
    assert not list(shared.gazetteer())


def test_a_table_line_spells_out_into_an_entry():
    line = "\tO\t甲乙科技股份有限公司\t~甲乙\t甲乙科技|~甲\t600000.SH|00001.HK\t丙丁@2001..2010|戊己\t\n"
    (entry,) = read_table("# comment\n\n" + line, "t.tsv")
    assert entry.id == "cn-stock:600000.SH"
    assert entry.short == "甲乙"
    assert entry.loose == {"甲乙", "甲"}
    assert entry.former == (FormerName("丙丁", "2001", "2010"), FormerName("戊己"))
    assert entry.surfaces == ("甲乙科技股份有限公司", "甲乙", "甲乙科技", "甲", "丙丁", "戊己")


def test_a_broken_table_is_named_with_its_line():
    with pytest.raises(ResourceError, match=r"t\.tsv:2: 3 columns"):
        list(read_table("# head\na\tb\tc\n", "t.tsv"))


def test_a_department_stands_under_every_safe_name_of_its_parent():
    parent = Entry(
        id="x:p",
        name="中华人民共和国某某部",
        short="某部",
        type="REGULATOR",
        aliases=("老某部",),
        loose=frozenset({"老某部"}),
    )
    (entry,) = departments("x:p\tplan\t规划司\t规划局\n", {"x:p": parent})
    assert entry.id == "x:p-plan"
    assert entry.parent == "x:p"
    assert set(entry.surfaces) == {"某某部规划司", "某部规划司", "某某部规划局", "某部规划局"}


def test_a_department_of_an_unknown_parent_is_an_error():
    with pytest.raises(ResourceError, match=r"departments\.tsv:1"):
        list(departments("x:p\tplan\t规划司\t\n", {}))


@pytest.mark.parametrize(("spell", "name"), [(local_bodies, "regions.json"), (foreign_bodies, "countries.json")])
def test_a_broken_pattern_file_is_named(spell, name):
    with pytest.raises(ResourceError, match=name.replace(".", r"\.")):
        list(spell(b"{}"))


def test_every_file_says_where_it_comes_from_and_under_which_licence():
    for name in ("regulators.tsv", "organisations.tsv", "companies.tsv", "departments.tsv"):
        head = "".join((RESOURCES / name).read_text("utf-8").splitlines(keepends=True)[:4])
        assert "Apache-2.0" in head
        assert "2025" in head
    for name in ("regions.json", "countries.json"):
        assert b"_about" in (RESOURCES / name).read_bytes()[:40]


def test_local_bodies_bear_their_official_names(kb):
    assert kb.by_id("cn-gov:zj-jxt").name == "浙江省经济和信息化厅"
    assert kb.by_id("cn-gov:js-jxt").name == "江苏省工业和信息化厅"
    assert kb.by_id("cn-gov:sh-jxt").name == "上海市经济和信息化委员会"
    assert kb.by_id("cn-gov:nm-zf").name == "内蒙古自治区人民政府"


def test_the_files_stay_small():
    names = (
        "regulators.tsv",
        "organisations.tsv",
        "companies.tsv",
        "departments.tsv",
        "regions.json",
        "countries.json",
    )
    assert sum((RESOURCES / name).stat().st_size for name in names) < 2_000_000


def test_importing_reads_no_file():
    code = "import finnlp_zh.resources.knowledge as k; raise SystemExit(k.load.cache_info().currsize)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
