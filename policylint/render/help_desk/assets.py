"""The script that searches the page and shows an answer, and the styles of both."""

from __future__ import annotations

STYLES = """
#ask{margin:1rem 0 .25rem}
#ask label{display:block;font-weight:600;margin-bottom:.25rem}
#ask input{display:block;width:100%;max-width:40rem;padding:.6rem .75rem;font:inherit;font-size:1.15rem;
color:var(--ink);background:var(--paper);border:2px solid var(--dim);border-radius:6px}
#results h2{margin:1.5rem 0 .25rem;overflow-wrap:anywhere}
#results ul.found{list-style:none;padding:0;max-width:40rem}
.found li{display:flex;flex-wrap:wrap;gap:0 1rem;padding:.4rem 0;border-bottom:1px solid var(--line)}
.found a{overflow-wrap:anywhere;padding:.15rem 0}.found span{color:var(--dim)}
.device{border:1px solid var(--line);border-left:6px solid var(--other);border-radius:6px;padding:.75rem 1rem;
margin:.75rem 0;max-width:60rem}
.device.allowed{border-left-color:var(--allowed)}.device.quarantined{border-left-color:var(--quarantined)}
.device.blocked{border-left-color:var(--blocked)}
.device h3{margin:0 0 .25rem;font-size:1.1rem}.device h4{margin:.9rem 0 .1rem;font-size:1rem}
.device .because{font-size:1.05rem}.device .small{color:var(--dim);font-size:.9rem}
.device li::first-letter,.device .small::first-letter{text-transform:uppercase}
.device ol,.device ul{padding-left:1.4rem}.device li ul{list-style:none;padding-left:0;color:var(--dim);font-size:.9rem}
@media print{#ask{display:none}.device{break-inside:avoid}}
"""

SCRIPT = """
{
const node = (id) => document.getElementById(id);
const meta = JSON.parse(node("data-meta").textContent);
const [query, status, results] = ["query", "status", "results"].map(node);
const number = (many) => many.toLocaleString("en");
const several = (many, one) => `${number(many)} ${one}${many === 1 ? "" : one.endsWith("x") ? "es" : "s"}`;
const since = Date.parse(meta.taken);
const hours = (Date.now() - (since || Date.parse(meta.made))) / 3600000;
if (!(hours < meta.hours)) {
  const old = node("old");
  const age = hours >= 48 ? several(Math.floor(hours / 24), "day") : several(Math.floor(hours), "hour");
  old.hidden = false;
  const known = since ? `Live state is ${age} old.` : `Nobody knows how old live state is; this page is ${age} old.`;
  old.textContent = `${known} Access may have changed: before you answer, open a page of newer live state.`;
}
const unpack = async (name) => {
  const text = node(`data-${name}`).textContent;
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let place = 0; place < raw.length; place += 1) bytes[place] = raw.charCodeAt(place);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  node(`data-${name}`).remove();
  return new Response(stream).text();
};
const [sign, path, end, around] = ["i", "", "s", "g"].map((flag, place) => new RegExp(meta.ids[place], flag));
// The bare ID of a text, as `policylint why` finds it.
const bare = (text) => {
  if (/^[0-9A-Za-z]+$/.test(text)) return text.toUpperCase();
  const [last, ...before] = text.trim().split(sign).reverse();
  const part = before.length ? last.replace(end, "") || before[0].replace(end, "")
    : text.trim().split(path).findLast(Boolean) ?? "";
  return part.replace(around, "").toUpperCase();
};
const letters = {"\\u00df": "ss", "\\u00e6": "ae", "\\u00f8": "o", "\\u0111": "d",
  "\\u0131": "i", "\\u0142": "l", "\\u0153": "oe"};
// A text as it is compared: without case and accents, and with one space between words.
const plain = (text) => {
  let folded = text.toLowerCase();
  if (/[^\\x00-\\x7f]/.test(folded)) {
    folded = folded.normalize("NFD").replace(/\\p{M}+/gu, "")
      .replace(/[\\u00df\\u00e6\\u00f8\\u0111\\u0131\\u0142\\u0153]/g, (letter) => letters[letter]);
  }
  return folded.replace(/[ ,._-]+/g, " ");
};
const start = async () => {
  const lines = async (name) => (await unpack(name)).split("\\n").slice(0, -1);
  const numbers = async (name) => (await unpack(name)).split(" ").slice(0, -1);
  const [table, names, others, counts, nothing, ids, answers, kinds, synced, times] = await Promise.all([
    unpack("said").then(JSON.parse), lines("names"), lines("others"), numbers("counts"), numbers("nothing"),
    lines("ids"), numbers("numbers"), numbers("kinds"), numbers("synced"), lines("times")]);
  const begins = [0];
  for (const many of counts) begins.push(begins.at(-1) + Math.abs(many));
  const searched = names.map((name, place) => plain(`${name}\\t${others[place]}`));
  const bares = ids.map(bare);
  const timed = new Set(table.times.map(String));
  const timesOf = new Map();
  if (timed.size) answers.forEach((answer, device) => timed.has(answer) && timesOf.set(device, times[timesOf.size]));
  const without = new Map();
  counts.forEach((many, box) => Number(many) || without.set(box, nothing[without.size]));
  const owner = (device) => {
    let [low, high] = [0, names.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (begins[middle] <= device) low = middle; else high = middle;
    }
    return low;
  };
  const nameOf = (box) => names[box] || "a mailbox that is not known";
  const idOf = (device) => ids[device] || "no ID";
  const cut = (text) => text.length > meta.longest ? `${text.slice(0, meta.longest - 3)}...` : text;
  const taken = Date.parse(meta.taken) || 0;
  const lastSync = (device) => synced[device] === "" ? ""
    : new Date(taken - synced[device] * 1000).toISOString().replace(".000Z", "Z");
  const fill = (text, box, device) => text.replace(/[\\x01-\\x06]|\\x07(\\d+)\\x08/g, (found, place) => {
    if (place !== undefined) {
      const other = begins[box] + Number(place);
      return `${table.kinds[kinds[other]][0]}, ${cut(idOf(other))}`;
    }
    if (found === "\\x01") return ids[device];
    if (found === "\\x02") return names[box];
    if (found === "\\x04") return lastSync(device);
    if (found === "\\x06") {
      let many = 0;
      for (let other = begins[box]; other < begins[box + 1]; other += 1) many += table.kinds[kinds[other]][3];
      return number(many);
    }
    return timesOf.get(device).split("\\t")[found === "\\x03" ? 0 : 1];
  });
  let sharers;
  const alsoOf = (device) => {
    if (!sharers) {
      sharers = new Map();
      bares.forEach((id, place) => id && sharers.set(id, [...(sharers.get(id) ?? []), place]));
    }
    const mine = owner(device);
    return [...new Set((sharers.get(bares[device]) ?? []).map(owner))].filter((box) => box !== mine);
  };
  const link = (box) => make("a", nameOf(box), {href: `#${encodeURIComponent(names[box])}`});
  const listOf = (tag, items, box, device) => {
    const list = make(tag);
    for (const [text, more] of items) {
      const item = make("li", fill(table.texts[text], box, device));
      if (more.length) item.append(listOf("ul", more.map((line) => [line, []]), box, device));
      list.append(item);
    }
    return list;
  };
  const card = (device, folds) => {
    const box = owner(device);
    const [state, sentence, meaning, blocks] = table.said[answers[device]];
    const [words, all, reported] = table.kinds[kinds[device]];
    const [kind, name] = meta.states[state];
    const shown = make("article", "", {className: `device ${kind}`});
    const head = make("h3");
    head.append(make("span", name, {className: `state ${kind}`}), ` ${words}, `, make("code", idOf(device)));
    shown.append(head, make("p", `${fill(table.texts[sentence], box, device)}.`, {className: "because"}));
    const last = lastSync(device);
    const also = alsoOf(device);
    if (also.length) {
      const line = make("p", "The same device ID is also of: ");
      also.forEach((other, place) => line.append(place ? ", " : "", link(other)));
      shown.append(line);
    }
    shown.append(make("p", [last ? `last synced ${last}` : "last sync not read",
      reported ? `Exchange reports ${reported}` : "", all].filter(Boolean).join("; "), {className: "small"}));
    if (meaning >= 0) {
      const more = make("details");
      more.append(make("summary", "What this means"), make("p", table.texts[meaning]));
      shown.append(more);
    }
    for (const [title, items, ordered, folded] of blocks) {
      const words = fill(table.texts[title], box, device);
      const list = items.length ? [listOf(ordered ? "ol" : "ul", items, box, device)] : [];
      if (!folded || !folds) {
        shown.append(make("h4", words), ...list);
        continue;
      }
      const more = make("details");
      more.append(make("summary", words), ...list);
      shown.append(more);
    }
    return shown;
  };
  const devicesOf = (box) => Array.from({length: begins[box + 1] - begins[box]}, (_each, place) => begins[box] + place);
  const show = (box, chosen = devicesOf(box)) => {
    const every = devicesOf(box);
    const shown = [make("h2", nameOf(box))];
    if (others[box]) shown.push(make("p", others[box].split("\\t").join(", "), {className: "small"}));
    if (!every.length) shown.push(make("p", `No device of this mailbox is known: ${table.texts[without.get(box)]}.`));
    if (counts[box] < 0) shown.push(make("p", "No mailbox of the snapshot has this name."));
    if (chosen.length < every.length) {
      const line = make("p", `${number(chosen.length)} of ${several(every.length, "device")}: `);
      line.append(make("a", "show all", {href: `#${encodeURIComponent(names[box])}`}));
      shown.push(line);
    }
    results.append(...shown, ...chosen.map((device) => card(device, chosen.length > 1)));
  };
  const summary = (box) => {
    const states = devicesOf(box).map((device) => meta.states[table.said[answers[device]][0]][1]);
    return [...new Set(states)].map((state) => `${states.filter((each) => each === state).length} ${state}`).join(", ")
      || "no device";
  };
  const [MOST, LEAST] = [25, 4];
  const search = (text, exact) => {
    results.replaceChildren();
    const asked = text.trim().toLowerCase();
    const id = bare(text);
    if (!asked) {
      status.textContent = "Type a name, an address, a part of one, or the ID of a device.";
      return;
    }
    const wanted = plain(asked).trim();
    const words = wanted.split(" ").filter(Boolean);
    const [literal, alike, begin, inside] = [[], [], [], []];
    const namesOf = (box) => `${names[box]}\\t${others[box]}`.toLowerCase().split("\\t");
    searched.forEach((line, box) => {
      if (!words.length || !words.every((word) => line.includes(word))) return;
      const each = line.split("\\t");
      (each.includes(wanted) ? namesOf(box).includes(asked) ? literal : alike
        : each.some((name) => name.startsWith(wanted)) ? begin : inside).push(box);
    });
    const same = literal.length ? literal : alike;
    if (literal.length) begin.unshift(...alike);
    const only = exact && literal.length > 0;
    const named = only ? same : [...same, ...begin, ...inside];
    const whole = [];
    const parts = [];
    if (id.length >= LEAST && !only) {
      bares.forEach((each, device) => each.includes(id) && (each === id ? whole : parts).push(device));
    }
    const devices = whole.length ? whole : parts;
    const byBox = new Map();
    for (const device of devices) byBox.set(owner(device), [...(byBox.get(owner(device)) ?? []), device]);
    const all = [...new Set([...named, ...byBox.keys()])];
    const found = [named.length ? `${several(named.length, "mailbox")} found by name` : "",
      devices.length ? `${several(devices.length, "device")} found by ID` : ""].filter(Boolean).join(", ");
    const more = all.length > MOST ? `; ${MOST} shown: type more of it` : "";
    status.textContent = found ? found + more : "Nothing found: no mailbox of the snapshot has this in a name, and no"
      + " device in its ID. It may be newer than the snapshot, or the device has never reached Exchange.";
    const opened = new Set(all.length === 1 ? all : [...same, ...(whole.length ? byBox.keys() : [])].slice(0, MOST));
    for (const box of opened) show(box, named.includes(box) ? undefined : byBox.get(box));
    const list = make("ul", "", {className: "found"});
    for (const box of all.filter((each) => !opened.has(each)).slice(0, MOST)) {
      const item = make("li");
      const about = named.includes(box) ? summary(box) : byBox.get(box).map(idOf).join(", ");
      item.append(link(box), make("span", about));
      list.append(item);
    }
    if (list.children.length) results.append(list);
  };
  const follow = () => {
    let wanted = location.hash.slice(1);
    try {
      wanted = decodeURIComponent(wanted);
    } catch {
      // What is no encoded text is taken as it is.
    }
    if (wanted && wanted !== "search") {
      query.value = wanted;
      search(wanted, true);
    } else search(query.value, false);
  };
  query.addEventListener("input", () => search(query.value, false));
  node("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    const first = results.querySelector("ul.found a");
    if (first && !results.querySelector(".device")) location.hash = first.hash;
  });
  addEventListener("hashchange", follow);
  follow();
  if (!location.hash) query.focus();
  document.body.dataset.ready = Math.round(performance.now());
};
node("ask").hidden = false;
if (typeof DecompressionStream === "undefined") {
  status.textContent = "This browser is too old for this page. Open it in Edge, Chrome or Firefox of 2023 or later.";
  node("ask").hidden = true;
} else {
  status.textContent = "Reading the data ...";
  start().catch((problem) => {
    status.textContent = `The data of this page cannot be read (${problem.message}). Get a new copy of the file.`;
  });
}
}
"""
