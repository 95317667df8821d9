// Offers the versions that are published beside this one. A page that a version does not have leads to its first page.
const chooser = document.getElementById("site-version");
const { version, root, page } = chooser.dataset;

const offer = (names) => chooser.replaceChildren(...names.map((name) => new Option(name, name, false, name === version)));

const leave = async () => {
  const found = await fetch(`${root}${chooser.value}/${page}`, { method: "HEAD" }).catch(() => ({ ok: false }));
  location.href = `${root}${chooser.value}/${found.ok ? page : "index.html"}`;
};

fetch(`${root}versions.json`)
  .then((answer) => answer.json())
  .then((versions) => offer(versions.map((each) => each.version)))
  .catch(() => {});
chooser.addEventListener("change", leave);
