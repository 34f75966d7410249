import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, UserError } from '../../errors.ts';
import { changedFiles, touched } from '../../lint/changed.ts';
import { discover, targetOf, type Target } from '../../lint/discover.ts';
import { lintFile } from '../../lint/lint-file.ts';
import { policyFor } from '../../lint/policy.ts';
import { lintReport, type LintReport } from '../../lint/report.ts';
import { toSarif } from '../../lint/sarif.ts';
import { RULES } from '../../lint/rules/index.ts';
import { declaredModels, modelFiles } from '../../project/models.ts';
import type { LintPolicy } from '../../project/lint-policy.ts';
import { POLICY_FILE, readPolicy, type Policy } from '../../project/policy.ts';
import { plain } from '../../report/text.ts';
import type { InputValues } from '../../runner/inputs.ts';
import type { Ports } from '../../runner/ports.ts';
import type { Present } from './evidence.ts';
import type { inputs } from './inputs.ts';

export interface LintResult {
  readonly report: LintReport;
  /** Relative to the workspace; undefined where no declared model was linted whole. */
  readonly evidence: string | undefined;
}

export async function run(given: InputValues<typeof inputs>, ports: Ports): Promise<LintResult> {
  const policy = await readPolicy(ports.workspace);
  checkRuleNames(policy.lint);
  const models = await presentModels(policy, ports);
  const targets = await scopeOf(await targetsOf(given.paths, models, ports), given, ports);
  const report = lintAll(targets, policy, given['fail-on'], ports);
  if (given.sarif !== undefined) await writeSarif(report, given.sarif, ports);
  const evidence = await bind(report, targets, models, given['report-dir'], ports);
  return { report, evidence };
}

function checkRuleNames({ rules, overrides, suppress }: LintPolicy): void {
  const known = new Set<string>(RULES.flatMap(({ id, family }) => [id, `${family}/*`]));
  const named = [rules, ...overrides.map((entry) => entry.rules)].flatMap(Object.keys);
  const unknown = [...named, ...suppress.map(({ rule }) => rule)].find((id) => !known.has(id));
  if (unknown === undefined) return;
  throw new UserError(`${POLICY_FILE} names the rule '${unknown}', which does not exist`, {
    hint: 'docs/rules.md lists every rule.',
    place: { file: POLICY_FILE },
  });
}

/** Declared models that were not trained yet, or not fetched, are for other checks to miss. */
async function presentModels(policy: Policy, { workspace, log }: Ports): Promise<Present[]> {
  const present: Present[] = [];
  for (const model of declaredModels(policy)) {
    try {
      present.push({ name: model.name, files: await modelFiles(workspace, model) });
    } catch (thrown) {
      if (!(thrown instanceof UserError)) throw thrown;
      log.debug(thrown.message);
    }
  }
  return present;
}

async function targetsOf(
  paths: readonly string[],
  models: readonly Present[],
  { workspace }: Ports,
): Promise<Target[]> {
  const targets = await discover(workspace, paths);
  if (paths.length > 0) return targets;
  const found = new Set(targets.map(({ absolute }) => absolute));
  for (const { absolute } of models.flatMap(({ files }) => files)) {
    if (found.has(absolute)) continue;
    found.add(absolute);
    targets.push(await targetOf(workspace, absolute));
  }
  return targets;
}

/** In a pull request, what it can have touched; everything wherever paths are named. */
async function scopeOf(
  targets: readonly Target[],
  { paths, scope }: Pick<InputValues<typeof inputs>, 'paths' | 'scope'>,
  { event, workspace, log }: Ports,
): Promise<readonly Target[]> {
  const limited = scope === 'changed' || (scope === 'auto' && event.name === 'pull_request');
  if (!limited || paths.length > 0) return targets;
  const changed = await changedFiles(workspace);
  if (changed) return touched(targets, changed);
  log.info(
    'Git does not tell what the pull request changes (fetch-depth: 2 would): all is linted.',
  );
  return targets;
}

function lintAll(
  targets: readonly Target[],
  policy: Policy,
  failOn: LintReport['failOn'] | undefined,
  { log }: Ports,
): LintReport {
  const today = new Date().toISOString().slice(0, 10);
  const excused = new Set<string>();
  const files = targets.map((target, index) => {
    log.progress('lint', index, targets.length, plain(target.shown));
    const filePolicy = policyFor(policy.lint, target.shown, today);
    if (!filePolicy.inconclusiveFails) excused.add(target.shown);
    return lintFile(target, filePolicy);
  });
  return lintReport(files, failOn ?? policy.lint['fail-on'], excused);
}

async function writeSarif(report: LintReport, file: string, { workspace }: Ports): Promise<void> {
  const absolute = path.resolve(workspace, file);
  try {
    await mkdir(path.dirname(absolute), { recursive: true });
    await writeFile(absolute, `${JSON.stringify(toSarif(report), null, 2)}\n`);
  } catch (cause) {
    throw new UserError(`the SARIF report cannot be written to ${file}: ${messageOf(cause)}`, {
      hint: "Set input 'sarif' to a file in a folder that can be written to.",
      cause,
    });
  }
}

/** Evidence for the declared models whose every file was linted; its path, if there are any. */
async function bind(
  report: LintReport,
  targets: readonly Target[],
  models: readonly Present[],
  folder: string,
  { workspace }: Ports,
): Promise<string | undefined> {
  const linted = new Set(targets.map(({ absolute }) => absolute));
  const whole = models.filter(({ files }) => files.every(({ absolute }) => linted.has(absolute)));
  if (whole.length === 0) return undefined;
  const { bindEvidence } = await import('./evidence.ts');
  return bindEvidence(report, whole, { workspace, folder });
}
