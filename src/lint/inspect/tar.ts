import { sliceSource } from '../../formats/source.ts';
import { readTar } from '../../formats/tar.ts';
import { claimedFormats } from './extensions.ts';
import { inner, type Reader } from './inspector.ts';

/** Reads a tar file: torch 0.1 saved models as one, and models are handed around in them. */
export const readTarPart: Reader = (inspection, part) => {
  const { members, problems } = readTar(part.source);
  inspection.add(part, 'tar', { members }, problems);
  const torch = members.some(({ name }) => name === 'storages');
  for (const { name, kind, offset, size } of members) {
    if (kind !== 'file' || size === 0) continue;
    const source = sliceSource(part.source, offset, size);
    const member = inner(part, name, source, torch || part.inContainer);
    if (claimedFormats(member.name) === undefined && member.name !== 'pickle')
      inspection.probe(member);
    else inspection.read(member);
  }
};
