import { rule } from '../../rule.ts';

export default rule({
  id: 'file/lfs-pointer',
  family: 'file',
  severity: 'error',
  rationale:
    'Git LFS keeps large files elsewhere and commits a pointer of three lines. Without the content nothing was checked.',
  fails: 'model.pkl that reads `version https://git-lfs.github.com/spec/v1 ...`',
  passes: 'model.pkl after `git lfs pull`, or a checkout with `lfs: true`',
  unread: true,
  *check({ format }) {
    if (format !== 'lfs-pointer') return;
    yield {
      message:
        'a Git LFS pointer stands in place of the model: run git lfs pull, or check out with lfs: true',
    };
  },
});
