// The packed tarball, installed: what is tested is what `npm publish` would send.

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const bin = join(root, "node_modules/.bin");

/** The tools' own Node.js, and the one that the machine has. */
export const node24 = join(bin, "node");
export const systemNode = process.env.PATH.split(delimiter)
  .filter((folder) => !folder.endsWith("node_modules/.bin"))
  .map((folder) => join(folder, "node"))
  .find(existsSync);

/** Runs a command to its end and returns what it printed; the end of what it complained about is in the error. */
export function run(command, args, options = {}) {
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 120_000, ...options });
  if (status === 0) return stdout;
  throw new Error(`${[command, ...args].join(" ")}: ${error ?? signal ?? `exit code ${status}`}\n${`${stdout}\n${stderr}`.slice(-2000)}`);
}

const folder = join(root, "build/npm");

/** A built package, packed and installed by npm: the folder of its project. Once for each build, whichever test comes first. */
export function installed(built = "pkg") {
  const source = join(root, built);
  const place = join(folder, `installed-${built.replaceAll("/", "-")}-${Math.round(latest(source))}`);
  if (existsSync(place)) return place;
  const project = `${place}-${process.pid}`;
  mkdirSync(project, { recursive: true });
  const npm = (...args) => run("npm", args, { cwd: project, env: { ...process.env, npm_config_loglevel: "error" } });
  const [{ filename }] = JSON.parse(npm("pack", "--json", "--pack-destination", project, source));
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, name: "project" }));
  npm("install", "--offline", "--no-audit", "--no-fund", join(project, filename));
  try {
    renameSync(project, place);
  } catch {
    rmSync(project, { recursive: true }); // Another test was quicker.
  }
  return place;
}

/** A tiny project with these files and the package installed. What else it imports comes from the tools of this repository. */
export function project(name, files) {
  const place = join(folder, "projects", name);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  cpSync(join(installed(), "node_modules"), join(place, "node_modules"), { recursive: true });
  for (const [file, text] of Object.entries({ "package.json": { private: true, name, type: "module" }, ...files })) {
    mkdirSync(dirname(join(place, file)), { recursive: true });
    writeFileSync(join(place, file), typeof text === "string" ? text : JSON.stringify(text));
  }
  return place;
}

function latest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(...readdirSync(path).map((name) => latest(join(path, name))));
}

export const read = (...path) => readFileSync(join(...path), "utf8");
