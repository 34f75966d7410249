import { rule } from '../../rule.ts';

export default rule({
  id: 'hdf5/external-link',
  family: 'hdf5',
  severity: 'error',
  rationale:
    'An external link makes the reader open another file, wherever it lies: weights come from somewhere that nobody reviewed, or a private file is read as weights.',
  fails: 'a link /dense/kernel to /etc/passwd or other.h5',
  passes: 'a dataset /dense/kernel in the file itself',
  *check({ references }) {
    for (const { path, link } of references) {
      if (link.kind === 'external') {
        yield { message: `it leads to ${link.target} in the file ${link.file}`, location: path };
      } else if (link.kind === 'user-defined') {
        yield {
          message: `only a program that knows link type ${link.type} can follow it`,
          location: path,
        };
      }
    }
  },
});
