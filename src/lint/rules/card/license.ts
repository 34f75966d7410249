import { isLicense, similarLicense } from '../../card/licenses.ts';
import { rule, type Detail } from '../../rule.ts';

export default rule({
  id: 'card/license',
  family: 'card',
  severity: 'warning',
  rationale:
    'Without a licence nobody may use the model, and a name that no tool knows is as good as none.',
  fails: 'license: apache 2.0',
  passes: 'license: apache-2.0',
  *check({ metadata, lineOf }): Iterable<Detail> {
    if (!metadata) return;
    const { license } = metadata;
    const line = lineOf('license');
    if (license === undefined || license === null || license === '') {
      yield { message: 'the card names no licence: add license with an SPDX identifier', line };
      return;
    }
    for (const name of Array.isArray(license) ? (license as unknown[]) : [license]) {
      if (typeof name !== 'string') yield { message: 'license is not a name', line };
      else if (!isLicense(name)) {
        const similar = similarLicense(name);
        const advice = similar ? `; did you mean ${similar}?` : '';
        yield {
          message: `'${name}' is neither an SPDX licence nor one of the hub's${advice}`,
          line,
        };
      }
    }
  },
});
