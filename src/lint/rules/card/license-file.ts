import { namesOf } from '../../card/fields.ts';
import { recognizeLicense } from '../../card/license-text.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'card/license-file',
  family: 'card',
  severity: 'warning',
  rationale:
    'The card names one licence and the LICENSE file beside it is another: nobody can tell which of them holds.',
  fails: 'license: mit, beside a LICENSE that is the GNU General Public License',
  passes: 'license: gpl-3.0, beside that file',
  *check({ metadata, licenses, lineOf }) {
    const ids = (namesOf(metadata?.license) ?? []).flatMap((name) =>
      name.split(/\s+(?:AND|OR|WITH)\s+|[()]/i).filter(Boolean),
    );
    if (ids.length === 0) return;
    for (const { name, text } of licenses) {
      const recognized = recognizeLicense(text);
      if (!recognized || ids.some((id) => recognized.agreesWith(id))) continue;
      yield {
        message: `the card says ${ids.join(', ')}, and ${name} is the ${recognized.name}`,
        line: lineOf('license'),
      };
    }
  },
});
