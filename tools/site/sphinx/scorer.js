// How the search ranks pages: what people do comes before what the project is about. Else as the search does by itself.
const POINTS = { "how-to/": 8, "start": 8, "my-phone-says": 8, "access": 4, "glossary": 4, "custom-rules": -10, "adr/": -20, "changelog": -20, "contributing": -20, "architecture": -10 };

var Scorer = {
  score: ([page, , , , score]) =>
    score + (Object.entries(POINTS).find(([start]) => page.startsWith(start))?.[1] ?? 0),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
