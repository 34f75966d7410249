import * as core from '@actions/core';
import { UserError } from '../../errors.ts';
import { readInputs, type InputSpecs } from '../inputs.ts';
import { writeAtOnce } from '../output-streams.ts';
import type { Log } from '../ports.ts';
import type { Annotation, Report, UseCase } from '../use-case.ts';
import { annotationProperties } from './log.ts';
import { githubPorts } from './ports.ts';
import { writeSummary } from './summary.ts';

/** GitHub shows ten annotations of each level per step; the rest stay in the summary. */
const SHOWN_PER_LEVEL = 10;

/** Runs a use case as a step of a job: the one place that catches, and that sets the exit code. */
export async function runAction<S extends InputSpecs, R>(useCase: UseCase<S, R>): Promise<void> {
  writeAtOnce();
  try {
    const given = givenInputs(process.env);
    mask(useCase.inputs, given);
    const inputs = readInputs(useCase.inputs, given);
    const ports = await githubPorts();
    const report = useCase.report(await useCase.run(inputs, ports));
    await publish(report, ports.log);
    if (!report.passed) core.setFailed(report.headline);
  } catch (thrown) {
    await fail(useCase.name, thrown);
  }
}

async function publish(report: Report, log: Log): Promise<void> {
  for (const [name, value] of Object.entries(report.outputs)) core.setOutput(name, value);
  const shown = new Map<string, number>();
  for (const annotation of report.annotations) {
    const count = (shown.get(annotation.severity) ?? 0) + 1;
    shown.set(annotation.severity, count);
    if (count <= SHOWN_PER_LEVEL) annotate(annotation);
  }
  await writeSummary(report.summary);
  if (report.passed) log.info(report.headline);
}

function annotate({ severity, title, message, place }: Annotation): void {
  core[severity](message, { title, ...annotationProperties(place) });
}

async function fail(action: string, thrown: unknown): Promise<void> {
  process.exitCode = 1;
  if (thrown instanceof UserError) {
    core.error(`${thrown.message}\n${thrown.hint}`, {
      title: action,
      ...annotationProperties(thrown.place),
    });
    if (thrown.cause instanceof Error) core.debug(thrown.cause.stack ?? thrown.cause.message);
    await writeSummary(errorSummary(action, thrown)).catch(() => undefined);
    return;
  }
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  core.error(`${error.stack ?? error.message}${causes(error)}`, { title: `${action}: a bug` });
}

function errorSummary(action: string, error: UserError): string {
  const fence = '~~~~';
  return `### ${action} did not run\n\n${fence}text\n${error.message.replaceAll('~', '∼')}\n${error.hint.replaceAll('~', '∼')}\n${fence}\n`;
}

function causes(error: Error): string {
  const { cause } = error;
  return cause instanceof Error
    ? `\ncaused by ${cause.stack ?? cause.message}${causes(cause)}`
    : '';
}

/** Before anything is printed: a secret that a step made is not known to the runner as one. */
function mask(specs: InputSpecs, given: ReadonlyMap<string, string>): void {
  for (const [name, value] of given) {
    if (Object.hasOwn(specs, name) && specs[name]?.shape === 'secret') core.setSecret(value);
  }
}

/** The runner hands input `fail-on` over as INPUT_FAIL-ON; an empty one was not given. */
function givenInputs(environment: NodeJS.ProcessEnv): Map<string, string> {
  const given = new Map<string, string>();
  for (const [key, value] of Object.entries(environment)) {
    if (key.startsWith('INPUT_') && value?.trim()) {
      given.set(key.slice('INPUT_'.length).toLowerCase(), value.trim());
    }
  }
  return given;
}
