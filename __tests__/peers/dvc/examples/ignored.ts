import { logged, pipeline, type Example } from '../repository.ts';

export const ignored: readonly Example[] = [
  {
    name: '.dvcignore',
    files: {
      'dvc.yaml': pipeline({
        copy: { cmd: logged('copy', 'cp -r data out'), deps: ['data'], outs: ['out'] },
      }),
      '.dvcignore': '*.log\n/data/skip/\n!keep.log\n# a comment\n',
      'data/a.txt': 'a',
      'data/x.log': 'x',
      'data/keep.log': 'k',
      'data/skip/b.txt': 'b',
      'data/deep/skip/c.txt': 'c',
    },
    changes: [
      { append: 'data/x.log' },
      { append: 'data/skip/b.txt' },
      { append: 'data/keep.log' },
      { append: 'data/deep/skip/c.txt' },
      { append: '.dvcignore', text: 'deep\n' },
    ],
  },
];
