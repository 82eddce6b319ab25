// The house's sizes, held for every script: files of 400 lines, functions of 40, folders of 15 modules.
import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync } from "node:fs";
import test from "node:test";

const ROOT = new URL("../../static/js/", import.meta.url);
const MAX_FILE = 400;
const MAX_FUNCTION = 40;
const MAX_FOLDER = 15;
/** A `/` after one of these begins a regular expression; after anything else it divides. */
const BEFORE_REGEX = /(?:[(,=:[!&|?{};+\-*%<>~^]|\breturn|\btypeof|\bcase|^)\s*$/;
const NO_FUNCTION = /\b(?:if|for|while|switch|catch|with)\s*(?:await\s*)?$/;

/** Return the text with comments, strings and regular expressions blanked, its line breaks kept. */
export function blank(source) {
  const literals = /\/\/[^\n]*|\/\*[^]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g;
  let shown = "";
  let last = 0;
  for (let match = literals.exec(source); match; match = literals.exec(source)) {
    const before = shown + source.slice(last, match.index);
    const isRegex = match[0][0] === "/" && !/^\/[/*]/.test(match[0]);
    if (isRegex && !BEFORE_REGEX.test(before.slice(-40).trimEnd())) {
      literals.lastIndex = match.index + 1; // a division: look on behind the sign
      continue;
    }
    shown = before + match[0].replace(/[^\n]/g, match[0].startsWith("/*") || match[0].startsWith("//") ? " " : "0");
    last = literals.lastIndex;
  }
  return shown + source.slice(last);
}

/** Return the place of the bracket that opens what the one at `end` closes. */
function openingOf(text, end) {
  let depth = 0;
  for (let at = end; at >= 0; at -= 1) {
    if (text[at] === ")") depth += 1;
    if (text[at] === "(" && (depth -= 1) === 0) return at;
  }
  return 0;
}

/** Return every function of a script as [first line, number of lines]; an outer one counts its inner ones. */
export function functionsOf(source) {
  const text = blank(source);
  const lineOf = (at) => text.slice(0, at).split("\n").length;
  const open = [];
  const found = [];
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === "{") {
      const before = text.slice(0, at).trimEnd();
      const isArrow = before.endsWith("=>");
      const bracket = before.endsWith(")") ? openingOf(before, before.length - 1) : -1;
      const isNamed = bracket >= 0 && !NO_FUNCTION.test(before.slice(0, bracket));
      open.push(isArrow || isNamed ? lineOf(isNamed ? bracket : at) : 0);
    } else if (text[at] === "}") {
      const first = open.pop();
      if (first) found.push([first, lineOf(at) - first + 1]);
    }
  }
  assert.equal(open.length, 0, "every bracket is closed");
  return found;
}

const scripts = readdirSync(ROOT, { recursive: true }).filter((name) => name.endsWith(".js"));

test("a function is measured with its inner functions, whatever its strings hold", () => {
  const source = 'class A {\n  #b(c) {\n    const d = "}" + `}` + (/[/}]/.test(c) ? 4 / 2 : 1);\n    if (c) {\n    }\n    return () => {\n      // }\n    };\n  }\n}\n';
  assert.deepEqual(functionsOf(source).sort(), [[2, 8], [6, 3]]);
});

test(`no script is longer than ${MAX_FILE} lines and no function longer than ${MAX_FUNCTION}`, () => {
  assert.ok(scripts.length > 20);
  const long = [];
  for (const name of scripts) {
    const source = readFileSync(new URL(name, ROOT), "utf8");
    if (source.split("\n").length > MAX_FILE) long.push(name);
    for (const [line, count] of functionsOf(source)) if (count > MAX_FUNCTION) long.push(`${name}:${line} ${count} lines`);
  }
  assert.deepEqual(long, []);
});

test(`every script lies in a room, and no room holds more than ${MAX_FOLDER}`, () => {
  const rooms = readdirSync(ROOT);
  assert.ok(rooms.every((name) => statSync(new URL(name, ROOT)).isDirectory()), "no script beside the rooms");
  for (const room of rooms) assert.ok(readdirSync(new URL(`${room}/`, ROOT)).length <= MAX_FOLDER, room);
});
