import { rule } from '../../rule.ts';

export default rule({
  id: 'safetensors/layout',
  family: 'safetensors',
  severity: 'error',
  rationale:
    'The specification allows neither holes nor overlaps: the data are covered exactly once. Bytes in a hole can hold anything, and an overlap lets one tensor change another.',
  fails: 'two tensors at [0, 16] and [8, 24]',
  passes: 'two tensors at [0, 16] and [16, 32]',
  *check({ entries, dataOffset, source }) {
    if (dataOffset === undefined) return;
    const size = source.size - dataOffset;
    let position = 0;
    const sorted = entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end);
    for (const { name, begin, end } of sorted) {
      const location = `tensor '${name}'`;
      if (end < begin) yield { message: `it ends at ${end}, before its start ${begin}`, location };
      else if (begin < position)
        yield { message: `it overlaps another tensor at byte ${begin}`, location };
      else if (begin > position) {
        yield { message: `${begin - position} bytes before it belong to no tensor`, location };
      }
      position = Math.max(position, end);
    }
    if (position > size) {
      yield { message: `the tensors need ${position} bytes of data and ${size} are there` };
    } else if (position < size) {
      yield { message: `${size - position} bytes behind the last tensor belong to none` };
    }
  },
});
