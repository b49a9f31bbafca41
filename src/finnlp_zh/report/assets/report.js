// The page of a file of records.

const layersShown = new Set(["entities", "quotes", "claims", "risks"]);
const LAYERS = ["entities", "quotes", "claims", "risks", "repairs"];
const KINDS = ["ORG", "REGULATOR", "PERSON", "OFFICIAL", "POLICY", "LOC"];
const state = { article: 0, search: "", theme: "" };

// ---- one article -----------------------------------------------------------------------------------------------

function segments(article) {
  const marks = [];
  const note = (span, mark) => marks.push([span, mark]);
  for (const entity of article.entities)
    for (const mention of entity.mentions) note(mention.span, { class: `e-${entity.type}`, id: mention.id, entity });
  for (const quote of article.quotes) {
    for (const span of quote.content) note(span, { class: "q", quote });
    note(quote.cue, { class: "cue", cueOf: quote });
  }
  for (const claim of article.claims) note(claim.span, { class: "c", claim });
  for (const risk of article.risks) for (const span of risk.evidence) note(span, { class: "r", risk });
  for (const repair of article.repairs) note(repair.span, { class: "fix", repair });
  return cut(article, marks);
}

function describe(article, marks) {
  const lines = [];
  for (const mark of marks) {
    if (mark.entity) {
      const { type, name, kb_id, role, affiliation, titles } = mark.entity;
      const employer = article.entities.find((other) => other.id === affiliation);
      lines.push([type, name, kb_id, role, employer && employer.name, titles.map((t) => surface(article, t)).join("、")].filter(Boolean).join(" · "));
    }
    if (mark.quote) lines.push(`${mark.quote.kind} quote by ${speakerName(article, mark.quote)}${mark.quote.stance ? ` · ${mark.quote.stance.label}` : ""}`);
    if (mark.claim) lines.push(claimCells(article, mark.claim).map((cell) => cell.label ?? cell).filter(Boolean).join(" · "));
    if (mark.risk) lines.push(`${mark.risk.status} risk: ${data.themes[mark.risk.theme] || mark.risk.theme}`);
    if (mark.repair) lines.push(`${mark.repair.kind}: ${mark.repair.note}`);
  }
  return lines.join("\n");
}

function speakerName(article, quote) {
  const speaker = quote.speaker;
  if (!speaker) return quote.document ? surface(article, quote.document) : "(not named)";
  const entity = article.entities.find((other) => other.id === speaker.entity);
  return entity ? entity.name : surface(article, speaker.span) || "(not named)";
}

const NUMBER = new Intl.NumberFormat("en", { maximumSignificantDigits: 12 });

function valueOf(claim) {
  const show = (value) => (value === null ? "" : NUMBER.format(value));
  const { low, high } = claim;
  return {
    sortBy: low ?? high ?? 0,
    get label() { return `${low === high ? show(low) : `${show(low)} … ${show(high)}`.trim()} ${claim.counter || claim.unit || ""}`; },
    node() { return this.label; },
  };
}

function claimCells(article, claim) {
  const subject = claim.subject && article.entities.find((other) => other.id === claim.subject.entity);
  const period = claim.period && claim.period.start ? [...new Set([claim.period.start, claim.period.end])].join(" – ") : "";
  return [
    claim.text,
    subject ? subject.name : claim.subject ? surface(article, claim.subject.span) : "",
    surface(article, claim.metric),
    valueOf(claim),
    claim.modifier === "exact" ? "" : claim.modifier,
    [claim.change, claim.basis].filter(Boolean).join(" "),
    claim.modality === "actual" ? "" : claim.modality,
    period,
  ];
}

function textView(article) {
  const box = make("div", { class: "text" });
  const byMention = new Map();
  for (const segment of segments(article)) {
    if (!segment.marks.length) { box.append(segment.text); continue; }
    const span = make("span", { class: segment.marks.map((mark) => mark.class).join(" "), "data-start": segment.start }, segment.text);
    for (const mark of segment.marks) {
      if (!mark.id) continue;
      if (!byMention.has(mark.id)) byMention.set(mark.id, []);
      byMention.get(mark.id).push(span);
    }
    const light = (on) => {
      for (const mark of segment.marks) {
        const quote = mark.quote || mark.cueOf;
        const spans = (quote && quote.speaker && byMention.get(quote.speaker.mention)) || [];
        for (const other of spans) other.classList.toggle("lit", on);
      }
    };
    span.addEventListener("mouseenter", (event) => { light(true); tip(describe(article, segment.marks), event); });
    span.addEventListener("mouseleave", () => { light(false); tip(null); });
    span.addEventListener("click", () => {
      const quote = segment.marks.map((mark) => mark.quote).find(Boolean);
      const target = quote && quote.speaker && byMention.get(quote.speaker.mention);
      if (target) target[0].scrollIntoView({ block: "center" });
    });
    box.append(span);
  }
  for (const layer of layersShown) box.classList.add(`show-${layer}`);
  return box;
}

function articleView(index) {
  const article = opened(index);
  const text = textView(article);
  const toggles = LAYERS.map((layer) =>
    make("button", {
      type: "button", "aria-pressed": layersShown.has(layer),
      onclick: (event) => {
        const on = !layersShown.has(layer);
        on ? layersShown.add(layer) : layersShown.delete(layer);
        event.currentTarget.setAttribute("aria-pressed", on);
        text.classList.toggle(`show-${layer}`, on);
      },
    }, layer));
  const quotes = article.quotes.map((quote) => [
    speakerName(article, quote), quote.kind, quote.speaker ? quote.speaker.source_class : "", quote.content.map((s) => surface(article, s)).join(" … "),
    quote.stance ? quote.stance.label : "",
  ]);
  const shown = (spans) => spans.map((s) => surface(article, s)).join("；");
  const risks = article.risks.map((risk) => [data.themes[risk.theme] || risk.theme, risk.status, shown(risk.evidence), risk.score]);
  const named = (id) => (article.entities.find((other) => other.id === id) || {}).name;
  // Only where the stage ran: tone, attitude and themes are run on request.
  const requested = [
    ["Policy tone", ["body", "tone", "outlook", "evidence", "score"], article.policy, (t) => [named(t.body), t.tone, t.forward_looking ? "forward" : "", shown(t.evidence), t.score]],
    ["The article's own attitude", ["entity", "attitude", "shown by", "score"], article.stances, (s) => [named(s.entity), s.label, shown(s.evidence), s.score]],
    ["Own themes", ["theme", "status", "evidence", "score"], article.own_themes, (t) => [t.theme, t.status, shown(t.evidence), t.score]],
  ].flatMap(([name, heads, rows, cells]) => (rows ? [make("h3", {}, name), table(heads, rows.map(cells), [heads.length - 1])] : []));
  const repairs = article.repairs.map((repair) => [repair.kind, surface(article, repair.span), repair.note]);
  return make("article", { class: "card" },
    make("h2", {}, article.title ? surface(article, article.title) : article.doc_id),
    make("div", { class: "meta" }, [article.doc_id, article.published, `${article.points.length} characters`].filter(Boolean).join(" · ")),
    make("div", { class: "layers", role: "group", "aria-label": "Layers" }, ...toggles),
    make("div", { class: "legend show-entities", "aria-hidden": "true" }, ...KINDS.map((kind) => make("span", { class: `e-${kind}` }, kind))),
    text,
    make("h3", {}, "Claims"), table(["text", "subject", "metric", "value", "modifier", "change", "modality", "period"], article.claims.map((claim) => claimCells(article, claim)), [3]),
    make("h3", {}, "Quotes"), table(["speaker", "kind", "source", "content", "stance"], quotes),
    make("h3", {}, "Risks"), table(["theme", "status", "evidence", "score"], risks, [3]), ...requested,
    make("h3", {}, "Repairs"), table(["kind", "text", "what was done"], repairs),
    article.warnings.length ? make("p", { class: "meta" }, article.warnings.join(" ")) : null);
}

const linkTo = (index, label) => ({
  sortBy: label,
  node: () => make("button", { class: "link", type: "button", onclick: () => { state.article = index; show("Articles"); } }, label),
});
// ---- the views --------------------------------------------------------------------------------------------------

function articlesTab() {
  const list = make("ol");
  const main = make("div");
  const draw = () => {
    const words = state.search.trim().toLowerCase();
    const found = [];
    for (let index = 0; index < data.articles.length; index++) {
      const article = data.articles[index];
      if (state.theme && !article.risks.some((risk) => risk.theme === state.theme)) continue;
      if (words && !article.text.toLowerCase().includes(words)) continue;
      found.push(index);
    }
    if (!found.includes(state.article) && found.length) state.article = found[0];
    list.replaceChildren(...found.slice(0, MOST_ROWS).map((index) => {
      const article = opened(index);
      return make("li", {}, make("button", {
        type: "button", "aria-current": index === state.article,
        onclick: () => { state.article = index; draw(); },
      }, make("span", {}, article.title ? surface(article, article.title) : article.doc_id), make("br"), make("small", {}, [article.published, article.doc_id].filter(Boolean).join(" · "))));
    }));
    main.replaceChildren(found.length ? articleView(state.article) : make("p", { class: "empty" }, "no article matches"));
  };
  const search = make("input", { type: "search", placeholder: "Search the text", "aria-label": "Search", value: state.search, oninput: (event) => { state.search = event.target.value; draw(); } });
  const themes = make("select", { "aria-label": "Risk theme", onchange: (event) => { state.theme = event.target.value; draw(); } },
    make("option", { value: "" }, "Any risk theme"), ...Object.entries(data.themes).map(([id, name]) => make("option", { value: id, selected: id === state.theme ? "" : null }, name)));
  draw();
  return make("div", { class: "articles" }, make("div", { class: "finder" }, search, themes, list), main);
}

function voicesTab() {
  const search = (name) => ({
    sortBy: name || "",
    node: () => name ? make("button", { class: "link", type: "button", onclick: () => { state.search = name; show("Articles"); } }, name) : make("span", { class: "empty" }, "(not named)"),
  });
  const rows = data.voices.map((voice) => [
    search(voice.voice), voice.type || "", voice.role || "", voice.source_class, voice.quotes, voice.direct, voice.articles, voice.characters, bar(voice.share),
    voice.supportive, voice.critical, voice.neutral,
  ]);
  return make("section", { class: "card" }, make("h2", {}, "Voices"), make("p", { class: "meta" }, "Who is quoted: share is of all quoted characters."),
    table(["speaker", "type", "role", "source", "quotes", "direct", "articles", "characters", "share", "supportive", "critical", "neutral"], rows, [4, 5, 6, 7, 9, 10, 11]));
}

function risksTab() {
  const { months, counts } = data.risks;
  const most = Math.max(1, ...Object.values(counts).flat());
  const head = make("tr", {}, make("th", {}, "theme"), ...months.map((month) => make("th", {}, month)));
  const rows = Object.entries(counts).map(([theme, values]) => make("tr", {},
    make("th", {}, make("button", { type: "button", onclick: () => { state.theme = theme; show("Articles"); } }, data.themes[theme] || theme)),
    ...values.map((value) => { const cell = make("td", {}, value ? String(value) : ""); cell.style.backgroundColor = value ? `rgba(194, 24, 91, ${0.1 + (0.6 * value) / most})` : ""; return cell; })));
  return make("section", { class: "card" }, make("h2", {}, "Risk themes over time"), make("p", { class: "meta" }, "Articles a month that tell of a theme."),
    rows.length ? make("div", { class: "scroll" }, make("table", { class: "grid" }, make("thead", {}, head), make("tbody", {}, ...rows))) : make("p", { class: "empty" }, "none"));
}

function figuresTab() {
  const rows = [];
  data.articles.forEach((_, index) => {
    const article = opened(index);
    for (const claim of article.claims) {
      const [text, subject, metric, value, modifier, change, modality, period] = claimCells(article, claim);
      if (subject && metric) rows.push([subject, metric, period, value, text, [modifier, change, modality].filter(Boolean).join(" "), linkTo(index, article.doc_id)]);
    }
  });
  const box = make("div");
  const draw = (words) => box.replaceChildren(table(["subject", "metric", "period", "value", "text", "how", "article"], rows.filter((row) => !words || row.slice(0, 3).join(" ").includes(words)), [3]));
  draw("");
  return make("section", { class: "card" }, make("h2", {}, "Figures by subject and metric"), make("input", { type: "search", placeholder: "Subject, metric or period", "aria-label": "Search figures", oninput: (event) => draw(event.target.value.trim()) }), box);
}

function networkTab() {
  const { nodes, edges } = data.network;
  if (!edges.length) return make("section", { class: "card" }, make("h2", {}, "Who is named together"), make("p", { class: "empty" }, "none"));
  const svgTag = (tag, properties, ...children) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(properties)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  // Names stand along the rays, so that none covers another; the margin holds the longest official ones.
  const size = 1000, middle = size / 2, radius = 260;
  const rays = nodes.map((_, index) => (2 * Math.PI * index) / nodes.length);
  const place = (index, far = radius) => [middle + far * Math.cos(rays[index]), middle + far * Math.sin(rays[index])];
  const most = Math.max(2, ...edges.map((edge) => edge[2]));
  const lines = edges.map(([a, b, count]) => {
    const [x1, y1] = place(a), [x2, y2] = place(b);
    return svgTag("path", { class: "edge", fill: "none", "stroke-width": 0.8 + (3 * (count - 1)) / (most - 1), d: `M${x1},${y1} Q${middle},${middle} ${x2},${y2}` }, svgTag("title", {}, `${nodes[a].name} – ${nodes[b].name}: ${count} articles`));
  });
  const dots = nodes.map((node, index) => {
    const [x, y] = place(index);
    const [labelX, labelY] = place(index, radius + 12);
    const left = Math.cos(rays[index]) < 0;
    const turn = (rays[index] * 180) / Math.PI + (left ? 180 : 0);
    const label = svgTag("text", { x: labelX, y: labelY, transform: `rotate(${turn} ${labelX} ${labelY})`, "dominant-baseline": "central", "text-anchor": left ? "end" : "start" }, node.name.length > 18 ? `${node.name.slice(0, 17)}…` : node.name);
    const dot = svgTag("circle", { class: "node", cx: x, cy: y, r: 3 + 4 * Math.sqrt(node.articles / nodes[0].articles) }, svgTag("title", {}, `${node.name}: ${node.articles} articles`));
    dot.addEventListener("click", () => { state.search = node.name; show("Articles"); });
    return svgTag("g", {}, dot, label);
  });
  return make("section", { class: "card" }, make("h2", {}, "Who is named together"), make("p", { class: "meta" }, "The most named organisations and regulators; a line's width is the number of articles that name both."),
    make("div", { class: "scroll" }, svgTag("svg", { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": "Co-mention network" }, ...lines, ...dots)));
}

openTabs({ Articles: articlesTab, Voices: voicesTab, Risks: risksTab, Figures: figuresTab, Network: networkTab });
