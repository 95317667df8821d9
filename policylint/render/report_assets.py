"""The looks of the HTML report, and the script that sorts and filters its tables; it is readable without."""

from __future__ import annotations

STYLES = """
:root{color-scheme:light dark;--ink:#1b1f24;--dim:#57606a;--paper:#fff;--line:#d0d7de;--soft:#f6f8fa;
--allowed:#1a7f37;--quarantined:#9a6700;--blocked:#cf222e;--other:#57606a}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9198a1;--paper:#0d1117;--line:#30363d;--soft:#161b22;
--allowed:#3fb950;--quarantined:#d29922;--blocked:#ff7b72;--other:#9198a1}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:76rem;padding:1.5rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink);
background:var(--paper)}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}
h2{font-size:1.15rem;margin:2rem 0 .5rem}
header p,footer p{color:var(--dim);margin:.25rem 0}
.note{border-left:4px solid var(--quarantined);padding-left:.75rem}
svg{display:block;width:100%;max-width:60rem;height:auto}
svg text{fill:var(--ink);font-size:13px}
.band{opacity:.25}.band.moved{opacity:.7}.band:hover{opacity:.9}
rect.allowed,.band.allowed{fill:var(--allowed)}rect.quarantined,.band.quarantined{fill:var(--quarantined)}
rect.blocked,.band.blocked{fill:var(--blocked)}rect.other,.band.other{fill:var(--other)}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid var(--line)}
th{position:sticky;top:0;background:var(--soft);white-space:nowrap}
th button{all:unset;cursor:pointer;font-weight:600}
th button:focus-visible,.wide:focus-visible,input:focus-visible{outline:2px solid currentColor;outline-offset:2px}
th[aria-sort=ascending] button::after{content:" \\2191"}th[aria-sort=descending] button::after{content:" \\2193"}
.state{font-weight:600;white-space:nowrap}
.state::before{content:"";display:inline-block;width:.65em;height:.65em;border-radius:50%;margin-right:.4em;
background:currentColor}
.state.quarantined::before{border-radius:0}.state.blocked::before{transform:rotate(45deg);border-radius:0}
.state.allowed{color:var(--allowed)}.state.quarantined{color:var(--quarantined)}.state.blocked{color:var(--blocked)}
.state.other{color:var(--other)}
.place{color:var(--dim);overflow-wrap:anywhere}
.mark{border:1px solid currentColor;border-radius:3px;padding:0 .3em;font-size:.8em;white-space:nowrap}
.filter{margin:.25rem 0 .5rem;padding:.35rem .5rem;font:inherit;width:100%;max-width:24rem;color:inherit;
background:var(--soft);border:1px solid var(--dim);border-radius:4px}
@media print{body{max-width:none;padding:0}.filter{display:none}th{position:static}}
"""

SCRIPT = """
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const value = (row, index) => row.cells[index].textContent.trim();
  heads.forEach((head, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const number = (text) => (/^[0-9,]+$/.test(text) ? Number(text.replaceAll(",", "")) : NaN);
      const order = (one, other) => {
        const [a, b] = [value(one, index), value(other, index)];
        const [x, y] = [number(a), number(b)];
        return Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b, "en") : x - y;
      };
      const rows = [...body.rows].sort(order);
      body.replaceChildren(...(down ? rows.reverse() : rows));
    });
  });
  if (body.rows.length > 8) {
    const input = document.createElement("input");
    input.type = "search";
    input.className = "filter";
    input.placeholder = "Filter";
    input.setAttribute("aria-label", "Filter: " + table.caption.textContent);
    input.addEventListener("input", () => {
      const wanted = input.value.toLowerCase();
      for (const row of body.rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    });
    table.parentElement.before(input);
  }
}
"""
