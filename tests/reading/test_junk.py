"""Web junk goes, the article stays, and so do the lines that name its source."""

from __future__ import annotations

import pytest

from finnlp_zh.reading.junk import drop_junk
from finnlp_zh.reading.layout import lay_out
from finnlp_zh.reading.mapped import MappedText

BODY = "江城银行公布一季报，净利润同比增长4.1%。"


def _clean(*lines: str) -> list[str]:
    return [paragraph.text for paragraph in drop_junk(lay_out(MappedText.copy("\n".join(lines))).paragraphs)]


@pytest.mark.parametrize(
    "line",
    [
        "2026“金算盘杯”理财师大赛火热报名中，参赛送课程礼包。【点击领取】",
        "行情来了你还在等什么？【点击立即开户，别错过机会！】",
        "海量资讯、精准解读，尽在某某财经APP",
        "此内容为某某周刊原创，著作权归某某周刊所有。未经书面授权，不得转载。",
        "风险提示：本平台呈现的所有信息仅作为投资参考，不构成投资建议。",
        "免责声明：本文仅供参考，不构成任何投资建议。",
        "股市有风险，入市需谨慎！",
        "Copyright © 2026 某某在线 版权所有",
        "来源链接：http://www.example.org/notice?id=1",
        "安装某某财经客户端第一时间接收资讯→【下载地址】",
        "EnRA+A-收藏到AliceBox",
        "■",
    ],
)
def test_junk_lines_go(line: str) -> None:
    assert _clean(BODY, line, BODY) == [BODY, BODY]


@pytest.mark.parametrize(
    "line",
    [
        "来源：江城日报",
        "原标题：江城银行净利增长    来源：界面",
        "【江城银行净利增长】江城银行公布一季报。",
        "证监会表示，未经注册不得公开发行证券。",
        "风险提示：需求下滑，原材料价格上涨。",
        "公司提示投资者注意风险，股价已偏离基本面。",
        "他认为，年报的结论仅供参考。",
        "责任编辑：张晓",
        "公司旗下APP的下载量超过3亿次。",
        "记者点击该平台的开户页面后发现，门槛已经提高。",
    ],
)
def test_lines_of_the_article_stay(line: str) -> None:
    assert _clean(BODY, line, BODY) == [BODY, line, BODY]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("江苏银行(9.870,0.05,0.51%)公告称，", "江苏银行公告称，"),
        ("国泰海通(18.610, 0.01, 0.05%)的辅导", "国泰海通的辅导"),
        ("万达信息(24.820,-0.53,-2.18%)（维权）公告", "万达信息公告"),
        ("回天新材(行情300041,诊股)公告", "回天新材(300041)公告"),
        ("威星智能(002849,股吧)公告", "威星智能(002849)公告"),
        ("中国移动(00941)公告，1,925万股(占5.72%)", "中国移动(00941)公告，1,925万股(占5.72%)"),
        ("东吴证券完成发行短期融资券 抓紧上车机会！【点击立即开户】", "东吴证券完成发行短期融资券"),
    ],
)
def test_pieces_go(line: str, expected: str) -> None:
    assert _clean(line, BODY) == [expected, BODY]


def test_every_drop_is_listed() -> None:
    paragraphs = drop_junk(lay_out(MappedText.copy(f"■\n江苏银行(9.870,0.05,0.51%)公告\n■\n{BODY}\n■")).paragraphs)
    notes = [(repair.kind, repair.span, repair.note) for paragraph in paragraphs for repair in paragraph.repairs]
    assert notes == [
        ("drop", (0, 0), "empty picture: ■"),
        ("drop", (4, 4), "live price: (9.870,0.05,0.51%)"),
        ("drop", (0, 0), "empty picture: ■"),
        ("drop", (len(BODY), len(BODY)), "empty picture: ■"),
    ]


def test_an_article_of_junk_alone_is_left() -> None:
    assert _clean("股市有风险，入市需谨慎！") == ["股市有风险，入市需谨慎！"]
