import { logged, pipeline, type Example } from '../repository.ts';

/** One stage that reads `data` and makes `out`, a folder. */
function folders(name: string, command: string, data: Readonly<Record<string, string>>): Example {
  const stage = { cmd: logged('fill', command), deps: ['data'], outs: ['out'] };
  const inData = Object.entries(data).map(([file, text]) => [`data/${file}`, text] as const);
  return {
    name,
    files: { 'dvc.yaml': pipeline({ fill: stage }), ...Object.fromEntries(inData) },
    changes: [
      { append: inData[0]![0] },
      { add: 'data/new folder/new.txt', text: 'new' },
      { remove: 'data/new folder' },
    ],
    restorable: ['out'],
  };
}

/** One stage whose output has flags. */
function flagged(name: string, outs: object, restorable: readonly string[]): Example {
  const cmd = logged('make', 'cat in.txt > out.txt && echo 0.5 > m.json && echo 1,2 > p.csv');
  return {
    name,
    files: {
      'dvc.yaml': pipeline({ make: { cmd, deps: ['in.txt'], ...outs } }),
      'in.txt': 'one\n',
    },
    changes: [{ append: 'in.txt' }],
    restorable,
  };
}

export const files: readonly Example[] = [
  folders('a folder of files', 'mkdir -p out && cp -r data/. out/', { 'a.txt': 'a', 'b.txt': 'b' }),
  folders('nested folders with unicode names', 'mkdir -p out && cp -r data/. out/', {
    'a.txt': 'a',
    'ünï/ď/x.txt': 'x',
    'ünï/🐎 horse.txt': 'horse',
    'ünï/．fullwidth.txt': 'above the surrogates',
    'with space/b c.txt': 'b',
    'quote\'s/"d".txt': 'd',
  }),
  folders('names that sort differently by parts', 'mkdir -p out && cp -r data/. out/', {
    'a/b.txt': '1',
    'a.txt': '2',
    'a-b/c.txt': '3',
    'a0.txt': '4',
    'B.txt': '5',
  }),
  folders(
    'empty files and empty sub-folders',
    'mkdir -p out/empty && touch out/none && cp -r data/. out',
    {
      'a.txt': '',
    },
  ),
  folders('an empty folder', 'mkdir -p out', { 'a.txt': 'a' }),
  folders('an executable in a folder', 'mkdir -p out && cp -r data/. out && chmod +x out/run.sh', {
    'run.sh': '#!/bin/sh\n',
  }),
  {
    name: 'executables',
    files: {
      'dvc.yaml': pipeline({
        run: { cmd: logged('run', './run.sh > out.txt'), deps: ['run.sh'], outs: ['out.txt'] },
        make: {
          cmd: logged('make', 'cp run.sh tool.sh && chmod +x tool.sh'),
          deps: ['run.sh'],
          outs: ['tool.sh'],
        },
        use: { cmd: logged('use', './tool.sh > used.txt'), deps: ['tool.sh'], outs: ['used.txt'] },
      }),
      'run.sh': '#!/bin/sh\necho hello\n',
    },
    executables: ['run.sh'],
    changes: [{ append: 'run.sh', text: 'echo more\n' }],
    restorable: ['out.txt', 'tool.sh', 'used.txt'],
  },
  {
    name: 'an empty file',
    files: {
      'dvc.yaml': pipeline({
        empty: {
          cmd: logged('empty', 'cat in.txt > out.txt'),
          deps: ['in.txt'],
          outs: ['out.txt'],
        },
      }),
      'in.txt': '',
    },
    changes: [{ append: 'in.txt' }],
    restorable: ['out.txt'],
  },
  flagged('cache: false', { outs: [{ 'out.txt': { cache: false } }, 'm.json', 'p.csv'] }, [
    'm.json',
  ]),
  flagged('only outs that are not cached', { outs: [{ 'out.txt': { cache: false } }] }, [
    'out.txt',
  ]),
  flagged('persist', { outs: [{ 'out.txt': { persist: true } }, 'm.json'] }, ['m.json']),
  flagged('metrics', { outs: ['out.txt'], metrics: ['m.json'] }, ['m.json', 'out.txt']),
  flagged('metrics in Git', { outs: ['out.txt'], metrics: [{ 'm.json': { cache: false } }] }, [
    'out.txt',
  ]),
  flagged(
    'plots with a template',
    {
      outs: ['out.txt'],
      plots: [{ 'p.csv': { x: 'a', y: 'b', title: 'A plot' } }, { 'm.json': { cache: false } }],
    },
    ['p.csv', 'out.txt'],
  ),
  {
    name: 'a persisted output grows',
    files: {
      'dvc.yaml': pipeline({
        grow: {
          cmd: logged('grow', 'cat in.txt >> log.txt'),
          deps: ['in.txt'],
          outs: [{ 'log.txt': { persist: true } }],
        },
      }),
      'in.txt': 'one\n',
    },
    changes: [
      { append: 'in.txt' },
      { replace: 'dvc.yaml', old: 'cat in.txt', new: 'cat ./in.txt' },
    ],
  },
  {
    name: 'outs in folders that are not there, beside a .gitignore',
    files: {
      'dvc.yaml': pipeline({
        deep: {
          cmd: logged(
            'deep',
            'mkdir -p a/b c && cat in.txt > a/b/out.txt && cat in.txt > c/out.bin',
          ),
          deps: ['in.txt'],
          outs: ['a/b/out.txt', 'c/out.bin'],
        },
      }),
      'in.txt': 'one\n',
      'c/.gitignore': '*.bin',
      '.gitignore': '# ours\nnode_modules',
    },
    changes: [{ append: 'in.txt' }],
    restorable: ['a/b/out.txt', 'c/out.bin'],
  },
];
