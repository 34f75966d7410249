import { rule } from '../../rule.ts';

export default rule({
  id: 'hdf5/external-data',
  family: 'hdf5',
  severity: 'error',
  rationale:
    'A dataset may take its bytes from other files, by any path: what is loaded is not what was reviewed, and any readable file can be made to look like weights.',
  fails: 'a dataset with external storage in /etc/passwd',
  passes: 'a dataset whose data are in the file',
  *check({ objects }) {
    for (const { path, dataset } of objects) {
      if (!dataset || dataset.externalFiles.length === 0) continue;
      yield { message: `its data lie in ${dataset.externalFiles.join(', ')}`, location: path };
    }
  },
});
