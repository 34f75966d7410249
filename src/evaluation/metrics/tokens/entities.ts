/** What a sequence of tags names: `PER:0:1` for tokens 0 to 1. */
export type Entity = string;

/**
 * The entities of a sequence tagged by IOB, IOB2, IOE or IOBES, read as leniently as the CoNLL
 * script does: seqeval's `get_entities`, its default mode.
 */
export function entitiesOf(tags: readonly string[]): Set<Entity> {
  const entities = new Set<Entity>();
  let [before, typeBefore, begin] = ['O', '', 0];
  [...tags, 'O'].forEach((tag, index) => {
    const dash = tag.indexOf('-');
    const mark = tag[0] ?? 'O';
    const type = dash < 0 ? (mark === 'O' ? '' : '_') : tag.slice(dash + 1);
    if (ends(before, mark, typeBefore, type)) {
      entities.add(`${typeBefore}:${begin}:${index - 1}`);
    }
    if (starts(before, mark, typeBefore, type)) begin = index;
    [before, typeBefore] = [mark, type];
  });
  return entities;
}

/** Whether the token before was the last of an entity. */
function ends(before: string, mark: string, typeBefore: string, type: string): boolean {
  if (before === 'E' || before === 'S') return true;
  if (before === 'B' || before === 'I') {
    if (mark === 'B' || mark === 'S' || mark === 'O') return true;
  }
  return before !== 'O' && before !== '.' && typeBefore !== type;
}

/** Whether this token is the first of an entity. */
function starts(before: string, mark: string, typeBefore: string, type: string): boolean {
  if (mark === 'B' || mark === 'S') return true;
  if (['E', 'S', 'O'].includes(before) && (mark === 'E' || mark === 'I')) return true;
  return mark !== 'O' && mark !== '.' && typeBefore !== type;
}
