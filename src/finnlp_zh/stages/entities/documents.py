"""Titled documents and media between 《 and 》."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from finnlp_zh.resources import organisation_words
from finnlp_zh.stages.entities.candidates import Candidate

_TITLED: Final = re.compile(r"《([^《》\n]{1,80}(?:《[^《》\n]{1,60}》[^《》\n]{0,40})?)》")
_DOCUMENT: Final = re.compile(
    r"(?:意见|办法|规定|规则|通知|通告|公告|报告|报告书|法|法典|条例|方案|规划|纲要|计划|协议|协议书|合同|书|函|回函|批复|议案|提案|章程|指引"
    r"|细则|标准|规范|准则|决定|决议|令|草案|征求意见稿|说明|白皮书|蓝皮书|皮书|预案|展望|许可证|证|要点|措施|若干措施|制度|备忘录|声明|宣言|公约"
    r"|指南|目录|清单|公报|建议|解释|批文|名单|指标|条约|协定|约定|年报|季报|半年报|快报|简报|调查|评估|统计|综述|文件|稿|政策|行动|倡议|框架|体系|须知"
    r"|指导价|预告|修正案|修订案|计划表|议定书|答复|复函|告知函|警示函|问询函|关注函|监管函|法案|行政令|法令|意向书|意向|框架协议|共识|战略|路线图|月报|周报|日报告)"
    r"(?:[（(〔][^（）()〔〕]{1,24}[）)〕])?(?:的通知|的公告)?$"
)
_PRESS: Final = re.compile(
    r"(?:报|日报|晚报|时报|周刊|周报|商报|导报|杂志|月刊|新闻|电讯报|邮报|早报|快报|经济学人|财经)$"
)
_SERIES: Final = re.compile("(?:访谈|系列|专题|大会|论坛|晚会|电影|之歌|连播|直播|对话|栏目|节目)$")
_PROGRAMME: Final = re.compile(r"《[^》]{1,20}》(?:栏目|节目|专栏|纪录片|电影|一书|一文)")


def find_documents(text: str) -> Iterator[Candidate]:
    """Give titled documents with their brackets as POLICY, media between brackets without them as ORG.

    Titles of programmes and short titles of books give nothing; longer titles of articles count as documents.
    """
    if "《" not in text:
        return
    bodies = organisation_words.load_bodies()
    for match in _TITLED.finditer(text):
        inner = match[1].strip()
        body = bodies.get(inner)
        if _PROGRAMME.match(text, match.start()) and not body:
            continue
        if (body and body.kind == "press") or (_PRESS.search(inner) and len(inner) <= 10):
            yield Candidate(match.start(1), match.end(1), "ORG", 0.93, "press")
        elif _DOCUMENT.search(inner):
            yield Candidate(match.start(), match.end(), "POLICY", 0.95, "document")
        elif len(inner) >= 8 and not _SERIES.search(inner):
            yield Candidate(match.start(), match.end(), "POLICY", 0.7, "titled")
