import { logged, pipeline, type Example } from '../repository.ts';

function stage(name: string, deps: readonly string[], command?: string): object {
  const cmd = logged(name, command ?? `cat ${deps.join(' ')} > ${name}.txt`);
  return { cmd, deps, outs: [`${name}.txt`] };
}

const diamond = {
  d: stage('d', ['b.txt', 'c.txt']),
  c: stage('c', ['a.txt'], 'head -c 3 a.txt > c.txt'),
  b: stage('b', ['a.txt']),
  a: stage('a', ['in.txt']),
};

export const graphs: readonly Example[] = [
  {
    name: 'a chain, declared backwards',
    files: {
      'dvc.yaml': pipeline({
        c: stage('c', ['b.txt']),
        b: stage('b', ['a.txt']),
        a: stage('a', ['in.txt']),
      }),
      'in.txt': 'one\n',
    },
    changes: [
      { append: 'in.txt' },
      { replace: 'dvc.yaml', old: 'cat b.txt', new: 'cat ./b.txt' },
      { replace: 'dvc.yaml', old: 'cat a.txt', new: 'cat ./a.txt' },
      { remove: 'b.txt' },
    ],
    restorable: ['a.txt', 'b.txt', 'c.txt'],
  },
  {
    name: 'a diamond, where a change may end on one side',
    files: { 'dvc.yaml': pipeline(diamond), 'in.txt': 'one two\n' },
    changes: [{ append: 'in.txt' }, { replace: 'dvc.yaml', old: 'head -c 3', new: 'head -c 2' }],
    restorable: ['b.txt', 'd.txt'],
  },
  {
    name: 'a stage without dependencies',
    files: {
      'dvc.yaml': pipeline({
        once: { cmd: logged('once', 'echo 1 > out.txt'), outs: ['out.txt'] },
      }),
    },
    changes: [
      { replace: 'dvc.yaml', old: 'echo 1', new: 'echo 2' },
      { append: 'out.txt' },
      { remove: 'out.txt' },
    ],
  },
  {
    name: 'a stage without outputs, and one with neither',
    files: {
      'dvc.yaml': pipeline({
        check: { cmd: logged('check', 'grep -q o in.txt'), deps: ['in.txt'] },
        always: { cmd: logged('always', 'true') },
      }),
      'in.txt': 'one\n',
    },
    changes: [{ append: 'in.txt' }],
    restless: ['always'],
  },
  {
    name: 'a stage that reads a file of a folder that another makes',
    files: {
      'dvc.yaml': pipeline({
        use: stage('use', ['made/part/x.txt']),
        whole: stage('whole', ['made'], 'cat made/part/x.txt made/y.txt > whole.txt'),
        make: {
          cmd: logged(
            'make',
            'mkdir -p made/part && cat in.txt > made/part/x.txt && echo y > made/y.txt',
          ),
          deps: ['in.txt'],
          outs: ['made'],
        },
      }),
      'in.txt': 'one\n',
    },
    changes: [{ append: 'in.txt' }, { append: 'made/y.txt' }],
    restorable: ['made', 'use.txt'],
  },
  {
    name: 'stages that are added, renamed, rewired and removed',
    files: {
      'dvc.yaml': pipeline({ a: stage('a', ['in.txt']), b: stage('b', ['a.txt']) }),
      'in.txt': 'one\n',
      'other.txt': 'two\n',
    },
    changes: [
      {
        append: 'dvc.yaml',
        text: `  c:\n    cmd: ${logged('c', 'cat b.txt > c.txt')}\n    deps: [b.txt]\n    outs: [c.txt]\n`,
      },
      { replace: 'dvc.yaml', old: '  c:\n', new: '  renamed:\n' },
      { replace: 'dvc.yaml', old: '- in.txt', new: '- other.txt' },
      { replace: 'dvc.yaml', old: 'deps: [b.txt]', new: 'deps: [b.txt, other.txt]' },
      { replace: 'dvc.yaml', old: 'outs: [c.txt]', new: 'outs: [c.txt, {d.txt: {cache: false}}]' },
      { replace: 'dvc.yaml', old: 'b.txt > c.txt', new: 'b.txt > c.txt && cp c.txt d.txt' },
    ].slice(0, 4),
    restorable: ['c.txt'],
  },
  {
    name: 'what was made before: going back to an older input',
    files: {
      'dvc.yaml': pipeline({ a: stage('a', ['in.txt']), b: stage('b', ['a.txt']) }),
      'in.txt': 'one\n',
    },
    changes: [
      { replace: 'in.txt', old: 'one', new: 'two' },
      { replace: 'in.txt', old: 'two', new: 'one' },
      { replace: 'in.txt', old: 'one', new: 'two' },
    ],
    restorable: ['b.txt'],
  },
  {
    name: 'output edited by hand',
    files: {
      'dvc.yaml': pipeline({ a: stage('a', ['in.txt']), b: stage('b', ['a.txt']) }),
      'in.txt': 'one\n',
    },
    changes: [{ append: 'a.txt' }, { append: 'b.txt' }],
  },
];
