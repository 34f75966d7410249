import { logged, pipeline, type Example } from '../repository.ts';

/** One stage that copies `in.txt`, whose command is written in one way or another. */
function oneStage(name: string, cmd: string | readonly string[], rest: object = {}): Example {
  const stage = { cmd, deps: ['in.txt'], outs: ['out.txt'], ...rest };
  return {
    name,
    files: { 'dvc.yaml': pipeline({ copy: stage }), 'in.txt': 'one\n' },
    changes: [
      { append: 'in.txt' },
      { replace: 'dvc.yaml', old: 'cat in.txt', new: 'cat ./in.txt' },
    ],
    restorable: ['out.txt'],
  };
}

const copy = logged('copy', 'cat in.txt > out.txt');
const words = Array.from({ length: 30 }, (_, index) => `word-${index}`).join(' ');

export const commands: readonly Example[] = [
  oneStage('a command as a string', copy),
  oneStage('a command as a list', [copy, 'echo second >> out.txt', "echo 'third' >> out.txt"]),
  oneStage('a list of one command', [copy]),
  oneStage('a string of several lines', `${copy}\necho "second — žluť" >> out.txt\n`),
  oneStage('a long command', `${copy} && echo ${words} >> out.txt`),
  oneStage(
    'a long command with words of their own line',
    `${copy} && echo ${'x'.repeat(120)} ${words}`,
  ),
  oneStage('a long quoted command', `${copy} && echo "it's: ${words}" '# no comment' >> out.txt`),
  oneStage('a command with unicode', `${copy} && echo 'příliš žluťoučký 🐎 ${words}' >> out.txt`),
  oneStage(
    'a command with a colon, a hash and braces',
    `${copy} && echo 'a: b' '#c' '{d}' >> out.txt`,
  ),
  oneStage('a command that starts like YAML', `[ -f in.txt ] && ${copy}`),
  oneStage('desc and meta', copy, {
    desc: 'Copies: one file.',
    meta: { owner: 'team', nested: [1, 2] },
  }),
  { ...oneStage('always_changed', copy, { always_changed: true }), restless: ['copy'] },
  {
    ...oneStage('frozen', copy, { frozen: false }),
    changes: [
      { replace: 'dvc.yaml', old: 'frozen: false', new: 'frozen: true' },
      { append: 'in.txt' },
      { replace: 'dvc.yaml', old: 'frozen: true', new: 'frozen: false' },
    ],
  },
  {
    name: 'wdir',
    files: {
      'dvc.yaml': pipeline({
        copy: {
          wdir: 'work/inner',
          cmd: logged('copy', 'cat ../../in.txt ../here.txt > out.txt'),
          deps: ['../../in.txt', '../here.txt'],
          params: ['lr', { '../../params.yaml': ['size'] }],
          outs: ['out.txt'],
        },
      }),
      'in.txt': 'one\n',
      'work/here.txt': 'two\n',
      'work/inner/params.yaml': 'lr: 0.1\n',
      'params.yaml': 'size: 3\nlr: 5\n',
    },
    changes: [
      { append: 'in.txt' },
      { replace: 'params.yaml', old: 'lr: 5', new: 'lr: 6' },
      { replace: 'work/inner/params.yaml', old: '0.1', new: '0.2' },
      { replace: 'params.yaml', old: 'size: 3', new: 'size: 4' },
    ],
    restorable: ['work/inner/out.txt'],
  },
];
