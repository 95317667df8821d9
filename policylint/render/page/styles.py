"""The looks of every report: light and dark, wide and narrow, on a screen and on paper."""

from __future__ import annotations

STYLES = """
:root{color-scheme:light dark;--ink:#1b1f24;--dim:#57606a;--paper:#fff;--line:#d0d7de;--soft:#f6f8fa;--link:#0550ae;
--allowed:#1a7f37;--quarantined:#9a6700;--blocked:#cf222e;--other:#57606a}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9198a1;--paper:#0d1117;--line:#30363d;--soft:#161b22;
--link:#79c0ff;--allowed:#3fb950;--quarantined:#d29922;--blocked:#ff7b72;--other:#9198a1}}
*{box-sizing:border-box}
[hidden]{display:none!important}
html{scroll-padding-top:1rem}
body{margin:0 auto;max-width:80rem;padding:1.5rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink);
background:var(--paper)}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .5rem;overflow-wrap:anywhere}
h2{font-size:1.3rem;line-height:1.25;margin:2.75rem 0 .25rem;overflow-wrap:anywhere}
h2:focus{outline:none}
h3{font-size:1rem;margin:1.5rem 0 .25rem;overflow-wrap:anywhere}
p,ul,ol{margin:.25rem 0;overflow-wrap:anywhere}
a{color:var(--link)}
.kind{color:var(--dim);font-weight:600;margin:0 0 .25rem}
.whose{display:flex;flex-wrap:wrap;gap:0 1.25rem;list-style:none;margin:0 0 .75rem;padding:0;color:var(--dim);
font-size:.85rem}
.lead{font-size:1.1rem;margin:0 0 .5rem}
.note{border-left:4px solid var(--quarantined);padding-left:.75rem;margin:.75rem 0}
.alarm{border:2px solid var(--blocked);border-radius:6px;padding:.75rem 1rem;margin:.5rem 0 1rem}
.alarm{color:var(--blocked)}.alarm ul{color:var(--ink)}
.numbers{display:grid;grid-template-columns:repeat(auto-fit,minmax(7rem,1fr));gap:.75rem;list-style:none;
margin:.75rem 0 1rem;padding:0}
.numbers :is(a,span){display:block;height:100%;padding:.5rem .75rem;border:1px solid var(--line);
border-left:4px solid var(--dim);border-radius:6px;color:var(--ink);text-decoration:none}
.numbers a:hover{background:var(--soft)}
.numbers b{display:block;font-size:1.75rem;line-height:1.2;font-variant-numeric:tabular-nums}
.numbers .bad>*{border-left-color:var(--blocked)}.numbers .bad b{color:var(--blocked)}
.numbers .good>*{border-left-color:var(--allowed)}.numbers .good b{color:var(--allowed)}
.facts{margin:.75rem 0;font-size:.9rem}
.facts div{display:grid;grid-template-columns:7.5rem minmax(0,1fr);gap:.75rem;padding:.15rem 0}
.facts dt{color:var(--dim)}.facts dd{margin:0;overflow-wrap:anywhere}
.words dt{font-weight:600;margin-top:.75rem}.words dd{margin:0}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;margin:1.25rem 0 0;padding:.5rem 0;
border:solid var(--line);border-width:1px 0}
nav a,summary{display:inline-block;padding:.15rem 0;color:var(--link)}
summary{cursor:pointer}summary::before{content:"\\25B8"/"";margin-right:.4em}
details[open]>summary::before{content:"\\25BE"/""}
:is(a,summary,button,input,select,.wide):focus-visible{outline:2px solid var(--link);outline-offset:2px}
footer{margin-top:3rem;border-top:1px solid var(--line);color:var(--dim)}
svg{display:block;width:100%;height:auto}
svg text{fill:var(--ink);font-size:17px}
svg .dim{fill:var(--dim)}
svg .heading{font-weight:600}
.band{fill-opacity:.25}.band.moved{fill-opacity:.75}a:hover>.band{fill-opacity:.95}
:is(rect,.band).allowed{fill:var(--allowed)}:is(rect,.band).quarantined{fill:var(--quarantined)}
:is(rect,.band).blocked{fill:var(--blocked)}:is(rect,.band).other{fill:var(--other)}
.moves{list-style:none;margin:.5rem 0;padding:0;font-size:.9rem}
.moves li{display:flex;gap:.75rem;padding:.2rem 0}
.moves li>:first-child{flex:none;min-width:6.5rem;font-variant-numeric:tabular-nums}
.caption,.shown,.only{color:var(--dim);margin:.25rem 0 .5rem}
.caption code{white-space:nowrap}
.only{display:none}.only:target{display:block}.js .only{display:none}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.45rem .6rem;border-bottom:1px solid var(--line);
overflow-wrap:anywhere;font-weight:400}
tbody th{font-weight:600}
tbody tr:has(+.same)>*{border-bottom-color:transparent}.same th{color:var(--dim);font-weight:400}
th[scope=col]{background:var(--soft);font-weight:600}
.number{text-align:right;font-variant-numeric:tabular-nums}
th button{font:inherit;color:inherit;background:none;border:0;padding:.15rem 0;margin:0;cursor:pointer;
text-align:inherit}
th button::after{content:" \\2195"/"";color:var(--dim)}
th[aria-sort=ascending] button::after{content:" \\2191"/"";color:inherit}
th[aria-sort=descending] button::after{content:" \\2193"/"";color:inherit}
td ul,td ol{margin:0;padding-left:1.1em}
.state,.to{font-weight:600;white-space:nowrap}
.to::before{content:""/"";display:inline-block;width:1.3em;font-weight:400}.to.changed::before{content:"\\2192"/""}
.state::before{content:"";display:inline-block;width:.65em;height:.65em;border-radius:50%;margin-right:.4em;
background:currentColor;print-color-adjust:exact}
.state.quarantined::before{border-radius:0}.state.blocked::before{transform:rotate(45deg);border-radius:0}
.state.other::before{background:none;border:2px solid currentColor}
.state.allowed{color:var(--allowed)}.state.quarantined{color:var(--quarantined)}.state.blocked{color:var(--blocked)}
.state.other{color:var(--other);white-space:normal}
td.time{white-space:nowrap}
code{font-size:.88em;overflow-wrap:anywhere}
.id{font-size:.82em}
.place{display:block;color:var(--dim);font-size:.85em}
.mark{border:1px solid currentColor;border-radius:3px;padding:0 .3em;font-size:.85em;white-space:nowrap;color:inherit;
text-decoration:none}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.filters{display:flex;flex-wrap:wrap;align-items:end;gap:.5rem 1rem;margin:.5rem 0}
.filters label{display:block;font-size:.9rem}
.filters :is(input,select,button){display:block;padding:.35rem .5rem;font:inherit;width:100%;min-width:11rem;
max-width:22rem;min-height:2.4rem;color:var(--ink);background:var(--paper);border:1px solid var(--dim);
border-radius:4px}
.filters button{width:auto;min-width:0;cursor:pointer}
.filters .sort{display:none}
.words dd a{white-space:nowrap}
.trace li{margin:.3rem 0}.trace li::first-letter{text-transform:uppercase}
.trace .no{color:var(--dim)}
@media(min-width:64rem){.top:has(figure),.sides{display:grid;
grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:2.5rem}
th[scope=col]{position:sticky;top:0;z-index:1}}
figure{margin:0}
@media print,(min-width:44.01rem){.wide{overflow-x:auto}
.wide table{table-layout:fixed;min-width:56rem}
col.number{width:6.5rem}col.access{width:10.2rem}col.short{width:7rem}col.time{width:7.5rem}col.name{width:18rem}}
@media screen and (max-width:44rem){
body{padding:1rem}
h1{font-size:1.4rem}
svg text{font-size:26px}
.numbers,.filters{display:grid;grid-template-columns:1fr 1fr}
.facts div{grid-template-columns:6rem minmax(0,1fr)}
.filters label{min-width:0}.filters :is(input,select){min-width:0;max-width:none}
.filters .sort{display:block}
.wide :is(table,tbody,tr,th,td){display:block}
.wide :is(thead,colgroup){display:none}
.wide tbody tr{border-bottom:1px solid var(--line);padding:.6rem 0}
.wide tbody :is(th,td){border:0;padding:.1rem 0;text-align:left}
.wide tbody td.access{display:inline-block;padding-right:.3rem}
.wide tbody :is(td:empty,td:has(>.to:not(.changed))){display:none}
.wide tbody [data-label]{padding-left:6.5rem;display:flow-root;min-height:1.5em}
.wide tbody [data-label]::before{content:attr(data-label)/"";float:left;width:6.2rem;margin-left:-6.5rem;
color:var(--dim)}
.wide tbody tr:has(+.same){border-bottom:0;padding-bottom:.2rem}.wide .same{padding-top:.2rem}
.wide .same th{font-size:.85em}
.wide td.time .place{display:inline;font-size:inherit;color:inherit}
}
@media print{
@page{margin:14mm}
html{font-size:11px}
body{max-width:none;padding:0;font-size:9pt}
h1{font-size:16pt}h2{font-size:12pt;margin-top:1.75rem;break-after:avoid}
.filters,.shown,nav,th button::after{display:none!important}
details::details-content{content-visibility:visible;display:block}
.numbers{grid-template-columns:repeat(4,1fr);gap:.5rem}
.wide{overflow:visible}.wide table{min-width:0}
th,td{padding:.25rem .4rem}
col.number{width:5.5rem}col.access{width:10.2rem}col.short{width:6.5rem}col.time{width:7.3rem}col.name{width:16rem}
th[scope=col]{position:static}tr,svg,.numbers,.facts{break-inside:avoid}
svg,.numbers *{print-color-adjust:exact}
.top:has(figure){display:grid;grid-template-columns:1fr 1fr;gap:2rem}svg text{font-size:22px}
a{color:inherit}
}
"""
