"use strict";
// What every page shares; its own script follows. Everything that comes from an article enters the page as text (textContent), never as markup.

const data = JSON.parse(document.getElementById("data").textContent);
const view = document.getElementById("view");

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function surface(article, span) {
  const part = span ? article.points.slice(span[0], span[1]) : "";
  return typeof part === "string" ? part : part.join("");
}

// Offsets are code points; JavaScript strings count UTF-16 units, which is the same where there are no surrogates.
function opened(index) {
  const article = data.articles[index];
  article.points ??= /[\ud800-\udfff]/.test(article.text) ? Array.from(article.text) : article.text;
  return article;
}

// Gives the text from one offset to another in pieces, each with the marks that lie on it; marks are [span, mark].
function cut(article, marks, from = 0, to = article.points.length) {
  const edges = new Map([[from, []], [to, []]]);
  for (const [span, mark] of marks) {
    if (!span) continue;
    const start = Math.max(span[0], from), end = Math.min(span[1], to);
    if (start >= end) continue;
    for (const [place, add] of [[start, true], [end, false]]) {
      if (!edges.has(place)) edges.set(place, []);
      edges.get(place).push([add, mark]);
    }
  }
  const places = [...edges.keys()].sort((a, b) => a - b);
  const open = new Set();
  return places.slice(0, -1).map((place, index) => {
    for (const [add, mark] of edges.get(place)) add ? open.add(mark) : open.delete(mark);
    return { text: surface(article, [place, places[index + 1]]), start: place, marks: [...open] };
  });
}

let tipBox = null;
function tip(text, event) {
  if (tipBox) { tipBox.remove(); tipBox = null; }
  if (!text) return;
  tipBox = make("div", { class: "tip" }, text);
  document.body.append(tipBox);
  const left = Math.min(event.clientX + 12, window.innerWidth - tipBox.offsetWidth - 8);
  const below = event.clientY + 18 + tipBox.offsetHeight < window.innerHeight;
  tipBox.style.left = `${left}px`;
  tipBox.style.top = `${below ? event.clientY + 18 : event.clientY - tipBox.offsetHeight - 12}px`;
}

// ---- tables -----------------------------------------------------------------------------------------------------

const MOST_ROWS = 500; // a longer table is searched, not scrolled
const COLLATOR = new Intl.Collator("zh");
const WHOLE = new Intl.NumberFormat("en");

function table(heads, rows, numbers = []) {
  if (!rows.length) return make("p", { class: "empty" }, "none");
  const body = make("tbody");
  const draw = (sorted) => body.replaceChildren(...sorted.slice(0, MOST_ROWS).map((row) =>
    make("tr", {}, ...row.map((cell, column) => make("td", { class: numbers.includes(column) ? "number" : "" }, cellOf(cell))))));
  const headCells = heads.map((head, column) => {
    const cell = make("th", { class: numbers.includes(column) ? "number" : "" }, make("button", {
      type: "button",
      onclick: () => {
        const down = cell.getAttribute("aria-sort") === "ascending";
        for (const other of headCells) other.removeAttribute("aria-sort");
        cell.setAttribute("aria-sort", down ? "descending" : "ascending");
        const key = (row) => (row[column] && row[column].sortBy !== undefined ? row[column].sortBy : row[column]);
        const order = (a, b) => (typeof key(a) === "number" && typeof key(b) === "number" ? key(a) - key(b) : COLLATOR.compare(key(a), key(b)));
        draw([...rows].sort((a, b) => (down ? order(b, a) : order(a, b))));
      },
    }, head));
    return cell;
  });
  draw(rows);
  const more = rows.length > MOST_ROWS ? make("p", { class: "meta" }, `${MOST_ROWS} of ${rows.length} rows: search or sort to see others`) : null;
  return make("div", { class: "scroll" }, make("table", {}, make("thead", {}, make("tr", {}, ...headCells)), body), more);
}

function cellOf(cell) {
  if (cell && cell.node) return cell.node();
  if (typeof cell === "number") return Number.isInteger(cell) ? WHOLE.format(cell) : String(Number(cell.toPrecision(6)));
  return cell === null || cell === undefined ? "" : String(cell);
}

const bar = (share) => ({ sortBy: share, node: () => { const mark = make("span", { class: "bar" }); mark.style.width = `${Math.round(share * 120)}px`; return make("span", {}, mark, ` ${(100 * share).toFixed(1)} %`); } });

// ---- tabs -------------------------------------------------------------------------------------------------------

let tabs = {}; // name → the function that makes its view

function show(name) {
  tip(null);
  history.replaceState(null, "", `#${name}`); // so that a view can be linked to
  for (const button of document.getElementById("tabs").children) button.setAttribute("aria-selected", button.textContent === name);
  view.replaceChildren(tabs[name]());
}

function openTabs(views) {
  tabs = views;
  document.getElementById("tabs").append(...Object.keys(tabs).map((name) => make("button", { type: "button", role: "tab", onclick: () => show(name) }, name)));
  document.getElementById("counts").textContent = data.counts;
  const showNamed = () => {
    const name = decodeURIComponent(location.hash.slice(1));
    show(Object.hasOwn(tabs, name) ? name : Object.keys(tabs)[0]);
  };
  window.addEventListener("hashchange", showNamed);
  showNamed();
}
