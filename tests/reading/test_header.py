"""Title, byline, dateline and day of publication, wherever a page puts them."""

from __future__ import annotations

import pytest

from finnlp_zh.reading.header import Header, find_header, is_byline, is_titular, to_day

BODY = "江城银行公布一季报，净利润同比增长4.1%，不良贷款率与年初持平。"


def _shown(header: Header, paragraphs: list[str]) -> tuple[str | None, list[str], str | None]:
    def show(found: tuple[int, int, int] | None) -> str | None:
        return None if found is None else paragraphs[found[0]][found[1] : found[2]]

    return show(header.title), [show(found) or "" for found in header.byline], show(header.dateline)


@pytest.mark.parametrize(
    ("paragraphs", "expected"),
    [
        (
            ["江城银行净利增长", "中经记者 石清 北京报道", BODY],
            ("江城银行净利增长", ["中经记者 石清"], "北京报道"),
        ),
        (
            ["江城银行净利增长", "——一家城商行的突围", "中经记者 石清 北京报道", BODY],
            ("江城银行净利增长", ["中经记者 石清"], "北京报道"),
        ),
        (
            ["江城银行净利增长", "中经实习记者 许静 记者 李原", "上海报道", BODY],
            ("江城银行净利增长", ["中经实习记者 许静 记者 李原"], "上海报道"),
        ),
        (["江城银行净利增长", f"新华社北京1月3日电（记者 张晓 王朋）{BODY}"],
         ("江城银行净利增长", ["记者 张晓 王朋"], "新华社北京1月3日电")),
        (["江城银行净利增长", f"央视网消息（新闻联播）：{BODY}"], ("江城银行净利增长", [], "央视网消息")),
        (["江城银行净利增长", f"格隆汇7月29日丨{BODY}"], ("江城银行净利增长", [], "格隆汇7月29日")),
        (["江城银行净利增长", f"【财华社讯】{BODY}"], ("江城银行净利增长", [], "财华社讯")),
        ([f"中证网讯（记者 罗涵）{BODY}"], (None, ["记者 罗涵"], "中证网讯")),
        (["江城银行净利增长", f"{BODY}（郭瑞）"], ("江城银行净利增长", ["郭瑞"], None)),
        (["江城银行净利增长", BODY, "作者：南方周报 徐宏"], ("江城银行净利增长", ["作者：南方周报 徐宏"], None)),
        (["原标题：江城银行净利增长    来源：界面", BODY], ("江城银行净利增长", [], None)),
        ([BODY], (None, [], None)),
        ([BODY, BODY], (None, [], None)),
    ],
)  # fmt: skip
def test_header(paragraphs: list[str], expected: tuple[str | None, list[str], str | None]) -> None:
    assert _shown(find_header(paragraphs), paragraphs) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"published": "2024-08-05T10:00:00Z"}, "2024-08-05"),
        ({"published": "2024年8月5日 10:00"}, "2024-08-05"),
        ({"url": "https://example.org/2023/11/09/a.html"}, "2023-11-09"),
        ({"url": "https://example.org/20231109/a.html"}, "2023-11-09"),
        ({"names": ["news/2022-02-28-credit.txt"]}, "2022-02-28"),
        ({"names": ["news/2022-02-30-credit.txt"]}, None),
        ({"url": "https://example.org/id/123456789"}, None),
        ({}, None),
    ],
)
def test_day_from_outside_the_text(given: dict[str, object], expected: str | None) -> None:
    assert find_header(["江城银行净利增长", BODY], **given).published == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("paragraphs", "expected"),
    [
        (["江城银行净利增长", "2024-08-05 10:21 来源：证券时报", BODY], "2024-08-05"),
        (["财经早餐2024年8月5日星期一", BODY], "2024-08-05"),
        (["江城银行公告", BODY, "江城银行股份有限公司董事会", "2020年7月7日"], "2020-07-07"),
        (["江城银行签约", "1月7日，江城银行公告，2019年1月6日与东湖集团签署协议。"], "2019-01-07"),
        (["江城银行签约", "1月7日，江城银行公告，拟与东湖集团签署协议。"], None),
        (["江城银行签约", "1月7日，江城银行公告，2017年6月30日的净资产为3亿元。"], None),
    ],
)
def test_day_from_the_text(paragraphs: list[str], expected: str | None) -> None:
    assert find_header(paragraphs).published == expected


def test_lines_that_are_no_headline() -> None:
    assert not is_titular("央行宣布降准。")
    assert not is_titular("来源：行长参考")
    assert not is_titular("中经记者 石清 北京报道")
    assert not is_titular("2024-08-05 10:21")
    assert is_titular("央行：降准0.5个百分点")
    assert is_titular("谁来接盘？")


def test_a_sentence_about_reporters_is_no_byline() -> None:
    assert is_byline("本报记者 张晓 王朋")
    assert not is_byline("记者在采访中了解到，企业普遍看好后市。")


def test_days_that_do_not_exist() -> None:
    assert to_day("2023-02-29") is None
    assert to_day(None) is None
    assert to_day("昨天") is None
