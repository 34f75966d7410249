import { rule } from '../../rule.ts';

export default rule({
  id: 'hdf5/trailing-data',
  family: 'hdf5',
  severity: 'warning',
  rationale:
    'Bytes behind the end of the file are read by nobody who reads HDF5, and by everybody who takes it for something else: a zip archive is read from its end.',
  fails: 'weights.h5 with an archive appended',
  passes: 'weights.h5 as HDF5 wrote it',
  *check({ trailing }) {
    if (!trailing) return;
    const { offset, length } = trailing;
    yield { message: `${length} bytes follow the end of the file`, location: `byte ${offset}` };
  },
});
