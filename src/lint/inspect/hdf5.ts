import { CLASS } from '../../formats/hdf5/datatype.ts';
import { readHdf5, type Hdf5, type Hdf5Object } from '../../formats/hdf5/file.ts';
import { readPickles } from '../../formats/pickle/pickles.ts';
import { sliceSource, type Source } from '../../formats/source.ts';
import { detect } from '../detect.ts';
import { inner, type Inspection, type Part, type Reader } from './inspector.ts';
import { addKerasConfig } from './keras.ts';

/** Attributes in which Keras keeps JSON: `model_config`, `training_config`. */
const CONFIG_ATTRIBUTE = 'config';

/** Reads an HDF5 file, the Keras model in its attributes, and pickles among its data. */
export const readHdf5Part: Reader = (inspection, part) => {
  const file = readHdf5(part.source);
  inspection.add(part, 'hdf5', file, file.problems);
  for (const object of file.objects) readConfigs(inspection, part, object);
  for (const { path, dataset } of file.objects) {
    if (!dataset?.data || !holdsBytes(dataset.type)) continue;
    const { offset, length } = dataset.data;
    readHidden(inspection, part, path, sliceSource(part.source, offset, length));
  }
  readTrailing(inspection, part, file);
};

function readConfigs(inspection: Inspection, part: Part, { path, attributes }: Hdf5Object): void {
  for (const { name, strings } of attributes) {
    if (!name.endsWith(CONFIG_ATTRIBUTE) || strings?.length !== 1) continue;
    const place = `attribute ${name} of ${path}`;
    addKerasConfig(inspection, inner(part, place, part.source), strings[0] ?? '');
  }
}

/** Elements of one byte or of no meaning: what people put pickles into. */
function holdsBytes(type: { readonly class: number; readonly size: number }): boolean {
  const isByte = type.class === CLASS.fixedPoint && type.size === 1;
  return isByte || type.class === CLASS.opaque || type.class === CLASS.string;
}

/** Quantized weights can start like a pickle: only one that imports something counts. */
function readHidden(inspection: Inspection, part: Part, path: string, source: Source): void {
  if (detect(source) !== 'pickle') return;
  const [first] = readPickles(source).streams;
  if (!first?.stopped || first.effects.globals.size === 0) return;
  inspection.read(inner(part, path, source), 'pickle');
}

function readTrailing(inspection: Inspection, part: Part, { trailing }: Hdf5): void {
  if (!trailing) return;
  const { offset, length } = trailing;
  inspection.read(inner(part, `bytes at ${offset}`, sliceSource(part.source, offset, length)));
}
