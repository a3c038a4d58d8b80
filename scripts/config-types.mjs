// Writes src/js/config.ts, the configuration's TypeScript types, from steadfast.schema.json.
//
//   node scripts/config-types.mjs           writes it
//   node scripts/config-types.mjs --check   says whether it is up to date, by its exit code

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const file = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const target = file("src/js/config.ts");
const schema = JSON.parse(readFileSync(file("steadfast.schema.json"), "utf8"));

const text = `// The configuration, as steadfast.schema.json describes it. Made by scripts/config-types.mjs: change src/config instead.

${[["Config", schema], ...Object.entries(schema.$defs)].map(([name, kind]) => definition(name, kind)).join("\n\n")}
`;

if (!process.argv.includes("--check")) writeFileSync(target, text);
else if (readFileSync(target, "utf8") !== text) {
  console.error("src/js/config.ts is not what steadfast.schema.json says: run node scripts/config-types.mjs");
  process.exit(1);
}

function definition(name, kind) {
  const head = comment(kind, "");
  return kind.properties ? `${head}export interface ${name} ${members(kind, "")}` : `${head}export type ${name} = ${type(kind, "")};`;
}

function members({ properties, required = [] }, indent) {
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(([name, kind]) => {
    const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
    return `${comment(kind, inner)}${inner}${key}${required.includes(name) ? "" : "?"}: ${type(kind, inner)};\n`;
  });
  return `{\n${lines.join("")}${indent}}`;
}

function type(kind, indent) {
  if (kind.$ref) return kind.$ref.split("/").at(-1);
  if (kind.anyOf) return kind.anyOf.map((one) => type(one, indent)).join(" | ");
  if (kind.enum) return kind.enum.map((word) => JSON.stringify(word)).join(" | ");
  if ("const" in kind) return JSON.stringify(kind.const);
  if (kind.properties) return members(kind, indent);
  switch (kind.type) {
    case "array": {
      const item = type(kind.items, indent);
      return item.includes(" | ") ? `(${item})[]` : `${item}[]`;
    }
    case "object":
      return `Record<string, ${typeof kind.additionalProperties === "object" ? type(kind.additionalProperties, indent) : "unknown"}>`;
    case "integer":
      return "number";
    case "string":
    case "number":
    case "boolean":
      return kind.type;
    default:
      return "unknown";
  }
}

/** What the schema says in words, and the default and the bounds that it says in numbers. */
function comment(kind, indent) {
  const { description, minimum, maximum } = kind;
  const bounds = [minimum !== undefined && `at least ${minimum}`, maximum !== undefined && `at most ${maximum}`].filter(Boolean);
  const lines = [];
  if (description) lines.push(description.replaceAll("*/", "*\\/"));
  if (bounds.length) lines.push(`${bounds.join(", ")}.`.replace(/^a/, "A"));
  if (kind.default !== undefined && JSON.stringify(kind.default) !== "{}") lines.push(`@defaultValue \`${JSON.stringify(kind.default)}\``);
  if (!lines.length) return "";
  return lines.length === 1 ? `${indent}/** ${lines[0]} */\n` : `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join("")}${indent} */\n`;
}
