import { rule } from '../../rule.ts';

/** Without a name that claims a model, such content is somebody else's business. */
const HARMLESS = new Set(['unknown', 'text', 'json', 'html', 'image']);

/** Archives whose content is a model that nobody has seen. */
const ARCHIVES = new Set(['7z', 'rar']);

export default rule({
  id: 'file/unread-format',
  family: 'file',
  severity: 'error',
  rationale:
    'What cannot be read cannot be called clean. Archives such as 7z hide pickles from scanners that skip them.',
  fails: 'model.pt that is a 7z archive',
  passes: 'model.pt that is the zip archive torch.save writes',
  unread: true,
  *check({ isRead, format, claimed }) {
    if (isRead || format === 'empty' || format === 'lfs-pointer') return;
    if (claimed === undefined && HARMLESS.has(format)) return;
    const what = format === 'unknown' ? 'of no known format' : `of the format ${format}`;
    const next = ARCHIVES.has(format) ? ': unpack it and commit what is in it' : '';
    yield { message: `the file is ${what}, which is not read here${next}` };
  },
});
