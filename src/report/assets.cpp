#include "report/html.h"

namespace rfmap::report {
namespace {

constexpr const char* kStyle = R"css(:root {
  --paper: #fdfdfc; --card: #fff; --ink: #1d2024; --faint: #5c636d; --line: #dfe2e6;
  --accent: #1a5fb4; --theory: #3b528b; --flat: #9aa3ad; --field: #d9480f; --gradient: #2f8f5b;
  --hatch: repeating-linear-gradient(45deg, #d6d8db 0 3px, #e9eaec 3px 9px);
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15171a; --card: #1d2024; --ink: #e8eaed; --faint: #a3abb5; --line: #343a41;
    --accent: #7fb2f5; --theory: #93a8e8; --flat: #77808a; --field: #ff8f5a; --gradient: #63c98f;
    --hatch: repeating-linear-gradient(45deg, #2a2e33 0 3px, #363b42 3px 9px);
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
header, main, footer { max-width: 78rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: .9rem; }
footer { color: var(--faint); font-size: .85rem; padding: 2.5rem 1.25rem 2rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: .6rem 0 .4rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .5rem; }
a { color: var(--accent); text-underline-offset: .15em; }
a:focus-visible, button:focus-visible, select:focus-visible, input:focus-visible,
[tabindex]:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
p { max-width: 46rem; margin: .4rem 0; }
.note { color: var(--faint); font-size: .92rem; }
.warn { border-left: 4px solid var(--field); padding: .3rem .8rem; background: var(--card); }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .3rem .6rem; z-index: 9; }
.crumbs { display: flex; flex-wrap: wrap; gap: .3rem 1.5rem; justify-content: space-between;
  font-size: .92rem; }
.crumbs ol { list-style: none; display: flex; flex-wrap: wrap; margin: 0; padding: 0; }
.crumbs li { overflow-wrap: anywhere; }
.crumbs li + li::before { content: "\203A"; padding: 0 .5rem; color: var(--faint); }
.turn { display: flex; gap: 1rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .6rem;
  margin: 1rem 0; padding: 0; }
.facts div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  padding: .5rem .75rem; }
.facts dt { color: var(--faint); font-size: .82rem; }
.facts dd { margin: 0; font-size: 1.15rem; font-variant-numeric: tabular-nums;
  overflow-wrap: anywhere; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem;
  background: var(--card); }
table { border-collapse: collapse; width: 100%; font-size: .92rem;
  font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .7rem; text-align: right; border-bottom: 1px solid var(--line);
  white-space: nowrap; }
tbody tr:last-child > * { border-bottom: 0; }
th:first-child, td:first-child, .left { text-align: left; }
thead th { color: var(--faint); font-weight: 600; vertical-align: bottom; white-space: normal; }
th button { all: unset; cursor: pointer; }
th button:focus-visible { outline: 3px solid var(--accent); }
th[aria-sort="ascending"] button::after { content: " \25B2"; }
th[aria-sort="descending"] button::after { content: " \25BC"; }
td.wrap { white-space: normal; overflow-wrap: anywhere; text-align: left; }
pre { overflow-x: auto; background: var(--card); border: 1px solid var(--line);
  border-radius: .5rem; padding: .8rem; font-size: .85rem; }
svg text { fill: var(--ink); font-family: inherit; }
svg .faint { fill: var(--faint); }
.plot { display: block; min-width: 36rem; width: 100%; height: auto; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: .9rem; padding: 0;
  list-style: none; margin: .5rem 0; }
.legend svg { vertical-align: -2px; margin-right: .35rem; }
.tools { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: center; margin: .8rem 0; }
.tools select, .tools button, .tools input { font: inherit; padding: .25rem .5rem; color: inherit;
  background: var(--card); border: 1px solid var(--line); border-radius: .35rem; }
.tools input { width: 6rem; }
.units { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .8rem;
  list-style: none; margin: 0; padding: 0; }
.units > li { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  content-visibility: auto; contain-intrinsic-size: 15rem 9.6rem; }
.units > li > a { display: block; padding: .6rem; color: inherit; text-decoration: none; }
.units > li:hover { border-color: var(--accent); }
.units .name { display: flex; justify-content: space-between; gap: .5rem; margin-bottom: .4rem; }
.units .name b { color: var(--accent); }
.row { display: grid; grid-template-columns: 2fr 1fr 1fr; grid-template-rows: 1fr 1fr; gap: 3px; }
.row > :first-child { grid-row: span 2; }
.map, .crop { position: relative; overflow: hidden; aspect-ratio: 1; background: var(--hatch);
  display: block; border-radius: 2px; }
.map img { width: 100%; height: 100%; object-fit: contain; display: block; }
.crop img { position: absolute; max-width: none; }
.strip { display: grid; grid-template-columns: repeat(auto-fill, minmax(6.2rem, 1fr)); gap: .5rem;
  list-style: none; padding: 0; margin: .4rem 0 0; font-size: .82rem; }
.strip a { text-decoration: none; color: var(--faint); display: block; }
.sizes th { white-space: normal; font-weight: 400; }
.sizes td { white-space: normal; }
.columns { display: grid; grid-template-columns: minmax(17rem, 29rem) minmax(0, 1fr);
  gap: 1.5rem; align-items: start; }
.columns.pair { grid-template-columns: minmax(0, 44rem) minmax(0, 1fr); }
.columns.pair > .maps { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
.field { width: 100%; height: auto; display: block; background: var(--hatch);
  border-radius: .3rem; }
.bar { display: grid; grid-template-columns: auto 1fr auto; gap: .5rem; align-items: center;
  font-size: .85rem; color: var(--faint); margin: .5rem 0; }
.bar i { height: .7rem; border-radius: 2px; }
.bar .viridis { background: linear-gradient(90deg, #440154, #482878, #3e4989, #31688e, #26828e,
  #1f9e89, #35b779, #6ece58, #b5de2b, #fde725); }
.bar .signed { background: linear-gradient(90deg, #0554a3, #4c7cb9, #83a4cf, #bbcce2,
  #f5f5f5, #e0c4b7, #c8947c, #af6441, #923100); }
.columns figure { margin: 0 0 1rem; }
svg .scale { fill: #fff; stroke: #000; stroke-opacity: .55; stroke-width: .15em;
  paint-order: stroke; }
.ranks { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 34rem), 1fr));
  gap: .9rem; list-style: none; padding: 0; margin: .6rem 0; }
.ranks > li { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  padding: .6rem; }
.ranks p { margin: 0 0 .4rem; font-size: .88rem; overflow-wrap: anywhere; }
.views { display: grid; grid-template-columns: repeat(4, 1fr); gap: .4rem; }
.views.three { grid-template-columns: repeat(3, 1fr); }
.views figure { margin: 0; }
.views figcaption { font-size: .78rem; color: var(--faint); line-height: 1.25; margin-top: .2rem; }
.photo { position: relative; display: block; overflow: hidden; border-radius: 2px; }
.photo img { width: 100%; height: 100%; display: block; }
.photo svg { position: absolute; inset: 0; width: 100%; height: 100%; }
.photo.dim img { filter: grayscale(1) contrast(.55) brightness(1.25); }
.missing { background: var(--hatch); display: grid; place-items: center; color: var(--faint);
  font-size: .78rem; padding: .3rem; text-align: center; border-radius: 2px; }
.halo { fill: none; stroke: #000; stroke-opacity: .55; stroke-width: 4;
  vector-effect: non-scaling-stroke; }
.theory { fill: none; stroke: #fff; stroke-width: 1.6; stroke-dasharray: 5 3;
  vector-effect: non-scaling-stroke; }
.cut { fill: none; stroke: #ff7a3c; stroke-width: 2; vector-effect: non-scaling-stroke; }
.gauss { fill: none; stroke: #ff5fd2; stroke-width: 1.6; stroke-dasharray: 2 3;
  vector-effect: non-scaling-stroke; }
.outside { fill: #0b0c0e; fill-opacity: .82; fill-rule: evenodd; }
@media (max-width: 66rem) { .columns.pair { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 30rem) { .columns.pair > .maps { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 46rem) {
  .columns { grid-template-columns: minmax(0, 1fr); }
  .views, .views.three { grid-template-columns: 1fr 1fr; }
  .units { grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); }
  h1 { font-size: 1.4rem; }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
@media print { .tools, .turn, .skip { display: none; } }
)css";

constexpr const char* kScript = R"js("use strict";
// Sorting and keyboard; every page is complete without them.
function byKey(items, key, descending) {
  const number = (e) => {
    const text = e.dataset[key];
    return text === "" || text === undefined ? NaN : Number(text);
  };
  return items.sort((a, b) => {
    const x = number(a), y = number(b);
    if (isNaN(x) || isNaN(y)) return isNaN(x) - isNaN(y) || a.dataset.order - b.dataset.order;
    return (descending ? y - x : x - y) || a.dataset.order - b.dataset.order;
  });
}

function sortableGrid() {
  const grid = document.getElementById("units"), key = document.getElementById("sort-key");
  if (!grid || !key) return;
  const direction = document.getElementById("sort-direction");
  const goTo = document.getElementById("go-to");
  const state = document.getElementById("sort-state");
  const items = [...grid.children];
  items.forEach((item, i) => { item.dataset.order = i; });
  const sort = () => {
    const descending = direction.getAttribute("aria-pressed") === "true";
    grid.append(...byKey(items, key.value, descending));
    state.textContent = "Sorted by " + key.selectedOptions[0].textContent +
      (descending ? ", largest first." : ", smallest first.");
  };
  key.addEventListener("change", () => {
    direction.setAttribute("aria-pressed", String(key.value !== "unit"));
    sort();
  });
  direction.addEventListener("click", () => {
    const pressed = direction.getAttribute("aria-pressed") === "true";
    direction.setAttribute("aria-pressed", String(!pressed));
    sort();
  });
  goTo.addEventListener("change", () => {
    const item = items.find((e) => e.dataset.unit === goTo.value.trim());
    if (!item) { state.textContent = "Unit " + goTo.value + " is not on this page."; return; }
    item.scrollIntoView({ block: "center" });
    item.querySelector("a").focus();
  });
  document.querySelector(".tools").hidden = false;
}

function sortableTable(table) {
  const body = table.tBodies[0], rows = [...body.rows];
  rows.forEach((row, i) => { row.dataset.order = i; });
  table.querySelectorAll("thead th").forEach((head, column) => {
    const button = document.createElement("button");
    button.append(...head.childNodes);
    button.type = "button";
    head.append(button);
    button.addEventListener("click", () => {
      const descending = head.getAttribute("aria-sort") === "ascending";
      table.querySelectorAll("th[aria-sort]").forEach((h) => h.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      rows.forEach((row) => { row.dataset.key = row.cells[column].dataset.value || ""; });
      body.append(...byKey(rows, "key", descending));
    });
  });
}

function arrowKeys(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest("input, select, textarea, .scroll")) return;
  const way = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  const link = way && document.querySelector(`a[rel="${way}"]`);
  if (link) link.click();
}

sortableGrid();
document.querySelectorAll("table.sortable").forEach(sortableTable);
document.addEventListener("keydown", arrowKeys);
)js";

}  // namespace

const char* style_sheet() { return kStyle; }
const char* script() { return kScript; }

}  // namespace rfmap::report
