// Prints as JSON what ajv, as SchemaStore runs it, has against a schema, and against each YAML file by its name.
// Arguments: the folder of node_modules, the schema, the files.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [folder, schema, ...files] = process.argv.slice(2);
const load = createRequire(`${folder}/`);
const Ajv = load("ajv").default;
const YAML = load("yaml");
// Two types at one place are what editors need, who give a scalar its type before they ask the schema.
const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true, logger: false });
ajv.addVocabulary(["markdownDescription", "defaultSnippets", "patternErrorMessage"]);
const validate = ajv.compile(JSON.parse(readFileSync(schema, "utf8")));
const said = {};
for (const file of files) {
  said[file] = validate(YAML.parse(readFileSync(file, "utf8"))) ? [] : validate.errors.map((each) => each.instancePath);
}
console.log(JSON.stringify(said));
