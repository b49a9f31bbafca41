from pathlib import Path

import msgspec
import pytest

from finnlp_zh import types
from finnlp_zh.encoder.features import Features
from finnlp_zh.stages.linking import LinkingStage
from finnlp_zh.types import Claim, Entity, Mention, Record

SHARED = Path(__file__).resolve().parents[3] / "shared"


@pytest.fixture(scope="module")
def stage():
    return LinkingStage()


def article(text, *entities):
    """A record whose entities are (type, surfaces…): every surface is marked where it stands next in the text."""
    record = Record(doc_id="test", text=text)
    number = 0
    for index, (type, *surfaces) in enumerate(entities, 1):
        mentions = []
        position = 0
        for surface in surfaces:
            start = text.index(surface, position)
            position = start + len(surface)
            number += 1
            mentions.append(Mention(f"m{number}", (start, position), surface, "name"))
        record.entities.append(Entity(f"e{index}", type, surfaces[0], mentions=mentions))
    types.check(record)
    return record


def link(stage, record):
    (layer,) = stage.predict([record], [Features()])
    linked = msgspec.structs.replace(record, entities=layer.entities)
    types.check(linked)
    return linked.entities


def identities(stage, text, *entities):
    return [entity.kb_id for entity in link(stage, article(text, *entities))]


@pytest.mark.parametrize(
    ("text", "entity", "kb_id", "reason"),
    [
        ("工信部发布通知。", ("REGULATOR", "工信部"), "cn-gov:miit", "a short name"),
        ("原银保监会的规定。", ("REGULATOR", "银保监会"), "cn-gov:nfra", "a former name"),
        ("工信部网安局发文。", ("REGULATOR", "工信部网安局"), "cn-gov:miit-csb", "a department under a short name"),
        ("湖南省财政厅发文。", ("REGULATOR", "湖南省财政厅"), "cn-gov:hn-czt", "a provincial body"),
        ("美联储加息。", ("REGULATOR", "美联储"), "us-gov:fed", "a foreign central bank"),
        ("宁德时代投产。", ("ORG", "宁德时代"), "cn-stock:300750.SZ", "a listed company by its short name"),
        ("ST大名城（600094）公告。", ("ORG", "ST大名城"), "cn-stock:600094.SH", "a listing mark and a code"),
        ("甲乙科技(688999.SH)公告。", ("ORG", "甲乙科技"), "cn-stock:688999.SH", "a code that only the article knows"),
        ("甲乙科技（证券代码：002999）公告。", ("ORG", "甲乙科技"), "cn-stock:002999.SZ", "a labelled code"),
        ("甲乙科技(9.17,0.05,0.55%)(06099.HK)涨。", ("ORG", "甲乙科技"), "hk-stock:06099.HK", "a ticker in between"),
        ("甲乙教育(NYSE: JYJY)涨。", ("ORG", "甲乙教育"), "us-stock:JYJY", "a New York ticker"),
        ("甲乙教育(JYJY.US)涨。", ("ORG", "甲乙教育"), "us-stock:JYJY", "a ticker with its market"),
        ("机器人(300024)涨停。", ("ORG", "机器人"), "cn-stock:300024.SZ", "a common word with its code"),
        ("招商证券(06099.HK)涨。", ("ORG", "招商证券"), "hk-stock:06099.HK", "the listing that the article names"),
        ("招商证券下跌。", ("ORG", "招商证券"), "cn-stock:600999.SH", "the primary listing"),
        ("招商证券（以下简称招商）下跌。", ("ORG", "招商证券"), "cn-stock:600999.SH", "a bracket without a code"),
        ("证券代码：002999 证券简称：甲乙科技", ("ORG", "甲乙科技"), "cn-stock:002999.SZ", "an announcement's header"),
        (
            "甲乙(行情002999,诊股)证券涨。",
            ("ORG", "甲乙(行情002999,诊股)证券"),
            "cn-stock:002999.SZ",
            "a code inside the name",
        ),
        ("某厂(12345678)开工。", ("ORG", "某厂"), None, "a number that is no code"),
        ("某厂（共600000股）开工。", ("ORG", "某厂"), None, "a number of shares"),
        ("某厂(2024年)开工。", ("ORG", "某厂"), None, "a year"),
        ("某厂（投资600000万元）开工。", ("ORG", "某厂"), None, "an amount that looks like a code"),
        ("美国专利商标局（USPTO）称。", ("REGULATOR", "美国专利商标局"), None, "an initialism is no ticker"),
        ("平安昨日回应。", ("ORG", "平安"), None, "several companies"),
        ("某某集团回应。", ("ORG", "某某集团"), None, "unknown"),
        (
            "上海洋山海关、海关均表示",
            ("REGULATOR", "上海洋山海关", "海关"),
            None,
            "a word that is loose beside a longer name",
        ),
    ],
)
def test_identity(stage, text, entity, kb_id, reason):
    assert identities(stage, text, entity) == [kb_id], reason


def test_a_linked_entity_bears_the_official_name(stage):
    (entity,) = link(stage, article("央行宣布降准。", ("REGULATOR", "央行")))
    assert entity.name == "中国人民银行"


def test_an_unknown_code_leaves_the_name_as_it_is(stage):
    (entity,) = link(stage, article("甲乙科技(688999.SH)公告。", ("ORG", "甲乙科技")))
    assert entity.name == "甲乙科技"


def test_the_knowledge_base_corrects_the_type(stage):
    (entity,) = link(stage, article("上交所发布规则。", ("ORG", "上交所")))
    assert (entity.type, entity.kb_id) == ("REGULATOR", "cn-gov:sse")


def test_a_loose_name_does_not_change_the_type(stage):
    (entity,) = link(stage, article("海关队夺冠。", ("ORG", "海关")))
    assert (entity.type, entity.kb_id) == ("ORG", None)


def test_people_and_places_are_left_alone(stage):
    record = article("王央行在北京说。", ("PERSON", "王央行"), ("LOC", "北京"))
    assert link(stage, record) == record.entities


def test_nominal_mentions_are_no_evidence(stage):
    record = article("该央行表示。", ("ORG", "央行"))
    record.entities[0].mentions[0].kind = "nominal"
    record.entities[0].name = "该行"
    assert link(stage, record)[0].kb_id is None


def test_two_names_of_one_body_become_one_entity(stage):
    text = "工业和信息化部发布规划。张三是工信部处长。财政部参与。"
    record = article(
        text, ("REGULATOR", "工业和信息化部"), ("OFFICIAL", "张三"), ("REGULATOR", "工信部"), ("REGULATOR", "财政部")
    )
    record.entities[1].affiliation = "e3"
    merged = link(stage, record)
    assert [entity.id for entity in merged] == ["e1", "e2", "e3"]
    assert [mention.text for mention in merged[0].mentions] == ["工业和信息化部", "工信部"]
    assert merged[1].affiliation == "e1"
    assert merged[2].kb_id == "cn-gov:mof"


def test_affiliation_follows_renumbering(stage):
    record = article("财政部李四说，央行同意。", ("REGULATOR", "央行"), ("OFFICIAL", "李四"), ("REGULATOR", "财政部"))
    record.entities[1].affiliation = "e3"
    ordered = link(stage, record)
    assert [(entity.id, entity.mentions[0].text) for entity in ordered] == [
        ("e1", "财政部"),
        ("e2", "李四"),
        ("e3", "央行"),
    ]
    assert ordered[1].affiliation == "e1"


def test_group_and_listed_company_stay_apart(stage):
    kb_ids = identities(stage, "中国建材集团控股中国建材。", ("ORG", "中国建材集团"), ("ORG", "中国建材"))
    assert kb_ids == ["cn-org:cnbm", "hk-stock:03323.HK"]


def test_two_listings_of_one_company_are_one_entity(stage):
    text = "中国平安(601318)今涨，中国平安(02318.HK)今跌。"
    record = article(text, ("ORG", "中国平安"))
    second = text.rindex("中国平安")
    record.entities.append(
        Entity("e2", "ORG", "中国平安", mentions=[Mention("m2", (second, second + 4), "中国平安", "name")])
    )
    (entity,) = link(stage, record)
    assert entity.kb_id == "cn-stock:601318.SH"
    assert len(entity.mentions) == 2


def test_ids_stay_where_quotes_or_claims_refer_to_them(stage):
    text = "工业和信息化部说，工信部投入5亿元。"
    record = article(text, ("REGULATOR", "工信部"), ("REGULATOR", "工业和信息化部"))
    start = text.index("5亿元")
    record.claims.append(Claim("c1", (start, start + 3), "5亿元", "money", source="e2"))
    assert [(entity.id, entity.kb_id) for entity in link(stage, record)] == [
        ("e1", "cn-gov:miit"),
        ("e2", "cn-gov:miit"),
    ]


def test_an_identity_that_is_there_already_stays(stage):
    record = article("央行宣布降准。", ("REGULATOR", "央行"))
    record.entities[0].kb_id = "own:bank"
    (entity,) = link(stage, record)
    assert (entity.kb_id, entity.name) == ("own:bank", "央行")


def test_the_article_is_not_changed(stage):
    record = article("央行宣布，财政部跟进。", ("REGULATOR", "财政部"), ("REGULATOR", "央行"))
    before = types.encode(record)
    stage.predict([record], [Features()])
    assert types.encode(record) == before


def test_linking_twice_changes_nothing_more(stage):
    record = article("工业和信息化部与工信部。", ("REGULATOR", "工业和信息化部"), ("REGULATOR", "工信部"))
    once = msgspec.structs.replace(record, entities=link(stage, record))
    assert link(stage, once) == once.entities


def test_brackets_that_never_close_take_no_time(stage):
    text = "甲乙科技" + "(" * 20_000 + "1," * 20_000
    assert identities(stage, text, ("ORG", "甲乙科技")) == [None]


@pytest.mark.shared
@pytest.mark.skipif(not (SHARED / "gold").is_dir(), reason="no ../shared")
@pytest.mark.parametrize("part", ["train", "dev"])
def test_gold_identities_are_found(stage, part):
    right = wrong = missing = 0
    for line in (SHARED / "gold" / f"{part}.jsonl").read_text("utf-8").splitlines():
        gold = types.decode(line)
        bare = [msgspec.structs.replace(entity, kb_id=None) for entity in gold.entities]
        record = msgspec.structs.replace(gold, entities=bare, quotes=[], claims=[])
        (layer,) = stage.predict([record], [Features()])
        found = {mention.id: entity.kb_id for entity in layer.entities for mention in entity.mentions}
        for entity in gold.entities:
            if entity.kb_id is not None:
                guess = found[entity.mentions[0].id]
                right += guess == entity.kb_id
                wrong += guess not in (None, entity.kb_id)
                missing += guess is None
    assert right / (right + wrong) >= 0.97
    assert right / (right + missing + wrong) >= 0.93
