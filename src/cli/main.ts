import pc from 'picocolors';
import { UserError } from '../errors.ts';
import { EXIT, fail, runCommand } from '../runner/local/run-command.ts';
import { version } from './version.ts';

interface Command {
  readonly summary: string;
  run(argv: readonly string[]): Promise<number>;
}

/** Every command loads its use case when it is called: `--help` needs none of them. */
const commands: Readonly<Record<string, Command>> = {
  lint: {
    summary: 'Read model files and cards; report what is unsafe, broken or missing',
    run: async (argv) =>
      runCommand('lint', (await import('../actions/lint-model/use-case.ts')).lintModel, argv),
  },
  train: {
    summary: 'Run the stages of dvc.yaml that must run',
    run: async (argv) =>
      runCommand('train', (await import('../actions/train/use-case.ts')).train, argv),
  },
  fit: {
    summary: 'Train an ONNX model here, out of a short description',
    run: async (argv) => runCommand('fit', (await import('./fit/use-case.ts')).fit, argv),
  },
  evaluate: {
    summary: 'Compare a candidate with its baseline and decide by the gates',
    run: async (argv) =>
      runCommand('evaluate', (await import('../actions/evaluate/use-case.ts')).evaluate, argv),
  },
  register: {
    summary: 'Register a version: these bytes, for ever',
    run: async (argv) =>
      runCommand(
        'register',
        (await import('../actions/register-snapshot/use-case.ts')).registerSnapshot,
        argv,
      ),
  },
  verify: {
    summary: 'Fetch a registered version and check every byte',
    run: async (argv) =>
      runCommand(
        'verify',
        (await import('../actions/verify-snapshot/use-case.ts')).verifySnapshot,
        argv,
      ),
  },
  fsck: {
    summary: 'Compare ledger, manifests, blobs and tags',
    run: async (argv) => runCommand('fsck', (await import('./fsck/use-case.ts')).fsck, argv),
  },
  ls: {
    summary: 'List models, their latest versions and their environments',
    run: async (argv) => runCommand('ls', (await import('./ls/use-case.ts')).ls, argv),
  },
  show: {
    summary: 'Show what a version is and where it stands',
    run: async (argv) => runCommand('show', (await import('./show/use-case.ts')).show, argv),
  },
  history: {
    summary: 'Show what happened to models, in order',
    run: async (argv) =>
      runCommand('history', (await import('./history/use-case.ts')).history, argv),
  },
  diff: {
    summary: 'Show which files differ between two versions',
    run: async (argv) => runCommand('diff', (await import('./diff/use-case.ts')).diff, argv),
  },
  audit: {
    summary: 'Show who decided what, and check the trail',
    run: async (argv) => runCommand('audit', (await import('./audit/use-case.ts')).audit, argv),
  },
};

/** Runs one command line and returns its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(overview());
    return name === undefined ? EXIT.wrongUsage : EXIT.good;
  }
  if (name === '--version') {
    process.stdout.write(`${version}\n`);
    return EXIT.good;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command) return command.run(rest);
  return fail(
    new UserError(`there is no command '${name}'`, {
      hint: `The commands are: ${Object.keys(commands).join(', ')}.`,
    }),
  );
}

function overview(): string {
  const rows = Object.entries(commands).map(
    ([name, { summary }]) => `  ${name.padEnd(12)}${summary}`,
  );
  return [
    'Treats a model as strictly as code: lint, train, evaluate, register, verify.',
    '',
    `${pc.bold('Usage')}  model-ci <command> [options]`,
    '',
    ...rows,
    '',
    pc.dim('model-ci <command> --help tells what a command takes. --version prints the version.'),
    '',
  ].join('\n');
}
