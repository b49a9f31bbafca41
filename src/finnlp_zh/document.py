"""The annotated article as a person reads it: views that follow the record's ids for you."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, overload

from finnlp_zh import types
from finnlp_zh.rows import COLUMNS, Row, claim_rows, risk_subject

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


class Document:
    """One annotated article.

    The data is ``record``; everything else here is a view of it. ``doc.quotes[0].speaker.name`` and
    ``doc.claims.to_dataframe()`` are what most people want first.
    """

    __slots__ = ("__dict__", "record")

    def __init__(self, record: types.Record) -> None:
        self.record = record

    @property
    def text(self) -> str:
        return self.record.text

    @property
    def title(self) -> str | None:
        return None if self.record.title is None else self[self.record.title]

    @property
    def published(self) -> str | None:
        return self.record.published

    @property
    def warnings(self) -> list[str]:
        return self.record.warnings

    @property
    def themes(self) -> dict[str, float]:
        return self.record.themes

    @property
    def sentences(self) -> list[str]:
        return [self[span] for span in self.record.sentences]

    @property
    def tokens(self) -> list[tuple[str, str | None]]:
        """The words with their Universal Dependencies tags."""
        return [(self.text[token.start : token.end], token.pos) for token in self.record.tokens]

    @cached_property
    def entities(self) -> list[EntityView]:
        return [EntityView(self, entity) for entity in self.record.entities]

    @cached_property
    def quotes(self) -> QuoteList:
        return QuoteList([QuoteView(self, quote) for quote in self.record.quotes])

    @cached_property
    def claims(self) -> ClaimTable:
        return ClaimTable(self.record, [ClaimView(self, claim) for claim in self.record.claims])

    @property
    def risks(self) -> list[RiskView]:
        return [RiskView(self, risk) for risk in self.record.risks]

    @property
    def policy(self) -> list[PolicyView]:
        """The policy tones; empty unless the stage ``tone`` was asked for."""
        return [PolicyView(self, tone) for tone in self.record.policy or []]

    @property
    def stances(self) -> list[StanceView]:
        """The article's own attitude to its main entities; empty unless the stage ``attitude`` was asked for."""
        return [StanceView(self, stance) for stance in self.record.stances or []]

    @property
    def own_themes(self) -> list[ThemeView]:
        """The themes of the user's taxonomy; empty unless one was given."""
        return [ThemeView(self, theme) for theme in self.record.own_themes or []]

    def entity(self, entity_id: str | None) -> EntityView | None:
        """Give the entity with this id, or ``None``."""
        return self._by_id.get(entity_id) if entity_id is not None else None

    @cached_property
    def _by_id(self) -> dict[str, EntityView]:
        return {entity.id: entity for entity in self.entities}

    def to_json(self) -> str:
        """Give the record as one line of JSON (schema ``finnlp-zh/1``)."""
        return types.encode(self.record).decode()

    def __getitem__(self, span: types.Span) -> str:
        return self.text[span[0] : span[1]]

    def __len__(self) -> int:
        return len(self.text)

    def __repr__(self) -> str:
        counts = f"{len(self.entities)} entities, {len(self.quotes)} quotes, {len(self.claims)} claims"
        return f"<Document {self.record.doc_id!r}: {len(self)} characters, {counts}>"


class EntityView:
    """An entity; ``data`` is the struct of the record, with all its fields."""

    __slots__ = ("_doc", "data")

    def __init__(self, doc: Document, data: types.Entity) -> None:
        self._doc = doc
        self.data = data

    @property
    def id(self) -> str:
        return self.data.id

    @property
    def type(self) -> str:
        return self.data.type

    @property
    def name(self) -> str:
        return self.data.name

    @property
    def kb_id(self) -> str | None:
        return self.data.kb_id

    @property
    def role(self) -> str | None:
        return self.data.role

    @property
    def titles(self) -> list[str]:
        return [self._doc[span] for span in self.data.titles]

    @property
    def affiliation(self) -> EntityView | None:
        return self._doc.entity(self.data.affiliation)

    @property
    def mentions(self) -> list[str]:
        return [mention.text for mention in self.data.mentions]

    def __repr__(self) -> str:
        return f"<{self.type} {self.name!r}{f' {self.kb_id}' if self.kb_id else ''}, {len(self.mentions)} mentions>"


class SpeakerView:
    """Who speaks: the words that name the speaker there, and the entity behind them."""

    __slots__ = ("_doc", "data")

    def __init__(self, doc: Document, data: types.Speaker) -> None:
        self._doc = doc
        self.data = data

    @property
    def text(self) -> str | None:
        return None if self.data.span is None else self._doc[self.data.span]

    @property
    def entity(self) -> EntityView | None:
        return self._doc.entity(self.data.entity)

    @property
    def name(self) -> str | None:
        """The entity's name where it is known, else the words of the text."""
        return self.entity.name if self.entity else self.text

    @property
    def source_class(self) -> str:
        return self.data.source_class

    def __repr__(self) -> str:
        return f"<Speaker {self.name!r} ({self.source_class})>"


class QuoteView:
    """A quote; ``text`` is its content, several spans joined by ``…``."""

    __slots__ = ("_doc", "data")

    def __init__(self, doc: Document, data: types.Quote) -> None:
        self._doc = doc
        self.data = data

    @property
    def kind(self) -> str:
        return self.data.kind

    @property
    def text(self) -> str:
        return "…".join(self._doc[span] for span in self.data.content)

    @property
    def cue(self) -> str | None:
        return None if self.data.cue is None else self._doc[self.data.cue]

    @property
    def speaker(self) -> SpeakerView:
        """The speaker; where the text names none, a view whose ``name`` is ``None``."""
        return SpeakerView(self._doc, self.data.speaker or types.Speaker())

    @property
    def stance(self) -> str | None:
        return None if self.data.stance is None else self.data.stance.label

    def __repr__(self) -> str:
        return f"<{self.kind} quote by {self.speaker.name!r}: {self.text[:30]!r}>"


class QuoteList(Sequence[QuoteView]):
    """The quotes of an article in text order."""

    __slots__ = ("_quotes",)

    def __init__(self, quotes: list[QuoteView]) -> None:
        self._quotes = quotes

    def by_speaker(self) -> dict[str | None, list[QuoteView]]:
        """Group by the speaker's name; quotes whose speaker the text does not name stand under ``None``."""
        groups: defaultdict[str | None, list[QuoteView]] = defaultdict(list)
        for quote in self._quotes:
            groups[quote.speaker.name].append(quote)
        return dict(groups)

    @overload
    def __getitem__(self, index: int) -> QuoteView: ...
    @overload
    def __getitem__(self, index: slice) -> list[QuoteView]: ...
    def __getitem__(self, index: int | slice) -> QuoteView | list[QuoteView]:
        return self._quotes[index]

    def __len__(self) -> int:
        return len(self._quotes)

    def __repr__(self) -> str:
        return repr(self._quotes)


class ClaimView:
    """A numeric claim; ``low`` and ``high`` are in ``unit``, scale words multiplied out."""

    __slots__ = ("_doc", "data")

    def __init__(self, doc: Document, data: types.Claim) -> None:
        self._doc = doc
        self.data = data

    @property
    def text(self) -> str:
        return self.data.text

    @property
    def low(self) -> float | None:
        return self.data.low

    @property
    def high(self) -> float | None:
        return self.data.high

    @property
    def unit(self) -> str | None:
        return self.data.unit

    @property
    def metric(self) -> str | None:
        return None if self.data.metric is None else self._doc[self.data.metric]

    @property
    def subject(self) -> str | None:
        """The name of the entity whose figure it is, else the words of the text."""
        if self.data.subject is None:
            return None
        entity = self._doc.entity(self.data.subject.entity)
        if entity is not None:
            return entity.name
        return None if self.data.subject.span is None else self._doc[self.data.subject.span]

    @property
    def period(self) -> tuple[str | None, str | None]:
        """The first and last day that the figure is about."""
        return (None, None) if self.data.period is None else (self.data.period.start, self.data.period.end)

    def __repr__(self) -> str:
        return f"<Claim {self.subject!r} {self.metric!r} {self.text!r}>"


class ClaimTable(Sequence[ClaimView]):
    """The numeric claims of an article in text order."""

    __slots__ = ("_claims", "_record")

    def __init__(self, record: types.Record, claims: list[ClaimView]) -> None:
        self._record = record
        self._claims = claims

    def rows(self) -> Iterator[Row]:
        """Give one flat dictionary a claim, its spans replaced by the text's words (`finnlp_zh.rows.claim_rows`)."""
        return claim_rows(self._record)

    def to_dataframe(self) -> pd.DataFrame:
        """Give the rows as a pandas table (pandas must be installed)."""
        import pandas as pd  # not a dependency

        return pd.DataFrame(list(self.rows()), columns=list(COLUMNS["claims"]))

    def to_arrow(self) -> pa.Table:
        """Give the rows as an Arrow table (pyarrow must be installed)."""
        import pyarrow as pa  # an extra

        return pa.Table.from_pandas(self.to_dataframe(), preserve_index=False)

    @overload
    def __getitem__(self, index: int) -> ClaimView: ...
    @overload
    def __getitem__(self, index: slice) -> list[ClaimView]: ...
    def __getitem__(self, index: int | slice) -> ClaimView | list[ClaimView]:
        return self._claims[index]

    def __len__(self) -> int:
        return len(self._claims)

    def __repr__(self) -> str:
        return repr(self._claims)


class ThemeView:
    """A theme that a sentence tells of, with the words that show it."""

    __slots__ = ("_doc", "data")

    def __init__(self, doc: Document, data: types.Risk | types.OwnTheme) -> None:
        self._doc = doc
        self.data = data

    @property
    def theme(self) -> str:
        return self.data.theme

    @property
    def status(self) -> str:
        return self.data.status

    @property
    def sentence(self) -> str:
        return self._doc[self.data.sentence]

    @property
    def evidence(self) -> list[str]:
        return [self._doc[span] for span in self.data.evidence]

    def __repr__(self) -> str:
        return f"<{self.status} {self.theme}: {'、'.join(self.evidence)!r}>"


class RiskView(ThemeView):
    """A theme of the fourteen risks."""

    __slots__ = ()

    data: types.Risk

    @property
    def subject(self) -> EntityView | None:
        """The organisation or person that the sentence names as the one concerned (`finnlp_zh.rows.risk_subject`)."""
        found = risk_subject(self._doc.record, self.data)
        return self._doc.entity(found.id) if found else None

    def __repr__(self) -> str:
        return f"<{self.status} {self.theme} risk: {'、'.join(self.evidence)!r}>"


class PolicyView:
    """What a central bank or another public body does or says of policy in one sentence."""

    __slots__ = ("_doc", "data")

    def __init__(self, doc: Document, data: types.PolicyTone) -> None:
        self._doc = doc
        self.data = data

    @property
    def tone(self) -> str:
        return self.data.tone

    @property
    def forward_looking(self) -> bool:
        return self.data.forward_looking

    @property
    def body(self) -> EntityView | None:
        return self._doc.entity(self.data.body)

    @property
    def sentence(self) -> str:
        return self._doc[self.data.sentence]

    @property
    def evidence(self) -> list[str]:
        return [self._doc[span] for span in self.data.evidence]

    def __repr__(self) -> str:
        return f"<{self.tone} policy by {self.body.name if self.body else None!r}: {'、'.join(self.evidence)!r}>"


class StanceView:
    """The article's own attitude to one of its entities; ``evidence`` are the sentences that show it."""

    __slots__ = ("_doc", "data")

    def __init__(self, doc: Document, data: types.EntityStance) -> None:
        self._doc = doc
        self.data = data

    @property
    def entity(self) -> EntityView | None:
        return self._doc.entity(self.data.entity)

    @property
    def label(self) -> str:
        return self.data.label

    @property
    def evidence(self) -> list[str]:
        return [self._doc[span] for span in self.data.evidence]

    def __repr__(self) -> str:
        return f"<{self.label} of {self.entity.name if self.entity else None!r}>"
