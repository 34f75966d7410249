import { rule } from '../../rule.ts';

/** Identifiers up to here are HDF5's own. */
const LAST_STANDARD = 255;

/** LZF, which h5py itself brings along. */
const LZF = 32000;

export default rule({
  id: 'hdf5/plugin-filter',
  family: 'hdf5',
  severity: 'info',
  rationale:
    'HDF5 unpacks data of a filter that it does not have by loading a shared library from its plug-in folder.',
  fails: 'a dataset packed by filter 32001 (Blosc)',
  passes: 'a dataset packed by gzip',
  *check({ objects }) {
    for (const { path, dataset } of objects) {
      const filter = dataset?.filters.find((id) => id > LAST_STANDARD && id !== LZF);
      if (filter === undefined) continue;
      yield { message: `reading it needs a plug-in for filter ${filter}`, location: path };
    }
  },
});
