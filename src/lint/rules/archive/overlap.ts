import { rule } from '../../rule.ts';

export default rule({
  id: 'archive/overlap',
  family: 'archive',
  severity: 'error',
  rationale:
    'Members that share bytes are the mark of an overlap bomb, or of one member hidden inside another.',
  fails: 'two thousand directory entries that point at one member',
  passes: 'members that stand behind one another',
  *check({ members }) {
    const sorted = members
      .filter(({ listed }) => listed)
      .toSorted((a, b) => a.headerOffset - b.headerOffset);
    let end = 0;
    for (const { name, headerOffset, dataOffset = headerOffset, compressedSize } of sorted) {
      if (headerOffset < end) {
        yield { message: `the member ${name} overlaps the one before it`, location: name };
        return;
      }
      end = dataOffset + compressedSize;
    }
  },
});
