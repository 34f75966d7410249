import pc from 'picocolors';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { EnvironmentError, UserError } from '../../errors.ts';
import { isOffered, readInputs, type InputSpecs } from '../inputs.ts';
import type { UseCase } from '../use-case.ts';
import { commandHelp } from './help.ts';
import { terminalLog } from './log.ts';
import { writeAtOnce } from '../output-streams.ts';
import { localPorts } from './ports.ts';

/** Exit codes of every command. */
export const EXIT = { good: 0, checkFailed: 1, wrongUsage: 2, broken: 3 } as const;

/** Runs a use case at a terminal and returns the exit code: the one place that catches. */
export async function runCommand<S extends InputSpecs, R>(
  command: string,
  useCase: UseCase<S, R>,
  argv: readonly string[],
): Promise<number> {
  writeAtOnce();
  try {
    const { given, format, help } = parseCommandLine(useCase, argv);
    if (help) {
      process.stdout.write(commandHelp(command, useCase));
      return EXIT.good;
    }
    const ports = localPorts({ quiet: format === 'json' });
    const inputs = readInputs(useCase.inputs, inWorkspace(useCase.inputs, given, ports.workspace));
    const report = useCase.report(await useCase.run(inputs, ports));
    process.stdout.write(
      format === 'json'
        ? `${JSON.stringify(report.json, null, 2)}\n`
        : `${report.text.trimEnd()}\n`,
    );
    return report.passed ? EXIT.good : EXIT.checkFailed;
  } catch (thrown) {
    return fail(thrown);
  }
}

export function fail(thrown: unknown): number {
  const log = terminalLog({ quiet: false });
  if (thrown instanceof UserError) {
    log.error(thrown.message, thrown.place);
    process.stderr.write(`${pc.dim(thrown.hint)}\n`);
    if (process.env.MODEL_CI_DEBUG && thrown.cause !== undefined) console.error(thrown.cause);
    return thrown instanceof EnvironmentError ? EXIT.broken : EXIT.wrongUsage;
  }
  console.error(pc.red('This is a bug in model-ci, not in your files:'), thrown);
  return EXIT.broken;
}

interface CommandLine {
  readonly given: ReadonlyMap<string, string>;
  readonly format: 'text' | 'json';
  readonly help: boolean;
}

function parseCommandLine<S extends InputSpecs, R>(
  useCase: UseCase<S, R>,
  argv: readonly string[],
): CommandLine {
  const { values, positionals } = parse(useCase, argv);
  const given = new Map<string, string>();
  for (const [name, spec] of Object.entries(useCase.inputs)) {
    const value = values[name];
    if (Array.isArray(value)) given.set(name, value.join('\n'));
    else if (typeof value === 'string') given.set(name, value);
    else if (value === true) given.set(name, 'true');
    if (spec.shape === 'switch' && values[`no-${name}`] === true) given.set(name, 'false');
  }
  if (positionals.length > 0) {
    const { positional } = useCase;
    const list = positional !== undefined && useCase.inputs[positional]?.shape === 'list';
    if (positional === undefined || (positionals.length > 1 && !list)) {
      throw new UserError(`unexpected argument '${positionals.at(-1) ?? ''}'`, usageHint);
    }
    given.set(positional, positionals.join('\n'));
  }
  const format = values.format ?? 'text';
  if (format !== 'text' && format !== 'json') {
    throw new UserError(`--format is '${String(format)}'`, { hint: 'Use text or json.' });
  }
  return { given, format, help: values.help === true };
}

/** Paths as a person means them, from where they stand, turned into what use cases expect. */
function inWorkspace(
  specs: InputSpecs,
  given: ReadonlyMap<string, string>,
  workspace: string,
): ReadonlyMap<string, string> {
  const turn = (line: string) => {
    // An address is the same wherever one stands.
    if (!line || /^[a-z][a-z0-9+.-]+:\/\//i.test(line)) return line;
    const absolute = path.resolve(line);
    const inside = path.relative(workspace, absolute);
    return inside.split(path.sep)[0] === '..' || path.isAbsolute(inside) ? absolute : inside || '.';
  };
  return new Map(
    Array.from(given, ([name, value]) => [
      name,
      specs[name]?.isPath ? value.split('\n').map(turn).join('\n') : value,
    ]),
  );
}

const usageHint = { hint: 'Add --help to see what this command takes.' };

function parse<S extends InputSpecs, R>(useCase: UseCase<S, R>, argv: readonly string[]) {
  const options: Record<
    string,
    { type: 'string' | 'boolean'; multiple?: boolean; short?: string }
  > = {
    help: { type: 'boolean', short: 'h' },
    format: { type: 'string' },
  };
  for (const [name, spec] of Object.entries(useCase.inputs)) {
    if (!isOffered(spec)) continue;
    options[name] = {
      type: spec.shape === 'switch' ? 'boolean' : 'string',
      multiple: spec.shape === 'list',
    };
    if (spec.shape === 'switch') options[`no-${name}`] = { type: 'boolean' };
  }
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (cause) {
    const message = cause instanceof Error ? (cause.message.split('.')[0] ?? '') : String(cause);
    throw new UserError(message, { ...usageHint, cause });
  }
}
