import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Source } from '../../formats/source.ts';
import { readBeside } from '../card/beside.ts';
import { readCard } from '../card/card.ts';
import { detect, type Format } from '../detect.ts';
import type { Subject } from '../subjects.ts';
import { isConfiguration, readConfiguration } from './configuration.ts';
import { claimedFormats } from './extensions.ts';
import { DEFAULTS, Inspection, type InspectOptions, type Part } from './inspector.ts';
import { READERS } from './readers.ts';

/** Formats whose signature is weak or none: the name decides where it claims something. */
const WEAK: ReadonlySet<Format> = new Set<Format>([
  'unknown',
  'text',
  'json',
  'zlib',
  'lzma',
  'tar',
]);

/** Formats without any signature: protobuf messages. Their files can look like anything weak. */
const UNSIGNED: ReadonlySet<Format> = new Set<Format>(['onnx', 'tensorflow']);

export interface Inspected {
  readonly format: string;
  readonly subjects: readonly Subject[];
}

/** Finds out what a file holds, and makes of it what the rules look at. */
export function inspectFile(
  file: string,
  source: Source,
  options: InspectOptions = DEFAULTS,
): Inspected {
  const name = path.basename(file);
  if (/^readme\.md$/i.test(name)) {
    const beside = readBeside(path.dirname(path.resolve(file)));
    const value = { ...readCard(source), ...beside, required: options.requiredFields };
    return { format: 'card', subjects: [{ family: 'card', value, place: '' }] };
  }
  const folder = path.dirname(path.resolve(file));
  if (isConfiguration(name)) return inspectConfiguration(name, source, folder, options);
  const claimed = claimedFormats(name);
  const format = chooseFormat(detect(source), claimed);
  const inspection = new Inspection(READERS, options);
  const part: Part = { source, name, place: '', depth: 0, inContainer: false, folder };
  const isRead = inspection.read(part, format);
  const lacksCard = options.requiredFields.length > 0 && !hasCard(folder);
  const { size } = source;
  inspection.add(part, 'file', { name, size, format, claimed, isRead, lacksCard, source });
  return { format: formatName(format, inspection.subjects), subjects: inspection.subjects };
}

function hasCard(folder: string): boolean {
  return readdirSync(folder).some((name) => /^readme\.md$/i.test(name));
}

function inspectConfiguration(
  name: string,
  source: Source,
  folder: string,
  options: InspectOptions,
): Inspected {
  const inspection = new Inspection(READERS, options);
  readConfiguration(inspection, {
    source,
    name,
    place: '',
    depth: 0,
    inContainer: false,
    folder,
  });
  return { format: 'configuration', subjects: inspection.subjects };
}

function chooseFormat(detected: Format, claimed: readonly Format[] | undefined): Format {
  const [first] = claimed ?? [];
  if (first === undefined || claimed?.includes(detected)) return detected;
  if (WEAK.has(detected)) return first;
  return UNSIGNED.has(first) && detected === 'pickle' ? first : detected;
}

/** A name that says more than the container's. */
function formatName(format: Format, subjects: readonly Subject[]): string {
  if (format !== 'zip') return format;
  const [archive] = subjects;
  const names = archive?.family === 'archive' ? archive.value.members.map(({ name }) => name) : [];
  if (names.some((name) => /(?:^|\/)data\.pkl$/.test(name))) return 'pytorch';
  if (names.includes('model.weights.h5')) return 'keras';
  return names.some((name) => name.endsWith('.npy')) ? 'npz' : 'zip';
}
