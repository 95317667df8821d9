"""The script of every report, which sorts and filters its tables; a page is readable without."""

from __future__ import annotations

SCRIPT = """
"use strict";
const collator = new Intl.Collator("en", {numeric: true});
const make = (tag, text = "", more = {}) => Object.assign(document.createElement(tag), {textContent: text}, more);
const goals = new Map();
document.documentElement.classList.add("js");
for (const section of document.querySelectorAll("main section")) {
  const tables = [...section.querySelectorAll(".wide > table")];
  if (!tables.length) continue;
  const bodies = tables.map((table) => table.tBodies[0]);
  const rows = () => bodies.flatMap((body) => [...body.rows]);
  const heads = tables.map((table) => [...table.tHead.rows[0].cells]);
  const titles = heads[0].map((cell) => cell.textContent);
  const text = (cell) => (cell.querySelector(".state") ?? cell).textContent.trim();
  const value = (row, index) => text(row.cells[index]).replace(/(\\d),(?=\\d{3})/g, "$1");
  // A long table goes on in a folded one: both sort as one. What is folded for another reason sorts alone.
  const apart = bodies.map((body) => body.closest("details.apart"));
  const sort = (index, down) => {
    for (const head of heads.flat()) head.removeAttribute("aria-sort");
    for (const head of heads) head[index].setAttribute("aria-sort", down ? "descending" : "ascending");
    for (const kind of new Set(apart)) {
      const mine = bodies.filter((_body, which) => apart[which] === kind);
      const sizes = mine.map((body) => body.rows.length);
      const sorted = mine.flatMap((body) => [...body.rows]).sort((one, other) =>
        (down ? -1 : 1) * collator.compare(value(one, index), value(other, index)));
      mine.forEach((body, which) => body.append(...sorted.splice(0, sizes[which])));
    }
    mark();
  };
  const first = bodies.map((body) => [...body.rows]);
  const restore = () => {
    for (const head of heads.flat()) head.removeAttribute("aria-sort");
    bodies.forEach((body, which) => body.append(...first[which]));
    mark();
  };
  // A row about the same as the one shown before it says so more quietly.
  const quiet = section.querySelector("tr.same") !== null;
  const mark = () => {
    if (!quiet) return;
    for (const body of bodies) {
      let before = "";
      for (const row of body.rows) {
        if (row.hidden) continue;
        row.classList.toggle("same", text(row.cells[0]) === before);
        before = text(row.cells[0]);
      }
    }
  };
  for (const head of heads) {
    head.forEach((cell, index) => {
      const button = make("button", cell.textContent, {type: "button"});
      button.addEventListener("click", () => sort(index, cell.getAttribute("aria-sort") === "ascending"));
      cell.replaceChildren(button);
    });
  }
  const noun = section.dataset.rows;
  const total = rows().length;
  if (total < 6) continue;
  const box = make("div", "", {className: "filters"});
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", `Filters: ${section.querySelector("h2").textContent}`);
  const shown = make("p", "", {className: "shown"});
  shown.setAttribute("role", "status");
  const tests = [];
  const fields = [];
  const add = (label, field, test, className = "") => {
    const wrapper = make("label", label, {className});
    wrapper.append(field);
    box.append(wrapper);
    if (!test) return;
    field.addEventListener("input", apply);
    fields.push(field);
    tests.push((row) => field.value === "" || test(row, field.value));
  };
  const apply = () => {
    const set = fields.some((field) => field.value !== "");
    let left = 0;
    for (const row of rows()) {
      row.hidden = !tests.every((test) => test(row));
      if (!row.hidden) left += 1;
    }
    shown.textContent = `${left.toLocaleString("en")} of ${total.toLocaleString("en")} ${noun}`;
    for (const details of section.querySelectorAll("details")) {
      details.open = set && details.querySelector("tbody tr:not([hidden])") !== null;
    }
    clear.hidden = !set;
    mark();
  };
  const has = (word) => (row) => word(row).toLowerCase();
  for (const choice of (section.dataset.choices ?? "").split("|").filter(Boolean)) {
    const [name, label] = choice.split(":");
    const counts = new Map();
    for (const row of rows()) {
      (row.dataset[name] ?? "").split("|").filter(Boolean).forEach((word, place) => {
        const found = counts.get(word) ?? {place, number: 0};
        found.number += 1;
        counts.set(word, found);
      });
    }
    if (counts.size < 2) continue;
    if (counts.size > 60) {
      const words = has((row) => row.dataset[name] ?? "");
      add(label, make("input", "", {type: "search"}), (row, wanted) => words(row).includes(wanted.toLowerCase()));
      continue;
    }
    const select = make("select");
    select.append(make("option", `Any (${total})`, {value: ""}));
    const sorted = [...counts].sort(([one, its], [other, theirs]) =>
      its.place - theirs.place || collator.compare(one, other));
    for (const [word, {number}] of sorted) select.append(make("option", `${word} (${number})`, {value: word}));
    add(label, select, (row, wanted) => (row.dataset[name] ?? "").split("|").includes(wanted));
    for (const link of section.querySelectorAll(`.only[data-choice="${name}"]`)) {
      goals.set(link.id, () => {
        for (const field of fields) field.value = "";
        select.value = link.dataset.value;
        apply();
      });
    }
  }
  const found = new Map();
  heads[0].forEach((cell, index) => {
    const label = cell.dataset.find;
    if (label) found.set(label, [...(found.get(label) ?? []), index]);
  });
  if (!found.size) found.set(`Search ${noun}`, titles.map((_title, index) => index));
  for (const [label, places] of found) {
    const words = has((row) => places.map((place) => row.cells[place].textContent).join("\\n"));
    add(label, make("input", "", {type: "search"}), (row, wanted) => words(row).includes(wanted.toLowerCase()));
  }
  const by = make("select");
  by.append(make("option", "Report order", {value: ""}));
  titles.forEach((title, index) => {
    by.append(make("option", title, {value: index}), make("option", `${title}, last first`, {value: `${index} down`}));
  });
  by.addEventListener("change", () => by.value ? sort(parseInt(by.value), by.value.endsWith("down")) : restore());
  add("Sort by", by, null, "sort");
  const clear = make("button", "Show all", {type: "button", hidden: true});
  clear.addEventListener("click", () => {
    for (const field of fields) field.value = "";
    apply();
    fields[0].focus();
  });
  box.append(clear);
  section.querySelector(".caption").after(box, shown);
  apply();
}
const go = () => {
  const goal = goals.get(decodeURIComponent(location.hash.slice(1)));
  if (!goal) return;
  goal();
  const heading = document.getElementById(location.hash.slice(1)).closest("section").querySelector("h2");
  heading.tabIndex = -1;
  heading.focus();
  heading.scrollIntoView();
};
addEventListener("hashchange", go);
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href^='#']");
  if (link && link.getAttribute("href") === location.hash) go();
});
go();
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
"""
