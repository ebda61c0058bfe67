import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const ROOT: URL = new URL("../../", import.meta.url);

/** Reads a JSON file of the project. */
function read<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(file, ROOT), "utf8")) as T;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
  /** In package.json by condition of a runtime, in deno.json as they are. */
  readonly imports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<Record<string, { resolved?: string; optionalDependencies?: object }>>;
}

const npm: Manifest = read("package.json");
const jsr: Manifest = read("deno.json");

/** Name by which a program imports the entry point `path`, such as "./csp". */
function specifier(path: string): string {
  return jsr.name + path.slice(1);
}

test("package.json and deno.json name the same package, version and entry points", () => {
  for (const field of ["name", "version", "license", "exports"] as const) {
    assert.deepEqual(npm[field], jsr[field], field);
  }
});

test("deno.json maps @pool/csp and jsr:@pool/csp to every entry point and the dependencies to package.json's", () => {
  const expected: Record<string, string> = {};
  for (const [path, file] of Object.entries(jsr.exports)) {
    expected[specifier(path)] = file;
    expected[`jsr:${specifier(path)}`] = file;
  }
  for (const [name, range] of Object.entries(npm.dependencies ?? {})) {
    expected[name] = `npm:${name}@${range}`;
  }
  // Deno has no conditions: what package.json gives to no runtime by name.
  for (const [name, files] of Object.entries(npm.imports ?? {})) {
    expected[name] = (files as Readonly<Record<string, string>>)["default"]!;
  }
  assert.deepEqual(jsr.imports, expected);
});

test("@pool/csp resolves to the working tree on this runtime", () => {
  for (const [path, file] of Object.entries(npm.exports)) {
    assert.equal(import.meta.resolve(specifier(path)), new URL(file, ROOT).href);
  }
});

test("package-lock.json lists the packages of every platform and no registry", () => {
  const { packages } = read<Lock>("package-lock.json");
  for (const [path, { resolved, optionalDependencies = {} }] of Object.entries(packages)) {
    assert.equal(resolved, undefined, path);
    for (const name of Object.keys(optionalDependencies)) {
      const nested = `${path}/node_modules/${name}`;
      // `npm ci` refuses a lock file without them, on every platform.
      assert.ok(packages[nested] ?? packages[`node_modules/${name}`], `${path} needs ${name}`);
    }
  }
});

test("package.json pins its development dependencies", () => {
  for (const [name, version] of Object.entries(npm.devDependencies ?? {})) {
    assert.match(version, /^\d+\.\d+\.\d+$/, name);
  }
});
