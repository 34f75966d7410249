import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the runner hands to its own steps and a stage's command has no business with. */
const WITHHELD = /^(INPUT_|ACTIONS_|GITHUB_TOKEN$|GH_TOKEN$|NODE_OPTIONS$)/;

/** Files through which a step speaks to the runner: a stage must not set the step's outputs. */
const RUNNER_FILES = /^GITHUB_(OUTPUT|ENV|PATH|STATE|STEP_SUMMARY)$/;

/**
 * The environment of stage commands: that of this process without tokens and inputs, and with a
 * `model-ci` on PATH that is this very version.
 */
export async function stageEnvironment(
  inherited: NodeJS.ProcessEnv,
  temporary: string,
  cli = commandLineScript(),
): Promise<NodeJS.ProcessEnv> {
  const folder = path.join(temporary, `model-ci-path-${process.pid}`);
  await mkdir(folder, { recursive: true });
  await writeShim(folder, cli);
  const kept = Object.entries(inherited).filter(
    ([name]) => !WITHHELD.test(name) && !RUNNER_FILES.test(name),
  );
  const environment = Object.fromEntries(kept);
  const search = environment.PATH ?? '';
  return { ...environment, PATH: search ? `${folder}${path.delimiter}${search}` : folder };
}

/** The script of the `model-ci` command: beside this bundle, or where the compiler put it. */
function commandLineScript(): string {
  return path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'cli', 'index.js');
}

async function writeShim(folder: string, cli: string): Promise<void> {
  if (process.platform === 'win32') {
    await writeFile(path.join(folder, 'model-ci.cmd'), `@"${process.execPath}" "${cli}" %*\r\n`);
    return;
  }
  const quote = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
  const shim = path.join(folder, 'model-ci');
  await writeFile(shim, `#!/bin/sh\nexec ${quote(process.execPath)} ${quote(cli)} "$@"\n`);
  await chmod(shim, 0o755);
}
