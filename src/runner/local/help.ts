import pc from 'picocolors';
import { isOffered, type InputSpecs } from '../inputs.ts';
import type { UseCase } from '../use-case.ts';

const WIDTH = 30;

/** `--help` of one command, out of the same inputs that action.yml declares. */
export function commandHelp<S extends InputSpecs, R>(
  command: string,
  useCase: UseCase<S, R>,
): string {
  const { positional } = useCase;
  const list = positional !== undefined && useCase.inputs[positional]?.shape === 'list';
  const argument =
    positional === undefined ? '' : ` [${positional.toUpperCase()}${list ? ' ...' : ''}]`;
  const offered = Object.entries(useCase.inputs).filter(([, spec]) => isOffered(spec));
  const rows = offered.map(([name, spec]) => {
    const value = spec.shape === 'switch' ? '' : ` ${spec.hint ?? 'TEXT'}`;
    const fallback =
      spec.default && spec.shape !== 'switch'
        ? pc.dim(` [${spec.default.replaceAll('\n', ' ')}]`)
        : '';
    const no = spec.shape === 'switch' && spec.default === 'true' ? 'no-' : '';
    return row(`--${no}${name}${value}`, `${spec.description}${fallback}`);
  });
  return [
    useCase.description,
    '',
    `${pc.bold('Usage')}  model-ci ${command}${argument} [options]`,
    '',
    ...rows,
    row('--format text|json', 'What to print on stdout [text]'),
    row('-h, --help', 'Print this'),
    '',
    pc.dim(
      'Exit code: 0 good, 1 the check failed, 2 wrong usage, 3 a bug or a broken environment.',
    ),
    '',
  ].join('\n');
}

function row(left: string, right: string): string {
  const gap = left.length < WIDTH ? ' '.repeat(WIDTH - left.length) : `\n${' '.repeat(WIDTH + 2)}`;
  return `  ${left}${gap}${right}`;
}
