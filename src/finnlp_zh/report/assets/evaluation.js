// The page of an evaluation: scores, slices, and the differences in their context.

const state = { layer: "", kind: "", search: "", shown: 0 };
const AROUND = 36; // characters of context on either side
const AT_ONCE = 100; // differences drawn before one asks for more

const percent = (value) => (value === null || value === undefined ? "" : { sortBy: value, node: () => (100 * value).toFixed(1) });

function interval(figure) {
  const range = make("span", { class: "range" }), point = make("span", { class: "point" });
  range.style.left = `${100 * figure.low}%`;
  range.style.width = `${100 * (figure.high - figure.low)}%`;
  point.style.left = `${100 * figure.value}%`;
  return make("span", {}, make("span", { class: "track" }, range, point), ` ${(100 * figure.low).toFixed(1)}–${(100 * figure.high).toFixed(1)}`);
}

// ---- figures ----------------------------------------------------------------------------------------------------

const MEASURES = { f1: "F1", accuracy: "accuracy", macro_f1: "macro-F1", calibration_error: "calibration error" };

function figureRow(name, figure) {
  const counted = figure.kind === "f1";
  return [
    name, MEASURES[figure.kind], percent(figure.value), { sortBy: figure.low, node: () => interval(figure) },
    percent(figure.precision), percent(figure.recall), figure.right, counted ? figure.predicted : "", figure.gold,
  ];
}

function scoresTab() {
  const heads = ["figure", "measure", "value", "95 % interval", "precision", "recall", "right", "predicted", "gold"];
  return make("div", {}, ...Object.entries(data.figures).map(([layer, figures]) =>
    make("section", { class: "card" }, make("h2", {}, layer),
      table(heads, Object.entries(figures).map(([name, figure]) => figureRow(name, figure)), [2, 4, 5, 6, 7, 8]))));
}

function slicesTab() {
  const names = [...new Set(Object.values(data.slices).flatMap((figures) => Object.keys(figures)))];
  const cell = (figure) => figure ? { sortBy: figure.value, node: () => make("span", { title: `${(100 * figure.low).toFixed(1)}–${(100 * figure.high).toFixed(1)}` }, (100 * figure.value).toFixed(1)) } : "";
  const rows = Object.entries(data.slices).map(([label, figures]) => [label, ...names.map((name) => cell(figures[name]))]);
  return make("section", { class: "card" }, make("h2", {}, "Slices"),
    make("p", { class: "meta" }, "By source, length in characters, and what the articles are made of; in brackets the number of articles. Point at a value for its interval."),
    table(["slice", ...names], rows, names.map((_, index) => index + 1)));
}

// ---- differences ------------------------------------------------------------------------------------------------

const isSomewhere = (difference) => difference.span[0] >= 0;

// The stretches of their paragraphs around what differs, those that nearly meet as one.
function windows(article, difference) {
  const { points } = article;
  const spans = [...difference.gold, ...difference.predicted, ...(isSomewhere(difference) ? [difference.span] : [])];
  const wide = spans.map(([start, end]) => {
    let [from, to] = [start, end];
    while (from > 0 && start - from < AROUND && points[from - 1] !== "\n") from--;
    while (to < points.length && to - end < AROUND && points[to] !== "\n") to++;
    return [from, to];
  }).sort((a, b) => a[0] - b[0]);
  const joined = [];
  for (const [start, end] of wide) {
    const last = joined[joined.length - 1];
    if (last && start <= last[1] + AROUND) last[1] = Math.max(last[1], end);
    else joined.push([start, end]);
  }
  return joined;
}

function context(article, difference) {
  const marks = [];
  for (const name of ["gold", "predicted"]) for (const span of difference[name]) marks.push([span, { name }]);
  if (isSomewhere(difference)) marks.push([difference.span, { name: "at" }]);
  const box = make("p", { class: "context" });
  let reached = 0;
  for (const [from, to] of windows(article, difference)) {
    if (from > reached) box.append(reached ? " … " : "… ");
    for (const piece of cut(article, marks, from, to)) {
      const names = [...new Set(piece.marks.map((mark) => mark.name))];
      box.append(names.length ? make("span", { class: names.join(" ") }, piece.text) : piece.text);
    }
    reached = to;
  }
  if (reached && reached < article.points.length) box.append(" …");
  return box;
}

function differenceItem(difference) {
  const article = opened(difference.article);
  return make("li", {},
    make("div", {}, make("b", { class: difference.kind }, difference.kind), ` ${difference.layer} · ${difference.detail} `, make("small", {}, `${article.doc_id}${isSomewhere(difference) ? ` [${difference.span.join(", ")})` : ""}`)),
    context(article, difference));
}

function errorsTab() {
  const list = make("ol", { class: "differences" });
  const counts = make("p", { class: "meta" });
  const more = make("button", { type: "button", onclick: () => add() }, "Show more");
  let found = [];
  const add = () => {
    list.append(...found.slice(state.shown, state.shown + AT_ONCE).map(differenceItem));
    state.shown += AT_ONCE;
    more.hidden = state.shown >= found.length;
  };
  const draw = () => {
    const words = state.search.trim().toLowerCase();
    found = data.differences.filter((one) => (!state.layer || one.layer === state.layer) && (!state.kind || one.kind === state.kind) &&
      (!words || `${one.text} ${one.detail} ${data.articles[one.article].doc_id}`.toLowerCase().includes(words)));
    counts.textContent = ["missed", "spurious", "wrong"].map((kind) => `${found.filter((one) => one.kind === kind).length} ${kind}`).join(" · ");
    list.replaceChildren();
    state.shown = 0;
    add();
  };
  const choose = (label, key, names) => make("select", { "aria-label": label, onchange: (event) => { state[key] = event.target.value; draw(); } },
    make("option", { value: "" }, `Any ${label.toLowerCase()}`), ...names.map((name) => make("option", { value: name, selected: name === state[key] ? "" : null }, name)));
  const search = make("input", { type: "search", placeholder: "Words, detail or article", "aria-label": "Search", value: state.search, oninput: (event) => { state.search = event.target.value; draw(); } });
  draw();
  return make("section", { class: "card" }, make("h2", {}, "Differences"),
    make("div", { class: "filters" }, choose("Layer", "layer", Object.keys(data.figures)), choose("Kind", "kind", ["missed", "spurious", "wrong"]), search),
    make("p", { class: "meta" }, make("span", { class: "gold" }, "gold"), " ", make("span", { class: "predicted" }, "predicted"), " ", make("span", { class: "gold predicted" }, "both"), " ", make("span", { class: "at" }, "where")),
    counts, list, more);
}

openTabs({ Scores: scoresTab, Slices: slicesTab, Errors: errorsTab });
