"""The looks of the HTML report, and the script that sorts and filters its tables; it is readable without."""

from __future__ import annotations

STYLES = """
:root{color-scheme:light dark;--ink:#1b1f24;--dim:#57606a;--paper:#fff;--line:#d0d7de;--soft:#f6f8fa;--link:#0550ae;
--allowed:#1a7f37;--quarantined:#9a6700;--blocked:#cf222e;--other:#57606a}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9198a1;--paper:#0d1117;--line:#30363d;--soft:#161b22;
--link:#79c0ff;--allowed:#3fb950;--quarantined:#d29922;--blocked:#ff7b72;--other:#9198a1}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:80rem;padding:1.5rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink);
background:var(--paper)}
h1{font-size:1.75rem;line-height:1.25;margin:0 0 .25rem;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin:2.5rem 0 .5rem}
header p,footer p{color:var(--dim);margin:.25rem 0;overflow-wrap:anywhere}
header .lead{color:var(--ink);font-size:1.2rem}
header .note{border-left:4px solid var(--quarantined);padding-left:.75rem;margin-top:.75rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;margin:1rem 0 0;padding:0}
nav a,summary{display:inline-block;padding:.15rem 0;color:var(--link)}
a:focus-visible,summary:focus-visible,button:focus-visible,input:focus-visible,.wide:focus-visible
{outline:2px solid var(--link);outline-offset:2px}
footer{margin-top:3rem;border-top:1px solid var(--line)}
svg{display:block;width:100%;height:auto}
svg text{fill:var(--ink);font-size:16px;paint-order:stroke;stroke:var(--paper);stroke-width:4px;stroke-linejoin:round}
svg .heading{font-weight:600}
.band{fill-opacity:.25}.band.moved{fill-opacity:.75}.band:hover{fill-opacity:.95}
rect.allowed,.band.allowed{fill:var(--allowed)}rect.quarantined,.band.quarantined{fill:var(--quarantined)}
rect.blocked,.band.blocked{fill:var(--blocked)}rect.other,.band.other{fill:var(--other)}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{text-align:left;color:var(--dim);padding:.25rem 0 .5rem}
th,td{text-align:left;vertical-align:top;padding:.45rem .6rem;border-bottom:1px solid var(--line);
overflow-wrap:anywhere;font-weight:400}
th[scope=col]{background:var(--soft);font-weight:600;white-space:nowrap}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
th button{font:inherit;color:inherit;background:none;border:0;padding:.15rem 0;margin:0;cursor:pointer}
th button::after{content:" \\2195"/"";color:var(--dim)}
th[aria-sort=ascending] button::after{content:" \\2191"/"";color:inherit}
th[aria-sort=descending] button::after{content:" \\2193"/"";color:inherit}
td ul{margin:0;padding-left:1.1em}
section:not(#flow,#steps) tbody th{min-width:17em}
.state,.to{font-weight:600;white-space:nowrap}#flow .state{white-space:normal;overflow-wrap:normal}
.state::before{content:"";display:inline-block;width:.65em;height:.65em;border-radius:50%;margin-right:.4em;
background:currentColor;print-color-adjust:exact}
.state.quarantined::before{border-radius:0}.state.blocked::before{transform:rotate(45deg);border-radius:0}
.state.other::before{background:none;border:2px solid currentColor}
.state.allowed{color:var(--allowed)}.state.quarantined{color:var(--quarantined)}.state.blocked{color:var(--blocked)}
.state.other{color:var(--other)}
.place{display:block;color:var(--dim);font-size:.85em}
.mark{border:1px solid currentColor;border-radius:3px;padding:0 .3em;font-size:.8em;white-space:nowrap}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.filter{display:flex;flex-wrap:wrap;align-items:center;gap:.25rem .75rem;margin:.25rem 0;color:var(--dim)}
.filter input{padding:.35rem .5rem;font:inherit;width:100%;max-width:24rem;color:var(--ink);
background:var(--paper);border:1px solid var(--dim);border-radius:4px}
.filter input::placeholder{color:var(--dim);opacity:1}
@media(min-width:64rem){.beside{display:grid;grid-template-columns:minmax(0,11fr) minmax(0,9fr);gap:2.5rem}
th[scope=col]{position:sticky;top:0;z-index:1}}
@media(max-width:64rem){.wide{overflow-x:auto}}
@media(max-width:44rem){
body{padding:1rem}
svg text{font-size:25px}
section:not(#flow){
& :is(table,tbody,tr,th,td,caption){display:block}
& thead{display:none}& thead:has(button){display:block}
& thead tr{display:flex;flex-wrap:wrap;gap:0 1rem;background:var(--soft)}
& th[scope=col]{border:0;padding:.25rem .6rem}
& tbody tr{border-bottom:1px solid var(--line);padding:.5rem 0}
& tbody [data-label]{border:0;padding:.1rem 0 .1rem 6.5rem;position:relative;text-align:left;min-width:0;
min-height:1.5em;white-space:normal}
& tbody th{font-weight:600}
& tbody [data-label]::before{content:attr(data-label)/"";position:absolute;left:0;width:6.2rem;color:var(--dim);
font-weight:400}
& tr[hidden]{display:none}
}}
@media print{body{max-width:none;padding:0;font-size:11pt}.filter,nav,th button::after{display:none}
th[scope=col]{position:static}tr,svg{break-inside:avoid}svg{print-color-adjust:exact}}
"""

SCRIPT = """
"use strict";
const collator = new Intl.Collator("en", {numeric: true});
for (const section of document.querySelectorAll("section")) {
  // A long table goes on in a folded one: both sort and filter as one.
  const tables = [...section.querySelectorAll("table")];
  const bodies = tables.map((table) => table.tBodies[0]);
  const sizes = bodies.map((body) => body.rows.length);
  const rows = () => bodies.flatMap((body) => [...body.rows]);
  const heads = tables.map((table) => [...table.tHead.rows[0].cells]);
  const value = (row, index) => row.cells[index].textContent.trim().replace(/(\\d),(?=\\d{3})/g, "$1");
  const sort = (index) => {
    const down = heads[0][index].getAttribute("aria-sort") === "ascending";
    for (const head of heads.flat()) head.removeAttribute("aria-sort");
    for (const head of heads) head[index].setAttribute("aria-sort", down ? "descending" : "ascending");
    const sign = down ? -1 : 1;
    const sorted = rows().sort((one, other) => sign * collator.compare(value(one, index), value(other, index)));
    bodies.forEach((body, which) => body.append(...sorted.splice(0, sizes[which])));
  };
  for (const head of heads) {
    head.forEach((cell, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = cell.textContent;
      button.addEventListener("click", () => sort(index));
      cell.replaceChildren(button);
    });
  }
  if (rows().length <= 8) continue;
  const box = document.createElement("div");
  const input = document.createElement("input");
  const shown = document.createElement("span");
  box.className = "filter";
  input.type = "search";
  input.placeholder = "Filter " + section.querySelector("h2").dataset.rows;
  input.setAttribute("aria-label", "Filter: " + tables[0].caption.textContent);
  shown.setAttribute("role", "status");
  input.addEventListener("input", () => {
    const wanted = input.value.toLowerCase();
    let left = 0;
    for (const row of rows()) {
      row.hidden = !row.textContent.toLowerCase().includes(wanted);
      if (!row.hidden) left += 1;
    }
    shown.textContent = wanted ? `${left} of ${rows().length} rows` : "";
    for (const details of section.querySelectorAll("details")) details.open = wanted !== "";
  });
  box.append(input, shown);
  tables[0].parentElement.before(box);
}
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
"""
